import { describe, expect, it } from 'vitest';
import type { Booking, Change } from '../wire';
import { toEdit } from './ChangeForm';
import { byWords, changeLines } from './changes';
import { chosenSpans, leastOf, rangeKey, toWish } from './chosen';
import { comingUp, currentBooking } from './keeper';
import { PLAIN } from './plan';
import { Refusal, heldOffers, heldUntil, kindWords, offerLines, refusalTitle, whyPage } from './refusal';
import { choose, fromRanges, ranges, toggle } from './selection';
import { lastOfRun } from './spans';
import { HOUR, Interval, iso } from './time';

const TZ = 'Europe/London';
const at = (text: string) => Date.parse(text);
const NOW = at('2026-11-23T13:00:00Z');
const range = (start: string, hours: number): Interval => ({
  start: at(start),
  end: at(start) + hours * HOUR
});
const tuesday = range('2026-11-24T09:00:00Z', 8);

function booking(spans: Interval[], more: Partial<Booking> = {}): Booking {
  const all = spans.map(one => ({ start: iso(one.start), end: iso(one.end) }));
  const [first, last] = [all[0], all[all.length - 1]];
  const rest = { package: 'large', phase: 'WAITING', version: 1, start: first.start, end: last.end };
  return { id: 'b', account: 'ada', until: first.end, ...rest, spans: all, ...more } as Booking;
}

const wish = { package: 'large', start: tuesday.start, end: tuesday.end };

describe('an offer', () => {
  const offer = (kind: Booking['kind'], spans: Interval[], name = 'large') =>
    booking(spans, { kind, package: name, phase: 'OFFERED' });
  const lines = (one: Booking) => [kindWords(one), ...offerLines(one, wish, NOW, TZ)];

  it.each([
    ['asked', [tuesday], 'large', ['As asked', 'large, Tue 24 Nov 09:00 to 17:00']],
    [
      'earliest',
      [range('2026-11-24T18:00:00Z', 8)],
      'large',
      ['Earliest', 'large, Tue 24 Nov 18:00 to Wed 25 Nov 02:00']
    ],
    [
      'smaller',
      [tuesday],
      'medium',
      ['Smaller, then', 'medium, Tue 24 Nov 09:00 to 17:00', 'instead of large']
    ],
    [
      'shorter',
      [range('2026-11-24T09:00:00Z', 4)],
      'large',
      ['Shorter', 'large, Tue 24 Nov 09:00 to 13:00', '4 h instead of 8 h']
    ],
    ['week', [range('2026-12-01T09:00:00Z', 8)], 'large', ['Another week', 'large, Tue 1 Dec 09:00 to 17:00']]
  ] as [Booking['kind'], Interval[], string, string[]][])('of the kind %s', (kind, spans, name, words) => {
    expect(lines(offer(kind, spans, name))).toEqual(words);
  });

  it('that is split lists its spans', () => {
    const parts = [range('2026-11-24T18:00:00Z', 4), range('2026-11-25T00:00:00Z', 4)];
    expect(lines(offer('split', parts))).toEqual([
      'Split',
      'large, 2 × 4 h',
      'Tue 24 Nov 18:00 to 22:00',
      'Wed 25 Nov 00:00 to 04:00'
    ]);
  });

  it('that has begun says for how long it is from now', () => {
    expect(offerLines(offer('smaller', [range('2026-11-23T13:00:00Z', 2)], 'tiny'), null, NOW, TZ)).toEqual([
      'tiny, now, for 2 h'
    ]);
  });

  it('is there while it is held', () => {
    const held = booking([tuesday], { phase: 'OFFERED', expires: iso(NOW + 60_000) });
    expect(heldOffers([held], NOW)).toHaveLength(1);
    expect(heldOffers([held], NOW + 60_000)).toHaveLength(0);
    expect(heldUntil([held, { ...held, expires: iso(NOW + 30_000) }])).toBe(NOW + 30_000);
    expect(heldUntil([])).toBeNull();
  });
});

describe('a refusal', () => {
  const refusal = { wish, edit: null, rule: 'capacity', lost: false } as Refusal;
  const title = (more: Partial<Refusal>) => refusalTitle({ ...refusal, ...more }, NOW, TZ);

  it('says what does not fit', () => {
    expect(title({})).toBe('large does not fit Tue 24 Nov 09:00 to 17:00');
    expect(title({ wish: { package: 'tiny', start: null, duration: 'PT1H30M' } })).toBe(
      'tiny does not fit now for 1 h 30 min'
    );
    expect(title({ wish: { ...wish, recurrence: 'FREQ=WEEKLY;BYDAY=TU;COUNT=3' } })).toBe(
      'large does not fit Tue 24 Nov 09:00 to 17:00, every Tuesday, 3 times'
    );
    expect(title({ wish: { ...wish, spans: [tuesday, range('2026-11-26T09:00:00Z', 8)] } })).toBe(
      'large does not fit Tue 24 Nov and Thu 26 Nov, 09:00 to 17:00'
    );
    expect(title({ rule: 'level' })).toBe('large can’t be booked like this');
    expect(title({ lost: true })).toBe('large is no longer free Tue 24 Nov 09:00 to 17:00');
  });

  it('of a change says what can’t be', () => {
    const mine = booking([range('2026-11-23T09:00:00Z', 8)]);
    const edit = (change: object) => title({ wish: null, edit: { booking: mine, change } });
    expect(edit({ enddate: '2026-11-23T19:00:00Z' })).toBe('large can’t be extended to 19:00');
    expect(edit({ startdate: '2026-11-24T09:00:00Z' })).toBe('large can’t be moved to 09:00 tomorrow');
  });

  it('has a page that explains it', () => {
    const address = '/services/aglais/api/decisions/abc';
    expect(whyPage(address, '/services/aglais/')).toBe('/services/aglais/decisions/abc');
  });
});

describe('what has changed of a booking', () => {
  const lines = (fields: Change['fields']) =>
    changeLines({ version: 2, at: iso(NOW), by: 'ada', fields }, NOW, TZ);

  it('is told in words, without what says nothing more', () => {
    const end: [string, string] = ['2026-11-23T17:00:00Z', '2026-11-23T18:00:00Z'];
    expect(lines({ end, modified: ['x', 'y'] })).toEqual(['The end: 18:00 today, before 17:00 today']);
    expect(lines({ phase: ['AVAILABLE', 'RUNNING'], reason: ['', ''] })).toEqual(['It is running']);
    expect(lines({ phase: ['WAITING', 'CANCELLED'], reason: ['', 'cancelled'] })).toEqual([
      'It is cancelled'
    ]);
    expect(lines({ phase: ['AVAILABLE', 'COMPLETED'], reason: ['', 'nobody came'] })).toEqual([
      'It is over: nobody came'
    ]);
    expect(lines({ note: ['', 'survey'] })).toEqual(['The note: survey']);
  });

  it('names spans where there are several', () => {
    const spans = [tuesday, range('2026-11-25T09:00:00Z', 8)].map(one => ({
      start: iso(one.start),
      end: iso(one.end)
    }));
    expect(lines({ spans: [[], spans], end: ['x', 'y'] })).toEqual([
      'Its time: 24 to 25 November, 09:00 to 17:00'
    ]);
  });

  it('says who it was', () => {
    const change = { version: 2, at: '', by: 'ada', fields: {} };
    expect([byWords(change, 'ada'), byWords({ ...change, by: 'the clock' }, 'ada')]).toEqual([
      'You',
      'The clock'
    ]);
  });
});

describe('several ranges', () => {
  const wednesday = range('2026-11-25T06:00:00Z', 6);
  const friday = range('2026-11-27T06:00:00Z', 6);
  const two = toggle(toggle(null, 'medium', friday, NOW), 'medium', wednesday, NOW);

  it('are put in and taken out', () => {
    expect(two && ranges(two)).toEqual([wednesday, friday]);
    expect(toggle(two, 'medium', wednesday, NOW)).toMatchObject({ ...friday, more: [] });
    expect(toggle(choose('medium', friday), 'medium', friday, NOW)).toBeNull();
    expect(toggle(two, 'small', friday, NOW)).toMatchObject({ package: 'small', more: [] });
    expect(toggle(two, 'medium', range('2026-11-22T06:00:00Z', 6), NOW)).toBe(two);
  });

  it('that touch are one', () => {
    const next = range('2026-11-25T12:00:00Z', 6);
    expect(ranges(choose('medium', next, [wednesday]))).toEqual([{ start: wednesday.start, end: next.end }]);
    expect(fromRanges('medium', [])).toBeNull();
  });

  it('are free where every one of them is', () => {
    const seen = (free: (number | null)[]) => ({
      free: null,
      elsewhere: Object.fromEntries(
        [wednesday, friday]
          .map((one, index) => [rangeKey(one), free[index]])
          .filter(([, value]) => value !== null)
      ) as Record<string, number>
    });
    const least = (free: (number | null)[]) => two && leastOf(chosenSpans(two, PLAIN, seen(free), NOW, TZ));
    expect([least([3, 2]), least([3, null]), least([null, 0])]).toEqual([2, null, 0]);
  });

  it('are asked for as spans; one alone by its dates', () => {
    expect(two && toWish(two, PLAIN, NOW, TZ).spans).toEqual([wednesday, friday]);
    const one = choose('medium', wednesday);
    expect(toWish(one, PLAIN, NOW, TZ)).toEqual({ package: 'medium', ...wednesday });
    expect(toWish(one, { ...PLAIN, window: 'P3D', sharing: 'reserved' }, NOW, TZ)).toMatchObject({
      start: wednesday.start,
      duration: 'PT6H',
      window: 'P3D',
      sharing: 'reserved'
    });
    expect(toWish(one, { ...PLAIN, repeat: { days: ['FR'], times: 4 } }, NOW, TZ).recurrence).toBe(
      'FREQ=WEEKLY;BYDAY=WE,FR;COUNT=4'
    );
    expect(toWish(choose('medium', range('2026-11-23T12:00:00Z', 6)), PLAIN, NOW, TZ).start).toBeNull();
    expect(toWish(one, { ...PLAIN, group: 'astro' }, NOW, TZ).group).toBe('astro');
  });

  it('can’t be booked where a repetition runs into itself, or the end is over', () => {
    const long = choose('medium', range('2026-11-25T06:00:00Z', 30));
    const daily = { ...PLAIN, repeat: { days: ['TH' as const], times: 3 } };
    expect(chosenSpans(long, daily, { free: null, elsewhere: {} }, NOW, TZ).wrong).toContain(
      'run into itself'
    );
    const over = choose('medium', range('2026-11-22T06:00:00Z', 3));
    expect(chosenSpans(over, PLAIN, { free: null, elsewhere: {} }, NOW, TZ).wrong).toContain('after now');
  });
});

describe('bookings', () => {
  const first = booking([range('2026-11-23T09:00:00Z', 8)], {
    phase: 'RUNNING',
    until: '2026-11-23T20:00:00Z'
  });
  const next = booking([range('2026-11-23T17:00:00Z', 3)], { id: 'c', until: '2026-11-23T20:00:00Z' });
  const weekly = booking([range('2026-11-23T06:00:00Z', 2), range('2026-11-30T06:00:00Z', 2)], { id: 'd' });

  it('of now are those with a span that is now', () => {
    expect(currentBooking([weekly, next, first], NOW)).toBe(first);
    expect(currentBooking([weekly, next], NOW)).toBeNull();
  });

  it('are coming up while a span of them is', () => {
    expect(comingUp([weekly, first, next], NOW)).toEqual([next, weekly]);
  });

  it('that follow without a gap are extended at the last of them', () => {
    expect(lastOfRun(first, [first, next, weekly])).toBe(next);
    expect(lastOfRun({ ...first, until: first.end }, [first, next])).toMatchObject({ id: 'b' });
  });

  it('are changed by what differs alone', () => {
    const later = { start: tuesday.start + HOUR, end: tuesday.end + HOUR };
    expect(toEdit(tuesday, tuesday)).toBeNull();
    expect(toEdit(tuesday, { ...tuesday, end: later.end })).toEqual({ enddate: '2026-11-24T18:00:00Z' });
    expect(toEdit(tuesday, later)).toEqual({ startdate: '2026-11-24T10:00:00Z' });
    expect(toEdit(tuesday, { ...later, end: tuesday.end })).toEqual({
      startdate: '2026-11-24T10:00:00Z',
      enddate: '2026-11-24T17:00:00Z'
    });
  });
});

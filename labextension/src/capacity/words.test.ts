import { describe, expect, it } from 'vitest';
import { iso } from '../calendar/time';
import { NOTHING } from '../site/amounts';
import type { Grant, Resources } from '../wire';
import {
  bufferMinutes,
  draftOf,
  findingsWords,
  freshDraft,
  grantLabel,
  grantTitle,
  grantWhen,
  grantWords,
  hasAt,
  intervalOf,
  isBlackout,
  lanes,
  lasting,
  mistake,
  reachInterval,
  reachTitle,
  requestOf,
  ticks,
  turnDay
} from './words';

const TZ = 'Europe/London';
const NOW = Date.parse('2026-06-08T09:00:00Z');

function grant(some: Partial<Grant>, amounts: Partial<Resources> = {}): Grant {
  return {
    id: 'one',
    url: '',
    cluster: 'local',
    start: '2026-06-01T00:00:00Z',
    end: '2026-07-01T00:00:00Z',
    resources: { ...NOTHING, ...amounts },
    share: null,
    note: '',
    version: 1,
    created: '2026-06-01T00:00:00Z',
    ...some
  };
}

describe('a grant in words', () => {
  it.each([
    [
      grant({}, { cores: 8, memory: 32768 }),
      false,
      '8 cores and 32 GiB of memory',
      '8 cores · 32 GiB on local'
    ],
    [grant({ share: -100 }), true, 'everything', 'local is closed'],
    [grant({ share: -25 }), true, '25 % of everything', 'local is 25 % closed'],
    [grant({}, { cores: -2 }), true, '2 cores', 'local has 2 cores less']
  ])('%#', (one, takes, words, title) => {
    expect(isBlackout(one)).toBe(takes);
    expect(grantWords(one)).toBe(words);
    expect(grantTitle(one)).toBe(title);
    expect(title.startsWith(grantLabel(one)) || title.endsWith(grantLabel(one))).toBe(true);
  });

  it.each([
    ['2026-06-08T23:00:00Z', '2026-06-09T23:00:00Z', 'Tue 9 Jun'],
    ['2026-06-08T23:00:00Z', '2026-06-11T23:00:00Z', 'Tue 9 Jun to Thu 11 Jun'],
    ['2026-06-09T07:00:00Z', '2026-06-09T11:30:00Z', 'Tue 9 Jun 08:00 to 12:30'],
    ['2026-06-08T23:00:00Z', '2026-06-09T11:00:00Z', 'Tue 9 Jun 00:00 to 12:00'],
    ['2026-06-09T07:00:00Z', '2027-01-01T00:00:00Z', 'Tue 9 Jun 08:00 to Thu 31 Dec']
  ])('from %s to %s is %s', (start, end, words) => {
    expect(grantWhen(intervalOf({ start, end }), NOW, TZ)).toBe(words);
  });

  it('gives what is left of it under a blackout', () => {
    const all = [grant({}, { cores: 8 }), grant({ share: -25 }), grant({}, { cores: -1, memory: -4 })];
    expect(hasAt(all, NOW)).toEqual({ ...NOTHING, cores: 5.25 });
    expect(hasAt([grant({}, { cores: 8 }), grant({ share: -100 })], NOW).cores).toBe(0);
    expect(hasAt(all, Date.parse('2026-07-01T00:00:00Z')).cores).toBe(0);
  });
});

describe('the timeline', () => {
  it('shows whole months of the viewer', () => {
    const range = reachInterval('2026-11-22', 'quarter', TZ);
    expect([iso(range.start), iso(range.end)]).toEqual(['2026-11-01T00:00:00Z', '2027-02-01T00:00:00Z']);
    expect(reachTitle(range, TZ)).toBe('November 2026 to January 2027');
    expect(reachTitle(reachInterval('2026-06-08', 'quarter', TZ), TZ)).toBe('June to August 2026');
    expect(reachTitle(reachInterval('2026-06-08', 'month', TZ), TZ)).toBe('June 2026');
    expect(turnDay('2026-11-22', 'year', -1)).toBe('2025-11-01');
    expect(ticks(reachInterval('2026-06-08', 'month', TZ), 'month', TZ).map(one => one.words)).toContain(
      'Mon 8 Jun'
    );
    expect(ticks(range, 'quarter', TZ).map(one => one.words)).toEqual(['Nov', 'Dec', 'Jan']);
  });

  it('lays grants that overlap beside each other, and blackouts beneath', () => {
    const found = lanes([
      grant({ id: 'closed', share: -100 }),
      grant({ id: 'first', end: '2026-06-10T00:00:00Z' }, { cores: 1 }),
      grant({ id: 'next', start: '2026-06-10T00:00:00Z' }, { cores: 1 }),
      grant({ id: 'beside', start: '2026-06-05T00:00:00Z' }, { cores: 1 })
    ]);
    expect(Object.fromEntries(found)).toEqual({ first: 0, next: 0, beside: 1, closed: 2 });
  });
});

describe('a form', () => {
  it('comes back as the grant that it holds', () => {
    const one = grant({ note: 'spring' }, { cores: 2.5, memory: 8192, gpus: 1 });
    expect(requestOf(draftOf(one, TZ), TZ)).toEqual({
      cluster: 'local',
      startdate: '2026-06-01T00:00:00Z',
      enddate: '2026-07-01T00:00:00Z',
      note: 'spring',
      tz: TZ,
      cores: 2.5,
      memory: 8192,
      gpus: 1
    });
    expect(requestOf(draftOf(grant({ share: -25 }), TZ), TZ)).toMatchObject({ share: '-25%' });
    expect(requestOf(draftOf(grant({ share: -100 }), TZ), TZ)).toMatchObject({ share: '-100%' });
    expect(requestOf(draftOf(grant({}, { cores: -2 }), TZ), TZ)).toMatchObject({ cores: -2 });
  });

  it('begins as the next full day closed', () => {
    const draft = freshDraft('local', true, NOW, TZ);
    expect(mistake(draft, TZ)).toBeNull();
    expect(requestOf(draft, TZ)).toMatchObject({
      startdate: '2026-06-08T23:00:00Z',
      enddate: '2026-06-09T23:00:00Z',
      share: '-100%'
    });
  });

  it('finds what is wrong, at its field', () => {
    const draft = freshDraft('local', false, NOW, TZ);
    expect(mistake(draft, TZ)?.field).toBe('cores');
    expect(mistake({ ...draft, amounts: { ...draft.amounts, memory: '-1' } }, TZ)?.field).toBe('memory');
    expect(mistake({ ...draft, amounts: { ...draft.amounts, memory: '4' } }, TZ)).toBeNull();
    expect(mistake({ ...draft, start: '' }, TZ)?.field).toBe('startdate');
    expect(mistake({ ...draft, end: draft.start }, TZ)?.field).toBe('enddate');
    expect(mistake({ ...draft, blackout: true, takes: 'share', share: '101' }, TZ)?.field).toBe('share');
  });

  it('reads a buffer in minutes', () => {
    expect(['PT10M', 'PT600S', 'PT0S', 'P1D', 'nonsense'].map(bufferMinutes)).toEqual([10, 10, 0, 1440, 0]);
  });
});

describe('what does not agree', () => {
  it('is counted by kind', () => {
    expect(findingsWords([])).toBe('');
    const pod = { kind: 'pod' } as const;
    expect(findingsWords([pod, { kind: 'volume' }, pod])).toBe(
      '2 pods without a booking, 1 disk of nobody’s'
    );
    expect(findingsWords([{ kind: 'size' }])).toBe('1 session that asks for more than is booked');
  });
});

describe('how long a grant goes on', () => {
  it.each([
    [5.125, '5 days 3 h'],
    [64.3, '64 days'],
    [3651.8, '10 years']
  ])('%s days', (days, words) => {
    expect(lasting(days * 86_400_000)).toBe(words);
  });
});

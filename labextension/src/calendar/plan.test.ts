import { describe, expect, it } from 'vitest';
import type { Booking } from '../wire';
import {
  fromRule,
  isoLength,
  occurrences,
  repeatWords,
  ruleInWords,
  runsIntoItself,
  toRule,
  weekly
} from './plan';
import { lengthsWords, nextSpan, spanAt, spansWords, touches, untilOf } from './spans';
import { HOUR, Interval, iso } from './time';

const TZ = 'Europe/London';
const at = (text: string) => Date.parse(text);
const NOW = at('2026-11-23T13:00:00Z');
const range = (start: string, hours: number): Interval => ({
  start: at(start),
  end: at(start) + hours * HOUR
});
const wednesday = range('2026-11-25T09:00:00Z', 8);

describe('a repetition', () => {
  const twice = { days: ['MO', 'WE'] as ('MO' | 'WE')[], times: 5 };

  it('is a rule and back', () => {
    expect(toRule(twice, wednesday.start, TZ)).toBe('FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5');
    expect(fromRule('FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5')).toEqual(twice);
    expect(fromRule('FREQ=DAILY;COUNT=5')).toBeNull();
    expect(fromRule('FREQ=WEEKLY;BYDAY=XX;COUNT=5')).toBeNull();
  });

  it('always has the day that it begins on', () => {
    expect(weekly(wednesday.start, TZ)).toEqual({ days: ['WE'], times: 4 });
    expect(toRule({ days: ['MO'], times: 3 }, wednesday.start, TZ)).toBe('FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3');
  });

  it('lists its ranges from the first on', () => {
    expect(occurrences(wednesday, twice, TZ).map(one => iso(one.start))).toEqual([
      '2026-11-25T09:00:00Z',
      '2026-11-30T09:00:00Z',
      '2026-12-02T09:00:00Z',
      '2026-12-07T09:00:00Z',
      '2026-12-09T09:00:00Z'
    ]);
  });

  it('keeps its time on the clock where the clocks change', () => {
    const before = range('2026-03-25T09:00:00Z', 8);
    expect(occurrences(before, { days: ['WE'], times: 2 }, TZ).map(one => iso(one.start))).toEqual([
      '2026-03-25T09:00:00Z',
      '2026-04-01T08:00:00Z'
    ]);
    const night = range('2026-03-21T22:00:00Z', 8);
    const [, second] = occurrences(night, { days: ['SA'], times: 2 }, TZ);
    expect((second.end - second.start) / HOUR).toBe(7);
  });

  it('can run into itself', () => {
    const long = range('2026-11-25T09:00:00Z', 30);
    const daily = { days: ['WE', 'TH'] as ('WE' | 'TH')[], times: 2 };
    expect(runsIntoItself(occurrences(long, daily, TZ))).toBe(true);
    expect(runsIntoItself(occurrences(wednesday, daily, TZ))).toBe(false);
  });

  it('is told in words', () => {
    expect(repeatWords(wednesday, twice, TZ)).toBe(
      'Every Monday and Wednesday, 5 times, the last on Wed 9 Dec'
    );
    expect(repeatWords(wednesday, { days: ['WE'], times: 1 }, TZ)).toBe('Every Wednesday, once');
    expect(ruleInWords('FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5')).toBe('every Monday and Wednesday, 5 times');
    expect(ruleInWords('FREQ=MONTHLY;COUNT=2')).toBe('repeats');
  });
});

it('a length is ISO 8601', () => {
  expect([30, 60, 90, 36 * 60].map(minutes => isoLength(minutes * 60_000))).toEqual([
    'PT30M',
    'PT1H',
    'PT1H30M',
    'PT36H'
  ]);
});

describe('several spans', () => {
  const nights = [1, 2, 3, 4, 5].map(day => range(`2026-12-0${day}T20:00:00Z`, 10));
  const days = ['2026-11-25', '2026-11-27'].map(day => range(`${day}T09:00:00Z`, 8));

  it('are told in words', () => {
    expect(spansWords([wednesday], NOW, TZ)).toBe('Wed 25 Nov 09:00 to 17:00');
    expect(spansWords(nights, NOW, TZ)).toBe('nights of 1 to 5 December, 20:00 to 06:00');
    expect(spansWords(days, NOW, TZ)).toBe('Wed 25 Nov and Fri 27 Nov, 09:00 to 17:00');
    expect(spansWords([days[0], range('2026-11-27T10:00:00Z', 3)], NOW, TZ)).toBe(
      'Wed 25 Nov 09:00 to 17:00 and Fri 27 Nov 10:00 to 13:00'
    );
    const weeks = occurrences(wednesday, { days: ['WE'], times: 4 }, TZ);
    expect(spansWords(weeks, NOW, TZ)).toBe('4 days from Wed 25 Nov to Wed 16 Dec, 09:00 to 17:00');
  });

  it('have a length each, or one together', () => {
    expect(lengthsWords([wednesday])).toBe('8 h');
    expect(lengthsWords(nights)).toBe('5 × 10 h');
    expect(lengthsWords([wednesday, range('2026-11-27T10:00:00Z', 3)])).toBe('2 spans, 11 h together');
  });

  it('know which runs and which is next', () => {
    const spans = days.map(one => ({ start: iso(one.start), end: iso(one.end) }));
    const booking = { spans, end: spans[1].end, until: spans[0].end } as Booking;
    const between = at('2026-11-26T12:00:00Z');
    expect(spanAt(booking, days[0].start)).toEqual(days[0]);
    expect(spanAt(booking, days[0].end)).toBeNull();
    expect(spanAt(booking, between)).toBeNull();
    expect(nextSpan(booking, between)).toEqual(days[1]);
    expect(touches(booking, { start: between, end: between + HOUR })).toBe(false);
    expect(untilOf(booking)).toBe(days[0].end);
  });
});

import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from './time';
import { cores, countdown, length, memory, moment, plain, rangeTitle, span, timeLeft } from './words';

const TZ = 'Europe/London';
const at = (text: string) => Date.parse(text);
const NOW = at('2026-11-23T15:10:00Z');

describe('a length of time', () => {
  it.each([
    [0, '0 s'],
    [29_000, '29 s'],
    [30_000, '1 min'],
    [MINUTE, '1 min'],
    [2 * MINUTE + 40_000, '3 min'],
    [5 * MINUTE, '5 min'],
    [14 * MINUTE + 1, '15 min'],
    [2 * HOUR, '2 h'],
    [2 * HOUR + 10 * MINUTE, '2 h 10 min'],
    [24 * HOUR, '24 h'],
    [30 * HOUR, '30 h'],
    [72 * HOUR, '3 days'],
    [76 * HOUR, '3 days 4 h']
  ])('of %i ms is %s', (ms, words) => {
    expect(length(ms)).toBe(words);
  });

  it('that is left says so, until there is none', () => {
    expect(timeLeft(2 * HOUR + 10 * MINUTE)).toBe('2 h 10 min left');
    expect(timeLeft(0)).toBe('ended');
  });

  it('of a hold counts down', () => {
    expect(countdown(278_000)).toBe('4:38');
    expect(countdown(300_900)).toBe('5:00');
    expect(countdown(-5)).toBe('0:00');
  });
});

describe('a moment', () => {
  it.each([
    ['2026-11-23T17:20:00Z', '17:20 today'],
    ['2026-11-24T06:00:00Z', '06:00 tomorrow'],
    ['2026-11-22T23:00:00Z', '23:00 yesterday'],
    ['2026-11-26T06:00:00Z', 'Thu 06:00'],
    ['2026-12-03T06:00:00Z', 'Thu 3 Dec 06:00'],
    ['2027-01-07T06:00:00Z', 'Thu 7 Jan 2027 06:00']
  ])('%s is %s', (instant, words) => {
    expect(moment(at(instant), NOW, TZ)).toBe(words);
  });

  it('in a message of the services is put into words', () => {
    const text = 'It can be extended until 2026-11-23T17:20:00+00:00.';
    expect(plain(text, NOW, TZ)).toBe('It can be extended until 17:20 today.');
  });
});

describe('a span', () => {
  it('names the day once, or both', () => {
    const start = at('2026-11-25T06:00:00Z');
    expect(span({ start, end: start + 6 * HOUR }, NOW, TZ)).toBe('Wed 25 Nov 06:00 to 12:00');
    expect(span({ start, end: start + 24 * HOUR }, NOW, TZ)).toBe('Wed 25 Nov 06:00 to Thu 26 Nov 06:00');
  });

  it('of a week is its title', () => {
    const week = (start: string, end: string) => rangeTitle({ start: at(start), end: at(end) }, TZ);
    expect(week('2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z')).toBe('23 to 29 November');
    expect(week('2026-11-30T00:00:00Z', '2026-12-07T00:00:00Z')).toBe('30 November to 6 December');
    expect(week('2026-11-25T00:00:00Z', '2026-11-26T00:00:00Z')).toBe('Wednesday 25 November');
  });
});

describe('a size', () => {
  it('is in whole words', () => {
    expect(cores(1)).toBe('1 core');
    expect(cores(0.109)).toBe('0.11 cores');
    expect(memory(512)).toBe('512 MiB');
    expect(memory(8192)).toBe('8 GiB');
    expect(memory(2700)).toBe('2.6 GiB');
    expect(memory(11_050)).toBe('11 GiB');
  });
});

import { describe, expect, it } from 'vitest';
import {
  HOUR,
  addDays,
  clockSteps,
  dayInterval,
  dayOf,
  fromField,
  hourSteps,
  instantOf,
  iso,
  mondayOf,
  toField
} from './time';

const LONDON = 'Europe/London';
const at = (text: string) => Date.parse(text);

describe('days of the viewer', () => {
  it('begin at the viewer’s midnight', () => {
    expect(iso(dayInterval('2026-06-08', LONDON).start)).toBe('2026-06-07T23:00:00Z');
    expect(iso(dayInterval('2026-06-08', 'Asia/Kolkata').start)).toBe('2026-06-07T18:30:00Z');
    expect(dayOf(at('2026-06-07T23:30:00Z'), LONDON)).toBe('2026-06-08');
  });

  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-06-08', 24]
  ])('%s has %i hours in London', (day, hours) => {
    const whole = dayInterval(day, LONDON);
    expect((whole.end - whole.start) / HOUR).toBe(hours);
    expect(hourSteps(whole)).toHaveLength(hours);
  });

  it('are cut by the clock, so the night of a change is an hour longer or shorter', () => {
    const lengths = (day: string) => clockSteps(day, 6, LONDON).map(step => (step.end - step.start) / HOUR);
    expect(lengths('2026-03-29')).toEqual([5, 6, 6, 6]);
    expect(lengths('2026-10-25')).toEqual([7, 6, 6, 6]);
  });

  it('follow each other across months and years', () => {
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
  });

  it.each(['2026-11-23', '2026-11-25', '2026-11-29'])('%s is in the week of Monday the 23rd', day => {
    expect(mondayOf(day)).toBe('2026-11-23');
  });
});

describe('a clock reading', () => {
  const wall = (hour: number, minute: number, day: number, month: number) => ({
    year: 2026,
    month,
    day,
    hour,
    minute,
    second: 0
  });

  it('that comes twice means the first', () => {
    expect(iso(instantOf(wall(1, 30, 25, 10), LONDON))).toBe('2026-10-25T00:30:00Z');
  });

  it('that is skipped means as much later', () => {
    expect(iso(instantOf(wall(1, 30, 29, 3), LONDON))).toBe('2026-03-29T01:30:00Z');
  });

  it('survives the way into a field and back', () => {
    const instant = at('2026-11-25T06:15:00Z');
    expect(toField(instant, LONDON)).toBe('2026-11-25T06:15');
    expect(fromField(toField(instant, 'America/New_York'), 'America/New_York')).toBe(instant);
    expect(fromField('', LONDON)).toBeNull();
  });
});

/** Calendar days and hours in the viewer's zone, right across daylight saving. Instants are milliseconds UTC. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A half-open interval `[start, end)` of instants. */
export interface Interval {
  start: number;
  end: number;
}

/** A clock reading in some zone. */
export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsFormat(tz: string): Intl.DateTimeFormat {
  let format = formats.get(tz);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: tz,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric'
    });
    formats.set(tz, format);
  }
  return format;
}

/** The zone that the browser is set to, as in `Europe/London`. */
export function viewerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** What a clock in the zone shows at an instant. */
export function wallAt(instant: number, tz: string): Wall {
  const wall: Record<string, number> = {};
  for (const part of partsFormat(tz).formatToParts(instant)) {
    wall[part.type] = Number(part.value);
  }
  return {
    year: wall.year,
    month: wall.month,
    day: wall.day,
    hour: wall.hour,
    minute: wall.minute,
    second: wall.second
  };
}

function wallAsUtc(wall: Wall): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
}

function offsetAt(instant: number, tz: string): number {
  const whole = Math.floor(instant / 1000) * 1000;
  return wallAsUtc(wallAt(whole, tz)) - whole;
}

/**
 * The instant at which a clock in the zone shows a reading: the first one where the hour comes twice,
 * and as much later where the hour is skipped.
 */
export function instantOf(wall: Wall, tz: string): number {
  const reading = wallAsUtc(wall);
  const before = offsetAt(reading - DAY, tz);
  const after = offsetAt(reading + DAY, tz);
  for (const offset of [before, after]) {
    if (offsetAt(reading - offset, tz) === offset) {
      return reading - offset;
    }
  }
  return reading - before;
}

/** The calendar day of an instant, as `2026-11-25`. */
export function dayOf(instant: number, tz: string): string {
  const { year, month, day } = wallAt(instant, tz);
  return `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}`;
}

/** The calendar day `count` days after another. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY).toISOString().slice(0, 10);
}

/** The Monday of the week that a day is in. */
export function mondayOf(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, -((weekday + 6) % 7));
}

/** The first day of the month that a day is in. */
export function firstOfMonth(day: string): string {
  return `${day.slice(0, 7)}-01`;
}

/** The first day of the month `count` months after another's. */
export function addMonths(day: string, count: number): string {
  const [year, month] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 + count, 1)).toISOString().slice(0, 10);
}

/** The instant at which an hour (0 to 24) of a calendar day begins in the zone. */
export function instantOfHour(day: string, hour: number, tz: string): number {
  const [year, month, date] = addDays(day, Math.floor(hour / 24))
    .split('-')
    .map(Number);
  return instantOf({ year, month, day: date, hour: hour % 24, minute: 0, second: 0 }, tz);
}

/** A calendar day as an interval; 23 or 25 hours long where the clocks change. */
export function dayInterval(day: string, tz: string): Interval {
  return { start: instantOfHour(day, 0, tz), end: instantOfHour(day, 24, tz) };
}

/** A day cut at every `hours` hours on the clock (6 gives night, morning, afternoon, evening). */
export function clockSteps(day: string, hours: number, tz: string): Interval[] {
  const cuts: number[] = [];
  for (let hour = 0; hour <= 24; hour += hours) {
    cuts.push(instantOfHour(day, hour, tz));
  }
  return cuts.slice(1).map((end, index) => ({ start: cuts[index], end }));
}

/** An interval cut into hours that have really passed, so that a long night has 25 a day. */
export function hourSteps({ start, end }: Interval): Interval[] {
  const steps: Interval[] = [];
  for (let at = start; at < end; at += HOUR) {
    steps.push({ start: at, end: Math.min(at + HOUR, end) });
  }
  return steps;
}

/** Whether two half-open intervals share an instant. */
export function overlaps(one: Interval, other: Interval): boolean {
  return one.start < other.end && other.start < one.end;
}

/** An instant as a `datetime-local` field wants it. */
export function toField(instant: number, tz: string): string {
  const wall = wallAt(instant, tz);
  return `${dayOf(instant, tz)}T${pad(wall.hour)}:${pad(wall.minute)}`;
}

/** The instant that a `datetime-local` field means in the zone, or null while it is not filled. */
export function fromField(text: string, tz: string): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text);
  if (!found) {
    return null;
  }
  const [year, month, day, hour, minute] = found.slice(1).map(Number);
  return instantOf({ year, month, day, hour, minute, second: 0 }, tz);
}

/** An instant as the wire wants it. */
export function iso(instant: number): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

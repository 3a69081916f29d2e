/** How a range is booked: when it may start, how it repeats, and with whom it shares. Pure. */
import type { Sharing } from '../wire';
import { DAY, HOUR, Interval, addDays, dayOf, instantOf, wallAt } from './time';
import { list, longDay, shortDay } from './words';

/** The days of the week as RFC 5545 names them. */
export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Every week on these days, so many times in all. */
export interface Repeat {
  days: Weekday[];
  times: number;
}

/**
 * What goes with the chosen ranges. `window` (ISO 8601, or nothing) is how much later it may start; with `prepare` the lab is
 * started before. `group` is whose budget it is charged to, or nothing. */
export interface Plan {
  window: string;
  repeat: Repeat | null;
  sharing: Sharing;
  prepare: boolean;
  group: string;
}

export const PLAIN: Plan = { window: '', repeat: null, sharing: 'managed', prepare: false, group: '' };

/** More than a year of weeks helps nobody. */
export const MOST_TIMES = 52;

/** How much later a booking may start, in words that follow *any time within*. */
export const WINDOWS: [string, string][] = [
  ['PT1H', '1 h'],
  ['PT3H', '3 h'],
  ['PT6H', '6 h'],
  ['PT12H', '12 h'],
  ['P1D', '1 day'],
  ['P3D', '3 days'],
  ['P7D', '7 days'],
  ['P14D', '14 days']
];

/** The three kinds of sharing, each with what it means. */
export const SHARINGS: [Sharing, string, string][] = [
  ['managed', 'Managed', 'Its cores and memory are yours; others work beside you on the same servers.'],
  ['shared', 'Shared', 'Nearly always to be had; cores and memory are used by others at the same time.'],
  ['reserved', 'Reserved', 'Whole servers that nobody else works on; hardest to get.']
];

const NAMES: Record<Weekday, string> = {
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
  SU: 'Sunday'
};

/** `Monday` */
export function weekdayName(day: Weekday): string {
  return NAMES[day];
}

/** The day of the week that an instant is on. */
export function weekdayOf(instant: number, tz: string): Weekday {
  return WEEKDAYS[(new Date(`${dayOf(instant, tz)}T00:00:00Z`).getUTCDay() + 6) % 7];
}

/** Weekly from a start: on its own day, four times. */
export function weekly(start: number, tz: string): Repeat {
  return { days: [weekdayOf(start, tz)], times: 4 };
}

/** The days of a repetition that begins at `start`: that day is always one of them. */
export function daysFrom(repeat: Repeat, start: number, tz: string): Weekday[] {
  const first = weekdayOf(start, tz);
  return WEEKDAYS.filter(day => day === first || repeat.days.includes(day));
}

/** The RFC 5545 rule: `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`. */
export function toRule(repeat: Repeat, start: number, tz: string): string {
  return `FREQ=WEEKLY;BYDAY=${daysFrom(repeat, start, tz).join(',')};COUNT=${repeat.times}`;
}

/** The repetition that a rule of this form means, or null for any other rule. */
export function fromRule(rule: string): Repeat | null {
  const found = /^FREQ=WEEKLY;BYDAY=([A-Z,]+);COUNT=(\d+)$/.exec(rule);
  const days = found?.[1].split(',').filter((day): day is Weekday => day in NAMES) ?? [];
  return found && days.length ? { days, times: Number(found[2]) } : null;
}

/** All ranges of a repetition; each begins and ends at the same times on the clock as the first. */
export function occurrences(first: Interval, repeat: Repeat, tz: string): Interval[] {
  const days = daysFrom(repeat, first.start, tz);
  const found: Interval[] = [];
  for (let later = 0; found.length < Math.min(repeat.times, MOST_TIMES); later++) {
    const start = sameClock(first.start, later, tz);
    if (days.includes(weekdayOf(start, tz))) {
      found.push({ start, end: sameClock(first.end, later, tz) });
    }
  }
  return found;
}

/** When a clock shows the same, a number of days later. */
function sameClock(instant: number, later: number, tz: string): number {
  const [year, month, day] = addDays(dayOf(instant, tz), later).split('-').map(Number);
  return instantOf({ ...wallAt(instant, tz), year, month, day }, tz);
}

/** Whether a repetition would run into itself, as a booking of 30 h every day. */
export function runsIntoItself(ranges: Interval[]): boolean {
  return ranges.some((range, index) => index > 0 && range.start < ranges[index - 1].end);
}

/** `Every Monday and Wednesday, 10 times, the last on Wed 20 Jan` */
export function repeatWords(first: Interval, repeat: Repeat, tz: string): string {
  const days = daysFrom(repeat, first.start, tz);
  const all = occurrences(first, repeat, tz);
  const which = days.length === 7 ? 'day' : list(days.map(weekdayName));
  const last = all[all.length - 1];
  const times = repeat.times === 1 ? 'once' : `${repeat.times} times`;
  return `Every ${which}, ${times}${last && repeat.times > 1 ? `, the last on ${shortDay(last.start, tz)}` : ''}`;
}

/** A rule of a booking in words, as far as it is one that is made here. */
export function ruleInWords(rule: string): string {
  const repeat = fromRule(rule);
  if (!repeat) {
    return 'repeats';
  }
  return `every ${list(repeat.days.map(weekdayName))}, ${repeat.times} times`;
}

/** `starting any time within 3 days of Wednesday 25 November 06:00` is what this says after *starting*. */
export function windowWords(window: string, start: number, tz: string, clock: string): string {
  const words = WINDOWS.find(([value]) => value === window)?.[1] ?? '';
  return words && `any time within ${words} from ${longDay(start, tz)} ${clock}`;
}

/** Lengths to choose from, in milliseconds. */
export const LENGTHS = [1, 2, 4, 8, 12, 24, 48, 72, 168, 336].map(hours => hours * HOUR);

/** A length as ISO 8601: `PT36H`, `PT1H30M`. */
export function isoLength(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `PT${hours ? `${hours}H` : ''}${rest ? `${rest}M` : ''}`;
}

/** How long a window is, in milliseconds. */
export function windowLength(window: string): number {
  const found = /^P(?:(\d+)D)?(?:T(\d+)H)?$/.exec(window);
  return found ? Number(found[1] ?? 0) * DAY + Number(found[2] ?? 0) * HOUR : 0;
}

/** Times, lengths and sizes in words. Nothing here ever shows a raw instant or an id. */
import type { Package, Resources } from '../wire';
import { DAY, HOUR, Interval, MINUTE, dayOf } from './time';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(instant: number, tz: string, options: Intl.DateTimeFormatOptions): string {
  const key = tz + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', { timeZone: tz, hourCycle: 'h23', ...options });
    formats.set(key, found);
  }
  return found.format(instant).replace(',', '');
}

/** `17:20` */
export function clockTime(instant: number, tz: string): string {
  return format(instant, tz, { hour: '2-digit', minute: '2-digit' });
}

/** `Wed 25 Nov` */
export function shortDay(instant: number, tz: string): string {
  return format(instant, tz, { weekday: 'short', day: 'numeric', month: 'short' }).replace('Sept', 'Sep');
}

/** `Wednesday 25 November` */
export function longDay(instant: number, tz: string): string {
  return format(instant, tz, { weekday: 'long', day: 'numeric', month: 'long' });
}

/** `Wed 25` */
export function weekdayAndDate(instant: number, tz: string): string {
  return format(instant, tz, { weekday: 'short', day: 'numeric' });
}

/** A length of time: `20 s`, `15 min`, `2 h 10 min`, `24 h`, `3 days 4 h`; at most two units, rounded up. */
export function length(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 30) {
    return `${seconds} s`;
  }
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 48 * 60) {
    return minutes < 60 ? `${minutes} min` : two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  }
  const hours = Math.ceil(minutes / 60);
  return two(Math.floor(hours / 24), 'days', hours % 24, 'h');
}

function two(first: number, unit: string, second: number, smaller: string): string {
  return second ? `${first} ${unit} ${second} ${smaller}` : `${first} ${unit}`;
}

/** `2 h 10 min left` */
export function timeLeft(ms: number): string {
  return ms <= 0 ? 'ended' : `${length(ms)} left`;
}

/** A countdown for a hold: `4:38`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `a minute`, `15 minutes`, `an hour`: for a sentence. */
export function minutesWords(minutes: number): string {
  return minutes === 1 ? '1 minute' : minutes === 60 ? '1 hour' : `${minutes} minutes`;
}

/** When, seen from now: `17:20 today`, `06:00 tomorrow`, `23:00 yesterday`, `Thu 06:00`, `Thu 3 Dec 06:00`. */
export function moment(instant: number, now: number, tz: string): string {
  const day = dayOf(instant, tz);
  const time = clockTime(instant, tz);
  if (day === dayOf(now, tz)) {
    return `${time} today`;
  }
  if (day === dayOf(now + DAY, tz)) {
    return `${time} tomorrow`;
  }
  if (day === dayOf(now - DAY, tz)) {
    return `${time} yesterday`;
  }
  const near = instant > now && instant - now < 6 * DAY;
  return near
    ? `${format(instant, tz, { weekday: 'short' })} ${time}`
    : `${shortDay(instant, tz)}${year(instant, now, tz)} ${time}`;
}

/** An end as it goes on a button: the time alone where it is today, `19:00`. */
export function shortMoment(instant: number, now: number, tz: string): string {
  return moment(instant, now, tz).replace(' today', '');
}

/** From when to when: `Wed 25 Nov 06:00 to 12:00`, `Wed 25 Nov 06:00 to Thu 26 Nov 06:00`. */
export function span({ start, end }: Interval, now: number, tz: string): string {
  const first = `${shortDay(start, tz)}${year(start, now, tz)} ${clockTime(start, tz)}`;
  if (dayOf(start, tz) === dayOf(end, tz)) {
    return `${first} to ${clockTime(end, tz)}`;
  }
  return `${first} to ${shortDay(end, tz)}${year(end, now, tz)} ${clockTime(end, tz)}`;
}

/** A month, a week or a day as a heading: `November 2026`, `23 to 29 November`, `Wednesday 25 November`. */
export function rangeTitle({ start, end }: Interval, tz: string, months: 'long' | 'short' = 'long'): string {
  const last = end - 1;
  if (dayOf(start, tz) === dayOf(last, tz)) {
    return months === 'long' ? longDay(start, tz) : shortDay(start, tz);
  }
  const month = (at: number) => format(at, tz, { month: months });
  const date = (at: number) => format(at, tz, { day: 'numeric' });
  if (date(start) === '1' && date(end) === '1' && last - start < 32 * DAY) {
    return `${month(start)} ${format(start, tz, { year: 'numeric' })}`;
  }
  const head = month(start) === month(last) ? date(start) : `${date(start)} ${month(start)}`;
  return `${head} to ${date(last)} ${month(last)}`;
}

function year(instant: number, now: number, tz: string): string {
  const own = dayOf(instant, tz).slice(0, 4);
  return own === dayOf(now, tz).slice(0, 4) ? '' : ` ${own}`;
}

function figure(value: number): string {
  return String(Number(value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)));
}

/** `1 core`, `0.11 cores` */
export function cores(value: number): string {
  return `${figure(value)} ${value === 1 ? 'core' : 'cores'}`;
}

/** MiB as `8 GiB` or `512 MiB`. */
export function memory(mib: number): string {
  return mib < 1024 ? `${mib} MiB` : `${figure(mib / 1024)} GiB`;
}

/** `2 cores · 8 GiB` */
export function size(resources: Pick<Resources, 'cores' | 'memory'>): string {
  return `${cores(resources.cores)} · ${memory(resources.memory)}`;
}

/** `Spark 2 × 1 core`, or nothing where the package has no workers. */
export function spark(item: Package | undefined): string {
  const workers = item?.size.workers;
  return workers?.count ? `Spark ${workers.count} × ${cores(workers.cores)}` : '';
}

/** A message from the services with every instant in it put into words. */
export function plain(message: string, now: number, tz: string): string {
  return message.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)/g, found =>
    moment(Date.parse(found), now, tz)
  );
}

/** `one`, `one and two`, `one, two and three` */
export function list(words: string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

const RULES: Record<string, string> = {
  capacity: 'never more than there is capacity for',
  cluster_unverified: 'nothing is booked where nobody can say what there is',
  group_budget: 'never more than a group has core-hours for',
  level: 'what an account of your level may book'
};

/** The rule that stood in the way, in words. */
export function ruleWords(rule: string): string {
  return RULES[rule] ?? rule.replace(/[_-]/g, ' ');
}

/** How many are free, in words. */
export function freeWords(count: number): string {
  return count === 0 ? 'full' : `${count} free`;
}

/** The step by which a booking of this length is extended, ISO 8601. */
export function extensionStep(ms: number): string {
  return ms <= 12 * HOUR ? 'PT1H' : ms <= 3 * DAY ? 'PT6H' : 'P1D';
}

export { HOUR, MINUTE };

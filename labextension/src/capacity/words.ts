/** Grants and blackouts in words and in figures, and requests made of what a form holds. Pure. */
import {
  Interval,
  addDays,
  addMonths,
  dayOf,
  firstOfMonth,
  instantOfHour,
  iso,
  fromField,
  toField
} from '../calendar/time';
import { clockTime, length, rangeTitle, shortDay } from '../calendar/words';
import { NOTHING, RESOURCES, ResourceName, amountsShort, amountsWords, isInMiB } from '../site/amounts';
import type { Cluster, Finding, Grant, GrantRequest, Resources } from '../wire';

const DAY = 86_400_000;

/** How long a grant goes on, no finer than matters: `5 days 3 h`, `64 days`, `10 years`. */
export function lasting(ms: number): string {
  const days = Math.round(ms / DAY);
  if (days < 60) {
    return length(ms);
  }
  return days < 730 ? `${days} days` : `${Math.round(days / 365.25)} years`;
}

/** Whether it takes away. */
export function isBlackout(grant: Pick<Grant, 'share' | 'resources'>): boolean {
  return typeof grant.share === 'number' || RESOURCES.some(name => grant.resources[name] < 0);
}

/** What a grant gives or takes: `8 cores and 32 GiB of memory`, `everything`, `half of everything`. */
export function grantWords(grant: Pick<Grant, 'share' | 'resources'>): string {
  return shareWords(grant) ?? amountsWords(grant.resources);
}

/** The same as a label: `8 cores · 32 GiB`, `closed`, `50 % closed`, `2 cores less`. */
export function grantLabel(grant: Pick<Grant, 'share' | 'resources'>): string {
  if (typeof grant.share === 'number') {
    return grant.share <= -100 ? 'closed' : `${-grant.share} % closed`;
  }
  return isBlackout(grant) ? `${amountsShort(grant.resources)} less` : amountsShort(grant.resources);
}

function shareWords(grant: Pick<Grant, 'share'>): string | null {
  if (typeof grant.share !== 'number') {
    return null;
  }
  return grant.share <= -100 ? 'everything' : `${-grant.share} % of everything`;
}

/** What a grant or blackout is, to head a page with. */
export function grantTitle(grant: Grant): string {
  if (!isBlackout(grant)) {
    return `${amountsShort(grant.resources)} on ${grant.cluster}`;
  }
  return `${grant.cluster} ${typeof grant.share === 'number' ? 'is' : 'has'} ${grantLabel(grant)}`;
}

/** When it is: whole days as days, `Mon 8 Jun to Wed 10 Jun 2027`; `07:00` only where a time matters. */
export function grantWhen(range: Interval, now: number, tz: string): string {
  const edge = (at: number, isEnd: boolean) => {
    const midnight = clockTime(at, tz) === '00:00';
    const shown = isEnd && midnight ? at - 1 : at;
    const year = dayOf(shown, tz).slice(0, 4);
    const day = shortDay(shown, tz) + (year === dayOf(now, tz).slice(0, 4) ? '' : ` ${year}`);
    return { day, time: midnight ? '' : ` ${clockTime(at, tz)}` };
  };
  const [start, end] = [edge(range.start, false), edge(range.end, true)];
  if (start.day !== end.day) {
    return `${start.day}${start.time} to ${end.day}${end.time}`;
  }
  if (!start.time && !end.time) {
    return start.day;
  }
  return `${start.day} ${clockTime(range.start, tz)} to ${clockTime(range.end, tz)}`;
}

/** The interval of a grant. */
export function intervalOf(one: { start: string; end: string }): Interval {
  return { start: Date.parse(one.start), end: Date.parse(one.end) };
}

/** What the grants of one cluster give together at an instant. */
export function hasAt(grants: Grant[], instant: number): Resources {
  const live = grants.filter(grant => {
    const { start, end } = intervalOf(grant);
    return start <= instant && instant < end;
  });
  const sum: Resources = { ...NOTHING };
  for (const grant of live.filter(one => typeof one.share !== 'number')) {
    for (const name of RESOURCES) {
      sum[name] += grant.resources[name];
    }
  }
  const share = live.reduce((part, one) => part + (one.share ?? 0), 0);
  for (const name of RESOURCES) {
    sum[name] = Math.max(0, sum[name] * (1 + Math.max(-100, share) / 100));
  }
  return sum;
}

/** How a cluster counts, in words. */
export function countsWords(cluster: Cluster): string {
  const factor = Number(cluster.overcommit);
  const shared = factor === 1 ? 'no over-commit' : `over-commit ${factor}`;
  const buffer = bufferMinutes(cluster.buffer);
  return `${shared} · ${buffer ? `buffer ${length(buffer * 60_000)}` : 'no buffer'}`;
}

/** A cluster's buffer in minutes. */
export function bufferMinutes(buffer: string): number {
  const found = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(buffer);
  const [weeks, days, hours, minutes, seconds] = (found ?? []).slice(1).map(part => Number(part ?? 0));
  return found ? ((weeks * 7 + days) * 24 + hours) * 60 + minutes + seconds / 60 : 0;
}

// ---- the timeline

/** How much of time the timeline shows. */
export type Reach = 'month' | 'quarter' | 'year';

const MONTHS: Record<Reach, number> = { month: 1, quarter: 3, year: 12 };

/** The calendar months that are shown, from the one that `day` is in. */
export function reachInterval(day: string, reach: Reach, tz: string): Interval {
  const first = firstOfMonth(day);
  const end = addMonths(first, MONTHS[reach]);
  return { start: instantOfHour(first, 0, tz), end: instantOfHour(end, 0, tz) };
}

/** The same, `count` turns on. */
export function turnDay(day: string, reach: Reach, count: number): string {
  return addMonths(day, count * MONTHS[reach]);
}

/** What is shown, as a heading. */
export function reachTitle(range: Interval, tz: string): string {
  const last = range.end - 1;
  const [first, final] = [range.start, last].map(at => rangeMonth(at, tz));
  if (first === final) {
    return first;
  }
  const [month, year] = first.split(' ');
  return final.endsWith(year) ? `${month} to ${final}` : `${first} to ${final}`;
}

function rangeMonth(at: number, tz: string): string {
  const first = firstOfMonth(dayOf(at, tz));
  const range = { start: instantOfHour(first, 0, tz), end: instantOfHour(addMonths(first, 1), 0, tz) };
  return rangeTitle(range, tz);
}

/** Where the axis is marked: Mondays of a month, firsts of months otherwise. */
export function ticks(range: Interval, reach: Reach, tz: string): { at: number; words: string }[] {
  const found: { at: number; words: string }[] = [];
  const last = dayOf(range.end - 1, tz);
  for (let day = dayOf(range.start, tz); day <= last; day = addDays(day, 1)) {
    const at = instantOfHour(day, 0, tz);
    const monday = new Date(`${day}T00:00:00Z`).getUTCDay() === 1;
    if (reach === 'month' ? monday : day.endsWith('-01')) {
      found.push({
        at,
        words: reach === 'month' ? shortDay(at, tz) : rangeMonth(at, tz).split(' ')[0].slice(0, 3)
      });
    }
  }
  return found;
}

/** Grants in lanes so that none lies on another: the row of each, by id. */
export function lanes(grants: Grant[]): Map<string, number> {
  const ends: number[] = [];
  const found = new Map<string, number>();
  const byStart = [...grants].sort(
    (one, other) =>
      Number(isBlackout(one)) - Number(isBlackout(other)) || Date.parse(one.start) - Date.parse(other.start)
  );
  for (const grant of byStart) {
    const { start, end } = intervalOf(grant);
    const free = ends.findIndex(last => last <= start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = end;
    found.set(grant.id, lane);
  }
  return found;
}

// ---- forms

/** What a blackout takes. */
export type Takes = 'everything' | 'share' | 'amounts';

/** What the form of a grant holds: texts as they are typed. */
export interface Draft {
  cluster: string;
  blackout: boolean;
  takes: Takes;
  start: string;
  end: string;
  share: string;
  amounts: Record<ResourceName, string>;
  note: string;
}

const UNITS: Partial<Record<ResourceName, number>> = {
  memory: 1024,
  temporary: 1024,
  user: 1024,
  data: 1024
};

/** A form for something new, from the next full day on; a blackout lasts a day, a grant a year. */
export function freshDraft(cluster: string, blackout: boolean, now: number, tz: string): Draft {
  const day = addDays(dayOf(now, tz), 1);
  const end = blackout ? addDays(day, 1) : addMonths(day, 12);
  const amounts = Object.fromEntries(RESOURCES.map(name => [name, ''])) as Draft['amounts'];
  return {
    cluster,
    blackout,
    takes: 'everything',
    start: toField(instantOfHour(day, 0, tz), tz),
    end: toField(instantOfHour(end, 0, tz), tz),
    share: '50',
    amounts,
    note: ''
  };
}

/** A form that holds a grant. */
export function draftOf(grant: Grant, tz: string): Draft {
  const { start, end } = intervalOf(grant);
  const amounts = Object.fromEntries(
    RESOURCES.map(name => [name, grant.resources[name] ? typed(name, grant.resources[name]) : ''])
  ) as Draft['amounts'];
  const share = typeof grant.share === 'number' ? -grant.share : null;
  return {
    cluster: grant.cluster,
    blackout: isBlackout(grant),
    takes: share === null ? 'amounts' : share >= 100 ? 'everything' : 'share',
    start: toField(start, tz),
    end: toField(end, tz),
    share: String(share ?? 50),
    amounts,
    note: grant.note
  };
}

function typed(name: ResourceName, value: number): string {
  return String(Number((Math.abs(value) / (UNITS[name] ?? 1)).toFixed(3)));
}

/** What is wrong with a form, at which field; nothing where it can be sent. */
export function mistake(draft: Draft, tz: string): { field: string; message: string } | null {
  const [start, end] = [fromField(draft.start, tz), fromField(draft.end, tz)];
  if (start === null) {
    return { field: 'startdate', message: 'Choose when it begins.' };
  }
  if (end === null || end <= start) {
    return { field: 'enddate', message: 'Choose an end after the start.' };
  }
  if (draft.blackout && draft.takes === 'share' && !(Number(draft.share) > 0 && Number(draft.share) <= 100)) {
    return { field: 'share', message: 'Write a percentage from 1 to 100.' };
  }
  if (!draft.blackout || draft.takes === 'amounts') {
    const wrong = RESOURCES.find(name => !(Number(draft.amounts[name] || 0) >= 0));
    if (wrong) {
      return { field: wrong, message: 'Write a number that is not negative.' };
    }
    if (RESOURCES.every(name => !Number(draft.amounts[name]))) {
      const message = draft.blackout
        ? 'Say what is taken away.'
        : 'Say what is granted: cores, memory or another.';
      return { field: 'cores', message };
    }
  }
  return null;
}

/** The request that a form without mistakes makes. */
export function requestOf(draft: Draft, tz: string): Partial<GrantRequest> {
  const body: Partial<GrantRequest> = {
    cluster: draft.cluster,
    startdate: iso(fromField(draft.start, tz) ?? 0),
    enddate: iso(fromField(draft.end, tz) ?? 0),
    note: draft.note,
    tz
  };
  if (draft.blackout && draft.takes !== 'amounts') {
    return { ...body, share: `${draft.takes === 'everything' ? -100 : -Number(draft.share)}%` };
  }
  for (const name of RESOURCES) {
    const value = Number(draft.amounts[name] || 0) * (UNITS[name] ?? 1) * (draft.blackout ? -1 : 1);
    if (value) {
      Object.assign(body, { [name]: name === 'cores' ? value : Math.round(value) });
    }
  }
  return body;
}

/** The unit that an amount is typed in. */
export function unitOf(name: ResourceName): string {
  return isInMiB(name) ? 'GiB' : '';
}

const FINDINGS: Record<Finding['kind'], [string, string]> = {
  pod: ['pod without a booking', 'pods without a booking'],
  session: ['session without a pod', 'sessions without a pod'],
  size: ['session that asks for more than is booked', 'sessions that ask for more than is booked'],
  volume: ['disk of nobody’s', 'disks of nobody’s'],
  namespace: ['namespace of nobody’s', 'namespaces of nobody’s']
};

/** `2 pods without a booking, 1 disk of nobody’s` */
export function findingsWords(found: Pick<Finding, 'kind'>[]): string {
  const kinds = Object.keys(FINDINGS) as Finding['kind'][];
  const counted = kinds.map(kind => [kind, found.filter(one => one.kind === kind).length] as const);
  return counted
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${FINDINGS[kind][count === 1 ? 0 : 1]}`)
    .join(', ');
}

/** What the grid shows: packages down, steps of time across, and why each is as it is. Pure. */
import type { AvailableRow, Booking, Grant, Package, Resources } from '../wire';
import {
  HOUR,
  Interval,
  addDays,
  addMonths,
  clockSteps,
  dayInterval,
  dayOf,
  firstOfMonth,
  hourSteps,
  instantOfHour,
  mondayOf,
  overlaps
} from './time';
import { spansOf } from './spans';
import { clockTime, freeWords, longDay, moment, rangeTitle, weekdayAndDate } from './words';

/** How much of time is seen: a month in days, a week in quarter days, or a day in hours. `day` is any day in it. */
export interface View {
  grain: 'month' | 'week' | 'hours';
  day: string;
}

/** A column of the grid: a week of the month, a day of the week, or a quarter of the day. */
export interface Column extends Interval {
  key: string;
  label: string;
  title: string;
  today: boolean;
  steps: Interval[];
}

export type Look = 'wait' | 'past' | 'closed' | 'full' | 'few' | 'some' | 'free';

/** One step of one package. `free` is how many fit throughout what is left of it. */
export interface Step extends Interval {
  free: number | null;
  look: Look;
  mine: Booking | null;
  held: Booking | null;
}

/** A package with its steps, column by column. */
export interface GridRow {
  package: Package;
  columns: Step[][];
}

/** What the grid is drawn from. */
export interface GridData {
  packages: Package[];
  free: AvailableRow[] | null;
  grants: Grant[] | null;
  bookings: Booking[];
}

/**
 * The first day that a view shows. A week begins on Monday; only this week, once most of it is over, begins today,
 * since what is over is of no use to anybody.
 */
function firstDay(view: View, now: number, tz: string): string {
  const monday = mondayOf(view.day);
  const today = dayOf(now, tz);
  return mondayOf(today) === monday && today >= addDays(monday, 4) ? today : monday;
}

/** The first day of a month view and the first after it: a calendar month, or five weeks once most of this is over. */
function monthDays(view: View, now: number, tz: string): [string, string] {
  const first = firstOfMonth(view.day);
  const today = dayOf(now, tz);
  const late = firstOfMonth(today) === first && today >= addDays(first, 21);
  return late ? [mondayOf(today), addDays(mondayOf(today), 35)] : [first, addMonths(first, 1)];
}

/** The interval that a view covers. */
export function viewInterval(view: View, now: number, tz: string): Interval {
  if (view.grain === 'hours') {
    return dayInterval(view.day, tz);
  }
  if (view.grain === 'month') {
    const [from, to] = monthDays(view, now, tz);
    return { start: dayInterval(from, tz).start, end: dayInterval(to, tz).start };
  }
  const first = firstDay(view, now, tz);
  return { start: dayInterval(first, tz).start, end: dayInterval(addDays(first, 6), tz).end };
}

/** The view `count` months, weeks or days further. */
export function turn(view: View, count: number): View {
  if (view.grain === 'month') {
    return { ...view, day: addMonths(firstOfMonth(view.day), count) };
  }
  return { ...view, day: addDays(view.day, view.grain === 'week' ? 7 * count : count) };
}

/** The columns of a view. */
export function columns(view: View, now: number, tz: string): Column[] {
  const today = dayOf(now, tz);
  if (view.grain === 'hours') {
    return [0, 6, 12, 18].map(hour => {
      const start = instantOfHour(view.day, hour, tz);
      const end = instantOfHour(view.day, hour + 6, tz);
      const label = clockTime(start, tz);
      const title = `${longDay(start, tz)} from ${label}`;
      const key = String(start);
      return {
        key,
        start,
        end,
        label,
        title,
        today: start <= now && now < end,
        steps: hourSteps({ start, end })
      };
    });
  }
  if (view.grain === 'month') {
    return weeksOf(view, now, tz);
  }
  const first = firstDay(view, now, tz);
  return [0, 1, 2, 3, 4, 5, 6].map(index => {
    const day = addDays(first, index);
    const steps = clockSteps(day, 6, tz);
    const { start, end } = { start: steps[0].start, end: steps[3].end };
    const [label, title] = [weekdayAndDate(start, tz), longDay(start, tz)];
    return { key: day, start, end, label, title, today: day === today, steps };
  });
}

function weeksOf(view: View, now: number, tz: string): Column[] {
  const [from, to] = monthDays(view, now, tz);
  const weeks: string[][] = [];
  for (let day = from; day < to; day = addDays(day, 1)) {
    if (day === from || mondayOf(day) === day) {
      weeks.push([]);
    }
    weeks[weeks.length - 1].push(day);
  }
  const today = dayOf(now, tz);
  return weeks.map(days => {
    const steps = days.map(day => dayInterval(day, tz));
    const { start, end } = { start: steps[0].start, end: steps[steps.length - 1].end };
    const title = rangeTitle({ start, end }, tz);
    return { key: days[0], start, end, label: title, title, today: days.includes(today), steps };
  });
}

/** The rows of the grid, the largest package first. */
export function gridRows(data: GridData, cols: Column[], now: number): GridRow[] {
  const packages = [...data.packages].sort((one, other) => other.rank - one.rank);
  const times = (data.free ?? []).map(row => ({
    start: Date.parse(row.start),
    end: Date.parse(row.end),
    row
  }));
  const grants = data.grants?.map(grant => ({
    start: Date.parse(grant.start),
    end: Date.parse(grant.end),
    resources: grant.resources
  }));
  return packages.map(item => {
    const most = mostOf(item, data.free ?? [], grants ?? []);
    const mine = data.bookings
      .filter(booking => booking.package === item.name)
      .map(booking => ({ booking, spans: spansOf(booking) }));
    const step = (at: Interval): Step => {
      const ahead = { start: Math.max(at.start, now), end: at.end };
      const free = data.free && at.end > now ? leastFree(item.name, ahead, times) : null;
      const closed = grants !== undefined && !grants.some(grant => overlaps(grant, ahead));
      // What has ended in a step that goes on is nobody's any more.
      const seen = at.end > now ? ahead : at;
      const here = mine
        .filter(({ spans }) => spans.some(one => overlaps(one, seen)))
        .map(({ booking }) => booking);
      return {
        ...at,
        free,
        look: lookOf(at, now, free, closed, most),
        mine: here.find(booking => booking.phase !== 'OFFERED') ?? null,
        held: here.find(booking => booking.phase === 'OFFERED') ?? null
      };
    };
    return { package: item, columns: cols.map(column => column.steps.map(step)) };
  });
}

type TimedRow = Interval & { row: AvailableRow };

function leastFree(name: string, at: Interval, rows: TimedRow[]): number | null {
  let least: number | null = null;
  for (const row of rows) {
    if (overlaps(row, at)) {
      const figure = Math.max(0, row.row.packages[name] ?? 0);
      least = least === null ? figure : Math.min(least, figure);
    }
  }
  return least;
}

function lookOf(at: Interval, now: number, free: number | null, closed: boolean, most: number): Look {
  if (at.end <= now) {
    return 'past';
  }
  if (free === null) {
    return 'wait';
  }
  if (free === 0) {
    return closed ? 'closed' : 'full';
  }
  const part = free / Math.max(1, most);
  return part > 2 / 3 ? 'free' : part > 1 / 3 ? 'some' : 'few';
}

function mostOf(item: Package, rows: AvailableRow[], grants: { resources: Resources }[]): number {
  const seen = Math.max(0, ...rows.map(row => row.packages[item.name] ?? 0));
  const fits = grants.map(grant => howMany(item.size.resources, grant.resources));
  return Math.max(seen, ...fits.filter(Number.isFinite));
}

function howMany(one: Resources, all: Resources): number {
  const keys: (keyof Resources)[] = ['cores', 'memory'];
  return Math.min(...keys.filter(key => one[key] > 0).map(key => Math.floor(all[key] / one[key] + 1e-9)));
}

/** A booking's whole time. */
export function intervalOf(booking: Booking): Interval {
  return { start: Date.parse(booking.start), end: Date.parse(booking.end) };
}

/** The figure under a column: the least that is free in what is left of it. */
export function columnFigure(steps: Step[]): { text: string; none: boolean } {
  const ahead = steps.filter(step => step.look !== 'past');
  const figures = ahead.map(step => step.free).filter(free => free !== null);
  if (!figures.length) {
    return { text: '', none: true };
  }
  if (ahead.every(step => step.look === 'closed')) {
    return { text: 'closed', none: true };
  }
  const least = Math.min(...figures);
  const text = Math.max(...figures) === 0 ? 'full' : least > 99 ? '99+' : String(least);
  return { text, none: least === 0 };
}

/** Why a step is as it is, as the tooltip says it and as a screen reader hears it. */
export function why(step: Step, item: Package, now: number, tz: string): string {
  const parts: string[] = [];
  if (step.mine) {
    const span = spansOf(step.mine).find(one => overlaps(one, step));
    parts.push(`yours until ${moment(span?.end ?? Date.parse(step.mine.end), now, tz)}`);
  }
  if (step.held) {
    parts.push('held for you as an offer');
  }
  if (step.look === 'past') {
    parts.push('over');
  } else if (step.look === 'closed') {
    parts.push('closed: no capacity is planned for this time');
  } else if (step.look === 'full') {
    parts.push(`full: every place for ${item.name} is taken for at least part of this time`);
  } else if (step.free !== null) {
    parts.push(`${freeWords(step.free)} throughout`);
  } else {
    parts.push('loading');
  }
  return parts.join('; ');
}

/** When a step is, for its name: `Wednesday 25 November 06:00 to 12:00`, or the day alone where it is a whole one. */
export function stepTime(step: Interval, tz: string): string {
  if (step.end - step.start > 20 * HOUR) {
    return longDay(step.start, tz);
  }
  const end = step.end - step.start === HOUR ? step.start + HOUR : step.end;
  return `${longDay(step.start, tz)} ${clockTime(step.start, tz)} to ${clockTime(end, tz)}`;
}

/** What is chosen, span by span: all ranges with their repetitions, and how many are free in each. Pure. */
import type { AvailableRow } from '../wire';
import type { Wish } from './api';
import { Plan, isoLength, occurrences, runsIntoItself, toRule } from './plan';
import { Selection, freeThroughout, ranges } from './selection';
import type { Interval } from './time';

/** One span; `free` is how many places there are throughout, null while it is not known. */
export interface ChosenSpan extends Interval {
  key: string;
  free: number | null;
}

/** All of it; `wrong` says why it can't be booked so, and is empty where it can. */
export interface Chosen {
  spans: ChosenSpan[];
  wrong: string;
}

interface Known {
  free: AvailableRow[] | null;
  elsewhere: Record<string, number>;
}

/** What a range is known by. */
export function rangeKey({ start, end }: Interval): string {
  return `${start}-${end}`;
}

/** The spans that would be booked. */
export function chosenSpans(selection: Selection, plan: Plan, known: Known, now: number, tz: string): Chosen {
  const chosen = ranges(selection);
  const repeat = chosen.length === 1 ? plan.repeat : null;
  const all = repeat ? occurrences(chosen[0], repeat, tz) : chosen;
  const spans = all.map(range => {
    const key = rangeKey(range);
    // The grid shows what is managed; any other sharing is asked for.
    const seen =
      plan.sharing === 'managed' && known.free
        ? freeThroughout(selection.package, range, known.free, now)
        : null;
    return { ...range, key, free: seen ?? known.elsewhere[key] ?? null };
  });
  return { spans, wrong: wrongWith(chosen, all, now) };
}

function wrongWith(chosen: Interval[], all: Interval[], now: number): string {
  if (chosen.some(({ start, end }) => end <= Math.max(start, now))) {
    return 'The end has to come after the start, and after now.';
  }
  return runsIntoItself(all) ? 'It is too long to be repeated on these days: it would run into itself.' : '';
}

/** The fewest places of all spans; null while one that could be the tightest is not known. */
export function leastOf({ spans }: Chosen): number | null {
  const figures = spans.map(span => span.free);
  if (figures.includes(0)) {
    return 0;
  }
  return figures.includes(null) ? null : Math.min(...(figures as number[]));
}

/** What is asked for when this is booked. */
export function toWish(selection: Selection, plan: Plan, now: number, tz: string): Wish {
  const all = ranges(selection);
  const [{ start, end }] = all;
  const from = start <= now ? null : start;
  const wish: Wish = { package: selection.package, start: from, end };
  if (plan.sharing !== 'managed') {
    wish.sharing = plan.sharing;
  }
  if (plan.prepare) {
    wish.prepare = true;
  }
  if (plan.group) {
    wish.group = plan.group;
  }
  if (all.length > 1) {
    return { ...wish, spans: all.map(range => ({ ...range, start: Math.max(range.start, now) })) };
  }
  if (plan.repeat) {
    return { ...wish, recurrence: toRule(plan.repeat, from ?? now, tz) };
  }
  if (plan.window) {
    const duration = isoLength(end - Math.max(start, now));
    return { ...wish, end: undefined, duration, window: plan.window };
  }
  return wish;
}

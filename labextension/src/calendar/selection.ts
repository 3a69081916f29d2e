/** Choosing ranges of one package by mouse, touch or keyboard. Pure. */
import type { AvailableRow } from '../wire';
import type { Interval } from './time';
import { overlaps } from './time';

/**
 * Ranges of one package. `start` and `end` are those of the range that was begun last, between the step it was begun
 * at and the step it has reached; `more` are the ranges that were chosen before it.
 */
export interface Selection extends Interval {
  package: string;
  anchor: Interval;
  head: Interval;
  more: Interval[];
}

/** Begin at a step, unless it is over. A range that began in the past is booked from now. */
export function begin(name: string, step: Interval, now: number): Selection | null {
  return step.end <= now ? null : between(name, step, step, []);
}

/** Choose a range by its exact times. */
export function choose(name: string, at: Interval, more: Interval[] = []): Selection {
  return { ...between(name, at, at, more) };
}

/** Extend to a step, in either direction. */
export function reach(selection: Selection, step: Interval): Selection {
  return between(selection.package, selection.anchor, step, selection.more);
}

/** Begin one more range at a step; or, where the step is chosen already, take its range out. */
export function toggle(old: Selection | null, name: string, step: Interval, now: number): Selection | null {
  if (old?.package !== name) {
    return begin(name, step, now);
  }
  const all = [...old.more, { start: old.start, end: old.end }];
  const left = all.filter(range => !overlaps(range, step));
  if (left.length < all.length) {
    return fromRanges(name, left);
  }
  return step.end <= now ? old : between(name, step, step, all);
}

/** A selection of these ranges, the last of which is the one that can be extended; null without any. */
export function fromRanges(name: string, all: Interval[]): Selection | null {
  return all.length ? choose(name, all[all.length - 1], all.slice(0, -1)) : null;
}

/** Set the exact times by hand. */
export function exactly(selection: Selection, times: Interval): Selection {
  return { ...selection, ...times };
}

function between(name: string, anchor: Interval, head: Interval, more: Interval[]): Selection {
  const start = Math.min(anchor.start, head.start);
  const end = Math.max(anchor.end, head.end);
  return { package: name, anchor, head, start, end, more };
}

/** All chosen ranges in order; those that touch are one. */
export function ranges(selection: Selection): Interval[] {
  const sorted = [...selection.more, selection].sort((one, other) => one.start - other.start);
  const joined: Interval[] = [];
  for (const { start, end } of sorted) {
    const last = joined[joined.length - 1];
    if (last && start <= last.end) {
      last.end = Math.max(last.end, end);
    } else {
      joined.push({ start, end });
    }
  }
  return joined;
}

/** How many of a package are free throughout a range, or null where the rows do not cover it. */
export function freeThroughout(
  name: string,
  range: Interval,
  rows: AvailableRow[],
  now: number
): number | null {
  const start = Math.max(range.start, now);
  let covered = start;
  let least = Infinity;
  for (const row of rows) {
    const at = { start: Date.parse(row.start), end: Date.parse(row.end) };
    if (overlaps(at, { start, end: range.end })) {
      if (at.start > covered) {
        return null;
      }
      covered = at.end;
      least = Math.min(least, Math.max(0, row.packages[name] ?? 0));
    }
  }
  return covered >= range.end && least < Infinity ? least : null;
}

/** Where the focus of the grid is: a row and a step counted across all columns. */
export interface Cursor {
  row: number;
  step: number;
}

/** Where an arrow key, Home or End takes the focus; null for any other key. */
export function moveCursor(cursor: Cursor, key: string, rows: number, steps: number): Cursor | null {
  const to: Record<string, Cursor> = {
    ArrowLeft: { ...cursor, step: cursor.step - 1 },
    ArrowRight: { ...cursor, step: cursor.step + 1 },
    ArrowUp: { ...cursor, row: cursor.row - 1 },
    ArrowDown: { ...cursor, row: cursor.row + 1 },
    Home: { ...cursor, step: 0 },
    End: { ...cursor, step: steps - 1 }
  };
  const next = to[key];
  return next
    ? { row: Math.min(rows - 1, Math.max(0, next.row)), step: Math.min(steps - 1, Math.max(0, next.step)) }
    : null;
}

/** Choosing a range of one package by mouse, touch or keyboard. Pure. */
import type { AvailableRow } from '../wire';
import type { Interval } from './time';
import { overlaps } from './time';

/** A range of one package between the step it was begun at and the step it has reached. */
export interface Selection extends Interval {
  package: string;
  anchor: Interval;
  head: Interval;
}

/** Begin at a step, unless it is over. A range that began in the past is booked from now. */
export function begin(name: string, step: Interval, now: number): Selection | null {
  return step.end <= now ? null : between(name, step, step);
}

/** Extend to a step, in either direction. */
export function reach(selection: Selection, step: Interval): Selection {
  return between(selection.package, selection.anchor, step);
}

/** Set the exact times by hand. */
export function exactly(selection: Selection, times: Interval): Selection {
  return { ...selection, ...times };
}

function between(name: string, anchor: Interval, head: Interval): Selection {
  const start = Math.min(anchor.start, head.start);
  const end = Math.max(anchor.end, head.end);
  return { package: name, anchor, head, start, end };
}

/** Whether a step of a package is in the range. */
export function includes(selection: Selection | null, name: string, step: Interval): boolean {
  return selection !== null && selection.package === name && overlaps(selection, step);
}

/** How many of the chosen package are free throughout, or null where the rows do not cover it. */
export function freeThroughout(selection: Selection, rows: AvailableRow[], now: number): number | null {
  const start = Math.max(selection.start, now);
  let covered = start;
  let least = Infinity;
  for (const row of rows) {
    const at = { start: Date.parse(row.start), end: Date.parse(row.end) };
    if (overlaps(at, { start, end: selection.end })) {
      if (at.start > covered) {
        return null;
      }
      covered = at.end;
      least = Math.min(least, Math.max(0, row.packages[selection.package] ?? 0));
    }
  }
  return covered >= selection.end && least < Infinity ? least : null;
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

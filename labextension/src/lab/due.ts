/** Which warnings are due. Pure, so that every case can be tried without waiting. */
import { MINUTE } from '../calendar/time';

/** Minutes before the end at which a person is warned. */
export const THRESHOLDS = [60, 15, 5, 1];

/** Seconds before the end at which all documents are saved. */
export const SAVES = [60, 20, 8, 3];

/** The thresholds, in minutes, that lie ahead with `left` milliseconds to go and were not shown before. */
export function ahead(left: number, shown: number[], thresholds = THRESHOLDS): number[] {
  return thresholds.filter(minutes => minutes * MINUTE <= left && !shown.includes(minutes));
}

/**
 * What to show with `left` milliseconds to go: of all thresholds that have been reached, as after a machine has
 * slept, only the last one. `rest` are those still ahead.
 */
export function due(pending: number[], left: number): { show: number | null; rest: number[] } {
  const reached = pending.filter(minutes => left <= minutes * MINUTE);
  const rest = pending.filter(minutes => left > minutes * MINUTE);
  return { show: reached.length && left > 0 ? Math.min(...reached) : null, rest };
}

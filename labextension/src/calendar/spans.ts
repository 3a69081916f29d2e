/** The spans of a booking: which one runs, which comes next, and all of them in words. Pure. */
import type { Booking } from '../wire';
import { Interval, addDays, dayOf, overlaps, wallAt } from './time';
import { clockTime, length, list, rangeTitle, shortDay, span } from './words';

/** The spans of a booking in order. */
export function spansOf(booking: Booking): Interval[] {
  const spans = booking.spans.map(one => ({ start: Date.parse(one.start), end: Date.parse(one.end) }));
  return spans.sort((one, other) => one.start - other.start);
}

/** The span that an instant is in, or null. */
export function spanAt(booking: Booking, now: number): Interval | null {
  return spansOf(booking).find(one => one.start <= now && now < one.end) ?? null;
}

/** The first span that is still to begin, or null. */
export function nextSpan(booking: Booking, now: number): Interval | null {
  return spansOf(booking).find(one => one.start > now) ?? null;
}

/** The spans that are not over; what is cancelled is these. */
export function spansAhead(booking: Booking, now: number): Interval[] {
  return spansOf(booking).filter(one => one.end > now);
}

/** Whether one of the spans shares an instant with a range. */
export function touches(booking: Booking, range: Interval): boolean {
  return spansOf(booking).some(one => overlaps(one, range));
}

/** When the server of a booking has to stop: later than its own end where the next booking follows at once. */
export function untilOf(booking: Booking): number {
  return Date.parse(booking.until ?? booking.end);
}

/** The last of the bookings that follow a booking without a gap on the same package: the one that can be extended. */
export function lastOfRun(booking: Booking, bookings: Booking[]): Booking {
  const next = bookings.find(
    one =>
      one.id !== booking.id &&
      one.phase !== 'OFFERED' &&
      one.package === booking.package &&
      Date.parse(one.start) === Date.parse(booking.end)
  );
  return next && untilOf(booking) > Date.parse(booking.end) ? lastOfRun(next, bookings) : booking;
}

/** The time of all spans together, in milliseconds. */
export function together(spans: Interval[]): number {
  return spans.reduce((sum, one) => sum + one.end - one.start, 0);
}

/** `24 h`, `5 × 10 h`, `3 spans, 34 h together`. */
export function lengthsWords(spans: Interval[]): string {
  const [first] = spans;
  const whole = together(spans);
  if (spans.length === 1) {
    return length(whole);
  }
  const same = spans.every(one => one.end - one.start === first.end - first.start);
  return same
    ? `${spans.length} × ${length(first.end - first.start)}`
    : `${spans.length} spans, ${length(whole)} together`;
}

/**
 * When all of it is: `Wed 25 Nov 06:00 to 12:00`, `1 to 5 December, 09:00 to 17:00`,
 * `nights of 1 to 5 December, 20:00 to 06:00`, `4 days from Mon 23 Nov to Mon 14 Dec, 09:00 to 17:00`.
 */
export function spansWords(spans: Interval[], now: number, tz: string): string {
  if (spans.length < 2) {
    return spans.map(one => span(one, now, tz)).join('');
  }
  const clock = (one: Interval) => `${clockTime(one.start, tz)} to ${clockTime(one.end, tz)}`;
  const days = spans.map(one => dayOf(one.start, tz));
  const short = spans.every(one => dayOf(one.end - 1, tz) <= addDays(dayOf(one.start, tz), 1));
  const same = short && spans.every(one => clock(one) === clock(spans[0]));
  if (!same) {
    return spans.length < 4
      ? list(spans.map(one => span(one, now, tz)))
      : `from ${shortDay(spans[0].start, tz)} to ${shortDay(spans[spans.length - 1].end, tz)}`;
  }
  const last = spans[spans.length - 1];
  const inRow = days.every((day, index) => day === addDays(days[0], index));
  const on = inRow
    ? rangeTitle({ start: spans[0].start, end: last.start + 1 }, tz)
    : days.length < 4
      ? list(spans.map(one => shortDay(one.start, tz)))
      : `${days.length} days from ${shortDay(spans[0].start, tz)} to ${shortDay(last.start, tz)}`;
  const atNight = wallAt(spans[0].start, tz).hour >= 16 && dayOf(spans[0].end - 1, tz) !== days[0];
  return `${atNight ? 'nights of ' : ''}${on}, ${clock(spans[0])}`;
}

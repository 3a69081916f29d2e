/** How far the lab of a booking is that is made ready before its start, in words. Pure. */
import type { Booking } from '../wire';
import { clockTime, moment, plain } from './words';

const READY = 'its lab is ready';

/** `Your lab is made ready at 9:55.`, `Your lab is ready: open it.`; nothing where that was not asked for. */
export function preparedWords(booking: Booking, now: number, tz: string): string {
  if (!booking.prepare) {
    return '';
  }
  const at = booking.prepares ? Date.parse(booking.prepares) : null;
  if (booking.phase === 'WAITING' && at !== null && at > now) {
    const when = at - now < 20 * 3_600_000 ? clockTime(at, tz) : moment(at, now, tz);
    return `Your lab is made ready at ${when}.`;
  }
  if (booking.reason === READY) {
    return 'Your lab is ready: open it.';
  }
  const said = plain(booking.reason, now, tz).replace(/^its lab/, 'your lab');
  return said && `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

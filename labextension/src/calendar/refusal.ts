/** What did not work as asked, and what can be had instead, in words. Pure. */
import type { Booking, Change } from '../wire';
import type { ApiError, Edit, Wish } from './api';
import { ruleInWords } from './plan';
import { lengthsWords, spansOf, spansWords, together, untilOf } from './spans';
import { HOUR, Interval } from './time';
import { length, moment, plain, shortMoment, span } from './words';

/** A request or a change that did not fit, with what can be had instead. */
export interface Refusal {
  /** What was asked for, or the change that was. */
  wish: Wish | null;
  edit: { booking: Booking; change: Edit } | null;
  /** The key that makes a repeated request count once. */
  key: string;
  message: string;
  rule: string;
  help: string;
  offers: Booking[];
  /** How far an extension could go. */
  until: number | null;
  /** The address of the decision. */
  why: string | null;
  /** Whether nothing was refused yet: what is chosen has been taken by somebody else, and these are held instead. */
  lost: boolean;
}

/** A change that was meant for an older version of a booking. */
export interface Conflict {
  booking: Booking;
  change: Edit;
  changes: Change[];
}

/** What an error says of a refusal. */
export function refusalOf(
  error: Pick<ApiError, 'message' | 'rule' | 'help' | 'offers' | 'until' | 'why'>,
  of: Pick<Refusal, 'wish' | 'edit' | 'key'>
): Refusal {
  const { message, rule, help, offers, until, why } = error;
  return { ...of, message, rule, help, offers, until, why, lost: false };
}

/** The page that explains a decision; `pages` is where the pages are, with a slash at its end. */
export function whyPage(why: string, pages: string): string {
  return `${pages}decisions/${why.split('/').pop() ?? ''}`;
}

/** The offers that are still held. */
export function heldOffers(offers: Booking[], now: number): Booking[] {
  return offers.filter(
    offer => offer.phase === 'OFFERED' && (!offer.expires || Date.parse(offer.expires) > now)
  );
}

const KINDS: Record<NonNullable<Booking['kind']>, string> = {
  asked: 'As asked',
  earliest: 'Earliest',
  smaller: 'Smaller, then',
  shorter: 'Shorter',
  split: 'Split',
  week: 'Another week'
};

/** What kind of offer it is. */
export function kindWords(offer: Booking): string {
  return offer.kind ? KINDS[offer.kind] : 'Instead';
}

/** An offer in lines: what and when; the spans one by one where it is split; what is different from the wish. */
export function offerLines(offer: Booking, wish: Wish | null, now: number, tz: string): string[] {
  const name = offer.package ?? 'custom';
  const spans = spansOf(offer);
  const when = (one: Interval) =>
    one.start <= now ? `now, for ${length(one.end - now)}` : span(one, now, tz);
  const asked = wish ? wishLength(wish, now) : 0;
  if (offer.kind === 'split' || (spans.length > 1 && spans.length < 4)) {
    return [`${name}, ${lengthsWords(spans)}`, ...spans.map(when)];
  }
  const lines = [`${name}, ${spans.length > 1 ? spansWords(spans, now, tz) : when(spans[0])}`];
  if (offer.kind === 'shorter' && asked > together(spans)) {
    lines.push(`${length(together(spans))} instead of ${length(asked)}`);
  } else if (offer.kind === 'smaller' && wish && wish.package !== name) {
    lines.push(`instead of ${wish.package}`);
  } else if (spans.length > 1) {
    lines.push(lengthsWords(spans));
  }
  return lines;
}

function wishLength(wish: Wish, now: number): number {
  if (wish.spans) {
    return together(wish.spans);
  }
  return wish.end !== undefined ? wish.end - (wish.start ?? now) : durationLength(wish.duration ?? '');
}

function durationLength(duration: string): number {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration);
  const [days, hours, minutes] = (found ?? []).slice(1).map(part => Number(part ?? 0));
  return ((days || 0) * 24 + (hours || 0)) * HOUR + (minutes || 0) * 60_000;
}

/** When a wish is, as it goes on after *large does not fit*. */
export function wishWords(wish: Wish, now: number, tz: string): string {
  if (wish.spans) {
    return spansWords(wish.spans, now, tz);
  }
  const start = wish.start ?? now;
  const size = wishLength(wish, now);
  const once =
    wish.start !== null
      ? span({ start, end: start + size }, now, tz)
      : wish.end !== undefined
        ? `now until ${moment(wish.end, now, tz).replace(' today', '')}`
        : `now for ${length(size)}`;
  return wish.recurrence ? `${once}, ${ruleInWords(wish.recurrence)}` : once;
}

/** What a refusal is headed with. */
export function refusalTitle(refusal: Refusal, now: number, tz: string): string {
  const { wish, edit, rule, lost } = refusal;
  if (edit) {
    const name = edit.booking.package ?? 'Your booking';
    if (edit.change.group) {
      return `${name} can’t be charged to ${edit.change.group}`;
    }
    const end = edit.change.enddate ? Date.parse(edit.change.enddate) : null;
    if (edit.change.startdate) {
      return `${name} can’t be moved to ${moment(Date.parse(edit.change.startdate), now, tz)}`;
    }
    return end !== null && end > untilOf(edit.booking)
      ? `${name} can’t be extended to ${shortMoment(end, now, tz)}`
      : `${name} can’t be changed like this`;
  }
  const name = wish?.package ?? 'This';
  if (lost && wish) {
    return `${name} is no longer free ${wishWords(wish, now, tz)}`;
  }
  return wish && (rule === 'capacity' || rule === '')
    ? `${name} does not fit ${wishWords(wish, now, tz)}`
    : `${name} can’t be booked like this`;
}

/** Why it does not fit, without saying again what does not. */
export function because(refusal: Refusal, now: number, tz: string): string {
  const { message, wish, edit } = refusal;
  const name = wish?.package ?? edit?.booking.package ?? '';
  const reason = plain(message, now, tz)
    .replace(`${name} does not fit: `, '')
    .replace(/^It can't be charged to [^:]+: /, '')
    .replace(/\.$/, '');
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

/** `held for 4:38` needs the earliest end of several holds; null where none of them expires. */
export function heldUntil(offers: Booking[]): number | null {
  const ends = offers.map(offer => Date.parse(offer.expires ?? '')).filter(Number.isFinite);
  return ends.length ? Math.min(...ends) : null;
}

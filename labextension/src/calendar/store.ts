/** What a person does with bookings, without a line of drawing; the page, panel and status bar share one store. */
import type { Booking } from '../wire';
import { Api, Edit, Wish, freshKey } from './api';
import { toWish } from './chosen';
import type { ServerClock } from './clock';
import { Keeper, toApiError } from './keeper';
import { groupName } from './groups';
import { PLAIN, Plan } from './plan';
import { refusalOf } from './refusal';
import type { Selection } from './selection';
import { lastOfRun, lengthsWords, spansOf, spansWords } from './spans';
import { iso } from './time';
import { plain, shortMoment } from './words';

export { comingUp, currentBooking } from './keeper';
export type { Room, Snapshot } from './keeper';

/** What differs between the page and the lab. */
export interface Surroundings {
  account: string;
  /** Where the web pages are, with a slash at the end. */
  pages: string;
  /** The window in which those pages open, where that is not this one. */
  beside?: '_blank';
  /** Runs before a booking is ended from here: the lab saves its documents. */
  beforeEnd?: () => Promise<void>;
}

// Whoever chose something this short a time ago is still at it, and is offered something else without asking for it.
const AT_IT = 120_000;

/** Holds a snapshot and changes it by asking the service. */
export class BookingStore extends Keeper {
  private choseAt = 0;

  constructor(
    api: Api,
    clock: ServerClock,
    readonly around: Surroundings
  ) {
    super(api, clock, () => around.account);
  }

  select(selection: Selection | null): void {
    const fresh = !selection || !this.state.selection;
    this.choseAt = Date.now();
    this.set({ selection, lost: false, done: '', failed: '', ...(fresh && { plan: PLAIN, elsewhere: {} }) });
    this.settle();
    if (this.state.refusal?.lost) {
      void this.decline();
    }
  }

  /** Set when what is chosen may start, how it repeats, or with whom it shares. */
  plan(change: Partial<Plan>): void {
    this.set({ plan: { ...this.state.plan, ...change }, lost: false });
    this.settle();
  }

  /** What booking the selection asks for. */
  get wish(): Wish | null {
    const { selection, plan } = this.state;
    return selection && toWish(selection, plan, this.clock.now(), this.tz);
  }

  /** Book what is chosen. */
  async bookSelection(): Promise<void> {
    const { wish } = this;
    if (wish) {
      await this.book(wish);
    }
  }

  /** Book; a refusal becomes `refusal`, anything else that goes wrong `failed`. */
  async book(wish: Wish, key = freshKey()): Promise<void> {
    await this.decline();
    await this.act(async () => {
      try {
        const booking = await this.api.book(wish, this.tz, key);
        this.set({ selection: null, lost: false });
        return `Booked: ${this.describe(booking)}.`;
      } catch (error) {
        const refused = toApiError(error);
        if (refused.code !== 'refused') {
          throw error;
        }
        this.set({ refusal: refusalOf(refused, { wish, edit: null, key }) });
        return '';
      }
    });
  }

  /** Hold what can be had instead of what is chosen and was taken by somebody else. */
  async offer(byItself = false): Promise<void> {
    const { wish } = this;
    if (wish) {
      await this.act(async () => {
        const asked = this.api.offers(wish, this.tz);
        // Nobody has asked for it, so nobody needs to know that it failed; there is a button to ask with.
        const found = await (byItself ? asked.catch(() => null) : asked);
        if (!found) {
          return '';
        }
        const { offers, why } = found;
        const message = 'Nothing near it is free';
        const refused = { message, rule: 'capacity', help: '', offers, until: null, why };
        this.set({ refusal: { ...refusalOf(refused, { wish, edit: null, key: freshKey() }), lost: true } });
        return '';
      });
    }
  }

  protected override onLost(): void {
    if (Date.now() - this.choseAt < AT_IT && !this.state.refusal) {
      void this.offer(true);
    }
  }

  /** Take an offer; with one taken, the others are gone at once. */
  accept(offer: Booking): Promise<void> {
    return this.act(async () => {
      const booking = await this.api.edit(offer, { phase: 'ACCEPTED' });
      const bookings = this.state.bookings?.filter(one => one.phase !== 'OFFERED') ?? null;
      this.set({ refusal: null, selection: null, lost: false, bookings });
      return `Booked: ${this.describe(booking)}.`;
    });
  }

  /** Let go of the offers, so that others may have the places. */
  async decline(): Promise<void> {
    const refusal = this.state.refusal;
    if (refusal) {
      this.set({ refusal: null });
      await Promise.allSettled(refusal.offers.map(offer => this.api.edit(offer, { phase: 'REJECTED' })));
    }
  }

  /** Extend a booking as far as `room` says. */
  extend(booking: Booking, until: number): Promise<void> {
    return this.change(lastOfRun(booking, this.state.bookings ?? []), { enddate: iso(until) });
  }

  /**
   * Change a booking: a refusal becomes `refusal`, and where it is no longer the booking that was meant, what has
   * changed becomes `conflict`.
   */
  async change(booking: Booking, change: Edit): Promise<void> {
    await this.decline();
    await this.act(async () => {
      this.set({ conflict: null });
      try {
        const answer = await this.api.edit(booking, change);
        this.take(answer);
        return this.changed(booking, change, answer);
      } catch (error) {
        const refused = toApiError(error);
        if (refused.code === 'refused') {
          this.set({
            refusal: refusalOf(refused, { wish: null, edit: { booking, change }, key: freshKey() })
          });
        } else if (refused.changes.length) {
          this.set({ conflict: { booking, change, changes: refused.changes } });
        } else {
          throw error;
        }
        return '';
      }
    });
  }

  /** Make the change that was meant for an older version, on the booking as it is now. */
  async changeAnyway(): Promise<void> {
    const { conflict } = this.state;
    if (conflict) {
      const booking = await this.api.booking(conflict.booking.id).catch(() => conflict.booking);
      await this.change(booking, conflict.change);
    }
  }

  /** Leave the booking as it is now. */
  leave(): void {
    this.set({ conflict: null });
  }

  /** End a booking that has begun. */
  end(booking: Booking): Promise<void> {
    return this.act(async () => {
      await this.around.beforeEnd?.();
      await this.api.drop(booking);
      return `Ended: ${booking.package ?? 'your booking'}.`;
    });
  }

  /** Cancel a booking that has not begun. */
  cancel(booking: Booking): Promise<void> {
    return this.change(booking, { phase: 'CANCELLED' });
  }

  /** A booking in words. */
  describe(booking: Booking): string {
    const spans = spansOf(booking);
    const when = spansWords(spans, this.clock.now(), this.tz);
    return `${booking.package ?? 'custom'}, ${when}, ${lengthsWords(spans)}`;
  }

  private changed(old: Booking, change: Edit, booking: Booking): string {
    if (change.phase === 'CANCELLED') {
      return `Cancelled: ${this.describe(old)}.`;
    }
    if (change.group !== undefined) {
      return `Charged to ${booking.group ? groupName(this.state.groups, booking.group) : 'you'}: ${this.describe(booking)}.`;
    }
    const later = Date.parse(booking.end) > Date.parse(old.end) && booking.start === old.start;
    return later
      ? `Extended to ${shortMoment(Date.parse(booking.end), this.clock.now(), this.tz)}.`
      : `Changed: ${this.describe(booking)}.`;
  }

  private async act(work: () => Promise<string>): Promise<void> {
    if (this.state.busy) {
      return;
    }
    this.set({ busy: true, failed: '', done: '' });
    try {
      this.set({ done: await work() });
    } catch (error) {
      const { message, help } = toApiError(error);
      this.set({ failed: plain(help ? `${message} ${help}` : message, this.clock.now(), this.tz) });
    }
    this.set({ busy: false });
    await this.refresh();
  }
}

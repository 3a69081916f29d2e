/** Everything the calendar knows and does, without a line of drawing; the page, panel and status bar share one. */
import type { AvailableRow, Booking, Grant, Package } from '../wire';
import { Api, ApiError, Wish, freshKey } from './api';
import { ServerClock } from './clock';
import { View, intervalOf, viewInterval } from './cells';
import type { Selection } from './selection';
import { DAY, Interval, dayOf, viewerZone } from './time';
import { extensionStep, length, plain, shortMoment, span } from './words';

/** A request that did not fit, with what can be had instead. */
export interface Refusal {
  wish: Wish;
  key: string;
  message: string;
  rule: string;
  help: string;
  offers: Booking[];
}

/** How far the current booking may be extended. */
export interface Room {
  until: number | null;
  because: string;
}

/** What is known at one moment. Null is *not known yet*. */
export interface Snapshot {
  packages: Package[] | null;
  bookings: Booking[] | null;
  grants: Grant[] | null;
  free: AvailableRow[] | null;
  /** What is free in the hour that it is, as far as it was seen. */
  freeNow: AvailableRow | null;
  view: View;
  selection: Selection | null;
  room: Room | null;
  refusal: Refusal | null;
  /** The service could not be asked; what is shown may be old. */
  down: ApiError | null;
  /** The last act that failed, in words. */
  failed: string;
  /** The last act that succeeded, in words. */
  done: string;
  busy: boolean;
}

/** What differs between the page and the lab. */
export interface Surroundings {
  account: string;
  /** Runs before a booking is ended from here: the lab saves its documents. */
  beforeEnd?: () => Promise<void>;
}

const CURRENT = ['WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING'];

/** The booking that holds now, if any: one with a server before one without. */
export function currentBooking(bookings: Booking[] | null, now: number): Booking | null {
  const here = (bookings ?? []).filter(booking => {
    const { start, end } = intervalOf(booking);
    return start <= now && now < end && CURRENT.includes(booking.phase);
  });
  return here.find(booking => booking.phase === 'RUNNING') ?? here[0] ?? null;
}

/** The bookings that are still to come, soonest first. */
export function comingUp(bookings: Booking[] | null, now: number): Booking[] {
  return (bookings ?? [])
    .filter(booking => booking.phase !== 'OFFERED' && Date.parse(booking.start) > now)
    .sort((one, other) => Date.parse(one.start) - Date.parse(other.start));
}

/** Holds a snapshot and changes it by asking the service. */
export class BookingStore {
  readonly tz = viewerZone();
  private listeners = new Set<() => void>();
  private state: Snapshot;
  private asked = 0;
  // Whether the view is that of today, and so goes with the time: past midnight, or once the server's clock is known.
  private follows = true;

  constructor(
    readonly api: Api,
    readonly clock: ServerClock,
    readonly around: Surroundings
  ) {
    this.state = {
      packages: null,
      bookings: null,
      grants: null,
      free: null,
      freeNow: null,
      view: { grain: 'week', day: dayOf(clock.now(), this.tz) },
      selection: null,
      room: null,
      refusal: null,
      down: null,
      failed: '',
      done: '',
      busy: false
    };
  }

  readonly snapshot = (): Snapshot => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The booking that holds now. */
  get current(): Booking | null {
    return currentBooking(this.state.bookings, this.clock.now());
  }

  /** Ask for everything again. Never rejects: a service that is away shows in `down`. */
  async refresh(): Promise<void> {
    const turn = ++this.asked;
    const today = dayOf(this.clock.now(), this.tz);
    if (this.follows && this.state.view.day !== today) {
      this.set({ view: { ...this.state.view, day: today }, free: null, grants: null });
    }
    const range = viewInterval(this.state.view, this.clock.now(), this.tz);
    try {
      const [packages, bookings, available, grants] = await Promise.all([
        this.state.packages ?? this.api.packages(),
        this.api.bookings(this.span(range), this.around.account),
        this.api.available(range, this.tz),
        this.api.grants(range).catch(() => null)
      ]);
      if (turn === this.asked) {
        const freeNow = rowAt(available.rows, this.clock.now()) ?? this.state.freeNow;
        this.set({ packages, bookings, free: available.rows, freeNow, grants, down: null });
        await this.measure();
      }
    } catch (error) {
      if (turn === this.asked) {
        this.set({ down: toApiError(error) });
      }
    }
  }

  /** Look at another week or day. */
  show(view: View): void {
    this.follows = view.day === dayOf(this.clock.now(), this.tz);
    this.set({ view, free: null, grants: null });
    void this.refresh();
  }

  select(selection: Selection | null): void {
    this.set({ selection, done: '', failed: '' });
  }

  /** Book what is chosen. */
  async bookSelection(): Promise<void> {
    const chosen = this.state.selection;
    if (chosen) {
      const start = chosen.start <= this.clock.now() ? null : chosen.start;
      await this.book({ package: chosen.package, start, end: chosen.end });
    }
  }

  /** Book; a refusal becomes `refusal`, anything else that goes wrong `failed`. */
  async book(wish: Wish, key = freshKey()): Promise<void> {
    await this.decline();
    await this.act(async () => {
      try {
        const booking = await this.api.book(wish, this.tz, key);
        this.set({ selection: null });
        return `Booked: ${this.describe(booking)}.`;
      } catch (error) {
        const refused = toApiError(error);
        if (refused.code !== 'refused') {
          throw error;
        }
        const { message, rule, help, offers } = refused;
        this.set({ refusal: { wish, key, message, rule, help, offers } });
        return '';
      }
    });
  }

  /** Take an offer. */
  accept(offer: Booking): Promise<void> {
    return this.act(async () => {
      const booking = await this.api.edit(offer, { phase: 'ACCEPTED' });
      this.set({ refusal: null, selection: null });
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
    return this.act(async () => {
      await this.api.edit(booking, { enddate: new Date(until).toISOString() });
      return `Extended to ${shortMoment(until, this.clock.now(), this.tz)}.`;
    });
  }

  /** Give a booking another end. */
  change(booking: Booking, end: number): Promise<void> {
    return this.act(async () => {
      const changed = await this.api.edit(booking, { enddate: new Date(end).toISOString() });
      return `Changed: ${this.describe(changed)}.`;
    });
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
    return this.act(async () => {
      await this.api.drop(booking);
      return `Cancelled: ${this.describe(booking)}.`;
    });
  }

  /** Ask how far the current booking could be extended. */
  async measure(): Promise<Room | null> {
    const booking = this.current;
    if (!booking || booking.phase === 'RELEASING') {
      this.set({ room: null });
      return null;
    }
    const { start, end } = intervalOf(booking);
    try {
      const answer = await this.api.extension(booking, extensionStep(end - start));
      const until = answer.until ? Date.parse(answer.until) : null;
      this.set({ room: { until: until !== null && until > end ? until : null, because: answer.because } });
    } catch {
      this.set({ room: null });
    }
    return this.state.room;
  }

  /** A booking in words. */
  describe(booking: Booking): string {
    const at = intervalOf(booking);
    return `${booking.package ?? 'custom'}, ${span(at, this.clock.now(), this.tz)}, ${length(at.end - at.start)}`;
  }

  private span(range: Interval): Interval {
    const now = this.clock.now();
    return { start: Math.min(range.start, now - DAY), end: Math.max(range.end, now + 400 * DAY) };
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

  private set(change: Partial<Snapshot>): void {
    this.state = { ...this.state, ...change };
    for (const listener of [...this.listeners]) {
      listener();
    }
  }
}

function rowAt(rows: AvailableRow[], instant: number): AvailableRow | undefined {
  return rows.find(row => Date.parse(row.start) <= instant && instant < Date.parse(row.end));
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) {
    return error;
  }
  const message = 'This page met something it did not expect. Reload it and try again.';
  return new ApiError(500, { code: 'internal', message });
}

/** What the calendar knows, and how it asks for it; without a line of drawing. */
import type { AvailableRow, Booking, Grant, Group, Package } from '../wire';
import { Api, ApiError, plainError } from './api';
import { Chosen, chosenSpans, leastOf } from './chosen';
import type { ServerClock } from './clock';
import { View, viewInterval } from './cells';
import { PLAIN, Plan } from './plan';
import type { Conflict, Refusal } from './refusal';
import type { Selection } from './selection';
import { lastOfRun, nextSpan, spanAt, untilOf } from './spans';
import { DAY, Interval, dayInterval, dayOf, viewerZone } from './time';
import { extensionStep } from './words';

/** How far the current booking may be extended. */
export interface Room {
  until: number | null;
  because: string;
}

/** What is known at one moment. Null is *not known yet*. */
export interface Snapshot {
  packages: Package[] | null;
  /** The account's groups, once somebody has asked for them. */
  groups: Group[] | null;
  bookings: Booking[] | null;
  grants: Grant[] | null;
  free: AvailableRow[] | null;
  /** What is free in the hour that it is, as far as it was seen. */
  freeNow: AvailableRow | null;
  view: View;
  selection: Selection | null;
  plan: Plan;
  /** How many of the chosen package are free in ranges that the grid does not show; the keys are from `rangeKey`. */
  elsewhere: Record<string, number>;
  /** Whether what is chosen was free and is no more. */
  lost: boolean;
  room: Room | null;
  refusal: Refusal | null;
  conflict: Conflict | null;
  /** The service could not be asked; what is shown may be old. */
  down: ApiError | null;
  /** The last act that failed, in words. */
  failed: string;
  /** The last act that succeeded, in words. */
  done: string;
  busy: boolean;
}

const CURRENT = ['WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING'];
// Ranges outside of what the grid shows that are asked for, at most.
const MOST_ELSEWHERE = 26;
const SETTLED = 250;
const MEASURE_MS = 20_000;

/** The booking that holds now, if any: one with a server before one without. */
export function currentBooking(bookings: Booking[] | null, now: number): Booking | null {
  const here = (bookings ?? []).filter(booking => {
    // A lab that is made ready is there before its start.
    const runs = ['PREPARING', 'RUNNING', 'RELEASING'].includes(booking.phase);
    return (spanAt(booking, now) || (runs && now < untilOf(booking))) && CURRENT.includes(booking.phase);
  });
  return here.find(booking => booking.phase === 'RUNNING') ?? here[0] ?? null;
}

/** The bookings that are still to come, or have spans that are, by the first of these. */
export function comingUp(bookings: Booking[] | null, now: number): Booking[] {
  return (bookings ?? [])
    .filter(booking => booking.phase !== 'OFFERED')
    .map(booking => ({ booking, next: nextSpan(booking, now) }))
    .filter((row): row is { booking: Booking; next: Interval } => row.next !== null)
    .sort((one, other) => one.next.start - other.next.start)
    .map(({ booking }) => booking);
}

/** Holds a snapshot and keeps it as the service tells it. */
export class Keeper {
  readonly tz = viewerZone();
  protected state: Snapshot;
  private listeners = new Set<() => void>();
  private asked = 0;
  private settling: ReturnType<typeof setTimeout> | undefined;
  private wasFree = false;
  private measured = { about: '', at: 0 };
  // Whether the view is that of today, and so goes with the time: past midnight, or once the server's clock is known.
  private follows = true;

  constructor(
    readonly api: Api,
    readonly clock: ServerClock,
    private readonly account: () => string
  ) {
    this.state = {
      packages: null,
      groups: null,
      bookings: null,
      grants: null,
      free: null,
      freeNow: null,
      view: { grain: 'week', day: dayOf(clock.now(), this.tz) },
      selection: null,
      plan: PLAIN,
      elsewhere: {},
      lost: false,
      room: null,
      refusal: null,
      conflict: null,
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

  /** What is chosen, span by span; null without a selection. */
  get chosen(): Chosen | null {
    const { selection, plan, free, elsewhere } = this.state;
    return selection && chosenSpans(selection, plan, { free, elsewhere }, this.clock.now(), this.tz);
  }

  /** Ask for everything again. Never rejects: a service that is away shows in `down`. */
  async refresh(): Promise<void> {
    const turn = ++this.asked;
    const now = this.clock.now();
    const today = dayOf(now, this.tz);
    if (this.follows && this.state.view.day !== today) {
      this.set({ view: { ...this.state.view, day: today }, free: null, grants: null });
    }
    const range = viewInterval(this.state.view, now, this.tz);
    try {
      const [packages, bookings, free, grants] = await Promise.all([
        this.state.packages ?? this.api.packages(),
        this.api.bookings(this.span(range), this.account()),
        this.rows(range),
        this.api.grants(range).catch(() => null)
      ]);
      if (turn === this.asked && this.clock.now() < now) {
        // The answers have told that it is earlier than this browser thought: it has asked for too little.
        return await this.refresh();
      }
      if (turn === this.asked) {
        const freeNow = rowAt(free, this.clock.now()) ?? this.state.freeNow;
        this.set({ packages, bookings, free, freeNow, grants, down: null });
        // What a booking costs is gone from its group's budget.
        const groups = this.state.groups?.length ? this.askGroups() : null;
        await Promise.all([this.measureNowAndThen(), this.lookElsewhere(), groups]);
      }
    } catch (error) {
      if (turn === this.asked) {
        this.set({ down: toApiError(error) });
      }
    }
  }

  /** Ask for the account's groups; without an answer they stay as they are. */
  async askGroups(): Promise<void> {
    const groups = await this.api.groups(this.account()).catch(() => this.state.groups);
    const { plan } = this.state;
    const isIn = !plan.group || groups?.some(group => group.name === plan.group);
    this.set({ groups, plan: isIn ? plan : { ...plan, group: '' } });
  }

  /** Look at another month, week or day. */
  show(view: View): void {
    this.follows = view.day === dayOf(this.clock.now(), this.tz);
    this.set({ view, free: null, grants: null });
    void this.refresh();
  }

  /** Whether it could be extended costs more than all the rest, and so is not asked again at every change. */
  private async measureNowAndThen(): Promise<void> {
    const { id, version, until } = this.current ?? {};
    const about = `${id} ${version} ${until}`;
    if (about !== this.measured.about || Date.now() - this.measured.at > MEASURE_MS) {
      this.measured = { about, at: Date.now() };
      await this.measure();
    }
  }

  /** Ask how far the current booking could be extended. */
  async measure(): Promise<Room | null> {
    const booking = this.current;
    if (!booking || booking.phase === 'RELEASING') {
      this.set({ room: null });
      return null;
    }
    const end = untilOf(booking);
    const { start } = spanAt(booking, this.clock.now()) ?? { start: Date.parse(booking.start) };
    try {
      const last = lastOfRun(booking, this.state.bookings ?? []);
      const answer = await this.api.extension(last, extensionStep(end - start));
      const until = answer.until ? Date.parse(answer.until) : null;
      this.set({ room: { until: until !== null && until > end ? until : null, because: answer.because } });
    } catch {
      this.set({ room: null });
    }
    return this.state.room;
  }

  /** Called when what is chosen was free and is no more. */
  protected onLost(): void {}

  /** Take over what the services have answered of a booking: the next change of it is meant for that version. */
  protected take(booking: Booking): void {
    const is = CURRENT.includes(booking.phase) ? [booking] : [];
    const bookings = this.state.bookings?.flatMap(one => (one.id === booking.id ? is : [one])) ?? null;
    this.set({ bookings });
  }

  /** What is chosen has changed: once it stays so for a moment, ask for what the grid does not show of it. */
  protected settle(): void {
    const { selection, plan, free } = this.state;
    // What the grid shows counts at once: it may be taken before the rest is known.
    const known = { free, elsewhere: {} };
    const seen = selection && chosenSpans(selection, plan, known, this.clock.now(), this.tz);
    this.wasFree = seen !== null && !plan.window && (leastOf(seen) ?? 0) > 0;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => void this.lookElsewhere(), SETTLED);
  }

  private async lookElsewhere(): Promise<void> {
    const { selection, plan } = this.state;
    const now = this.clock.now();
    if (selection) {
      const { free } = this.state;
      const { spans } = chosenSpans(selection, plan, { free, elsewhere: {} }, now, this.tz);
      const unseen = spans.filter(one => one.free === null && one.end > now).slice(0, MOST_ELSEWHERE);
      const only = { package: selection.package, sharing: plan.sharing };
      const found = await Promise.all(
        unseen.map(async ({ key, start, end }) => {
          const range = { start: Math.max(start, now), end };
          const answer = await this.api.available(range, this.tz, only).catch(() => null);
          const figures = answer?.rows.map(row => Math.max(0, row.packages[selection.package] ?? 0)) ?? [];
          return figures.length ? [[key, Math.min(...figures)]] : [];
        })
      );
      if (this.state.selection !== selection || this.state.plan !== plan) {
        return;
      }
      this.set({ elsewhere: Object.fromEntries(found.flat()) as Record<string, number> });
    }
    this.compare();
  }

  /** See whether what is chosen has become, or is no more, free. */
  private compare(): void {
    const chosen = this.chosen;
    const least = chosen && leastOf(chosen);
    // With a window it need not be free where it is chosen, but somewhere from there on.
    if (least === null || this.state.plan.window) {
      return;
    }
    if (least > 0) {
      this.wasFree = true;
      if (this.state.lost) {
        this.set({ lost: false });
      }
    } else if (this.wasFree) {
      this.wasFree = false;
      this.set({ lost: true });
      this.onLost();
    }
  }

  /** What is free in what is left of a range: by the hour, or in a month by the day, with today by the hour. */
  private async rows(range: Interval): Promise<AvailableRow[]> {
    const now = this.clock.now();
    const { end } = dayInterval(dayOf(now, this.tz), this.tz);
    // From now on: what was taken until a moment ago is free, and not only with the next hour.
    const start = Math.max(range.start, now);
    const ask = async (from: number, to: number, grain: 'hour' | 'day') =>
      from < to ? (await this.api.available({ start: from, end: to }, this.tz, { grain })).rows : [];
    if (this.state.view.grain !== 'month') {
      return ask(start, range.end, 'hour');
    }
    const parts = await Promise.all([
      ask(start, Math.min(range.end, end), 'hour'),
      ask(Math.max(range.start, end), range.end, 'day')
    ]);
    return parts.flat();
  }

  private span(range: Interval): Interval {
    const now = this.clock.now();
    return { start: Math.min(range.start, now - DAY), end: Math.max(range.end, now + 400 * DAY) };
  }

  protected set(change: Partial<Snapshot>): void {
    this.state = { ...this.state, ...change };
    for (const listener of [...this.listeners]) {
      listener();
    }
  }
}

function rowAt(rows: AvailableRow[], instant: number): AvailableRow | undefined {
  return rows.find(row => Date.parse(row.start) <= instant && instant < Date.parse(row.end));
}

/** Whatever was thrown, as an error with words for a person. */
export function toApiError(error: unknown): ApiError {
  const message = 'This page met something it did not expect. Reload it and try again.';
  return error instanceof ApiError ? error : plainError(500, 'internal', message);
}

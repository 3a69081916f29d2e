/** The booking service as the calendar sees it; the page and the lab differ only in how a request is sent. */
import type {
  Available,
  Booking,
  BookingEdit,
  BookingRequest,
  BookingRows,
  Change,
  ErrorAnswer,
  Extension,
  Grant,
  GrantRows,
  Group,
  GroupRows,
  Offers,
  Package,
  PackageRows,
  Sharing
} from '../wire';
import { Interval, iso } from './time';

/** Sends one request to `path` under the API and gives its answer; rejects only when there is none. */
export type Send = (path: string, init: RequestInit) => Promise<Response>;

/**
 * What a person asks to have. Without `start` it begins now; `end` or `duration` (ISO 8601) says how long. Several
 * `spans` stand instead of these; `recurrence` (RFC 5545) repeats the one. Within `window` (ISO 8601) it may start later.
 */
export interface Wish {
  package: string;
  start: number | null;
  end?: number;
  duration?: string;
  spans?: Interval[];
  recurrence?: string;
  window?: string;
  sharing?: Sharing;
  prepare?: boolean;
  group?: string;
}

/** A change of a booking; what is left out stays as it is. */
export type Edit = Partial<
  Pick<BookingEdit, 'phase' | 'startdate' | 'enddate' | 'extend' | 'shorten' | 'partial' | 'group'>
>;

/** An answer that is not a success, or none at all (`service_down`, status 0). */
export class ApiError extends Error {
  readonly code: string;
  readonly rule: string;
  readonly help: string;
  /** Bookings in OFFERED that can be had instead. */
  readonly offers: Booking[];
  /** How far an extension could go. */
  readonly until: number | null;
  /** The address of the decision. */
  readonly why: string | null;
  /** What has changed since the version that an edit was meant for. */
  readonly changes: Change[];

  constructor(
    readonly status: number,
    { error, offers, until, why, changes }: ErrorAnswer
  ) {
    super(error.message);
    this.code = error.code;
    this.rule = error.rule ?? '';
    this.help = error.help ?? '';
    this.offers = (offers ?? []) as Booking[];
    this.until = until ? Date.parse(until) : null;
    this.why = why ?? null;
    this.changes = (changes ?? []) as Change[];
  }

  /** Whether it is the service that is away, so that trying again makes sense. */
  get down(): boolean {
    return this.status === 0 || this.status >= 502;
  }
}

/** An error without an answer of the services behind it. */
export function plainError(status: number, code: string, message: string): ApiError {
  return new ApiError(status, { error: { code, message } });
}

const ACTIVE = 'OFFERED,ACCEPTED,WAITING,PREPARING,AVAILABLE,RUNNING,RELEASING';

/** Typed calls of the API. */
export class Api {
  constructor(
    private readonly send: Send,
    private readonly onDate: (date: string, asked: number) => void = () => undefined
  ) {}

  async packages(): Promise<Package[]> {
    return (await this.get<PackageRows>('packages/select')).rows;
  }

  /** Capacity that is planned during an interval. */
  async grants(range: Interval): Promise<Grant[]> {
    return (await this.get<GrantRows>('resources/select', { range: both(range) })).rows;
  }

  /** What is free, by the hour or by the day; of one package alone where it is named, and for one kind of sharing. */
  async available(
    range: Interval,
    tz: string,
    only: { grain?: 'hour' | 'day'; package?: string; sharing?: Sharing } = {}
  ): Promise<Available> {
    return this.get<Available>('available/select', { range: both(range), grain: 'hour', tz, ...only });
  }

  /** The account's bookings that are not over, with offers that are held for it. */
  async bookings(range: Interval, account: string): Promise<Booking[]> {
    const query: Record<string, string> = { range: both(range), phase: ACTIVE };
    if (account) {
      query.account = account;
    }
    const rows: Booking[] = [];
    let page = await this.get<BookingRows>('bookings/select', query);
    rows.push(...page.rows);
    for (let more = after(page.next); more && rows.length < 1000; more = after(page.next)) {
      page = await this.get<BookingRows>('bookings/select', { ...query, after: more });
      rows.push(...page.rows);
    }
    return rows;
  }

  booking(id: string): Promise<Booking> {
    return this.get<Booking>(`bookings/${encodeURIComponent(id)}`);
  }

  /** The groups that the account is in. */
  async groups(account: string): Promise<Group[]> {
    return (await this.get<GroupRows>('groups/select', account ? { account } : {})).rows;
  }

  /** Book; rejects with `code` `refused` and offers where it does not fit. */
  book(wish: Wish, tz: string, key: string): Promise<Booking> {
    return this.post<Booking>('bookings/create', request(wish, tz), { 'Idempotency-Key': key });
  }

  /** Hold what can be had of a wish, without booking it. */
  offers(wish: Wish, tz: string): Promise<Offers> {
    return this.post<Offers>('offers/create', request(wish, tz));
  }

  /** Change a booking; rejects with `code` `conflict` and `changes` where it is no longer the one that is meant. */
  edit(booking: Pick<Booking, 'id' | 'version'>, change: Edit): Promise<Booking> {
    const body = { ...change, version: booking.version };
    return this.post<Booking>(`bookings/${encodeURIComponent(booking.id)}`, body);
  }

  /** What has changed of a booking since it was made. */
  async history(booking: Booking): Promise<Change[]> {
    const path = `bookings/${encodeURIComponent(booking.id)}/changes`;
    return (await this.get<{ rows: Change[] }>(path)).rows;
  }

  /** The stream that tells of every change to what is free, as bytes of server-sent events. */
  async changes(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = { Accept: 'text/event-stream' };
    const response = await this.send('available/changes', { method: 'GET', headers, signal });
    const kind = response.headers.get('Content-Type') ?? '';
    if (!response.ok || !response.body || !kind.startsWith('text/event-stream')) {
      await response.body?.cancel();
      throw plainError(response.status, 'no_stream', 'There is no stream of changes.');
    }
    return response.body;
  }

  /** Cancel a booking that has not begun, or end now one that has. */
  async drop(booking: Booking): Promise<void> {
    await this.call(`bookings/${encodeURIComponent(booking.id)}`, { method: 'DELETE' });
  }

  extension(booking: Booking, step: string): Promise<Extension> {
    return this.get<Extension>(`bookings/${encodeURIComponent(booking.id)}/extension`, { extend: step });
  }

  private get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
    const search = new URLSearchParams(query).toString();
    return this.call<T>(search ? `${path}?${search}` : path, { method: 'GET' });
  }

  private post<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
    const all = { 'Content-Type': 'application/json', ...headers };
    return this.call<T>(path, { method: 'POST', body: JSON.stringify(body), headers: all });
  }

  private async call<T>(path: string, init: RequestInit): Promise<T> {
    const asked = Date.now();
    let response: Response;
    try {
      response = await this.send(path, init);
    } catch {
      throw plainError(0, 'service_down', 'The booking service does not answer.');
    }
    const date = response.headers.get('Date');
    if (date) {
      this.onDate(date, asked);
    }
    const text = await response.text();
    const body = parse(text);
    if (!response.ok) {
      throw toError(response, body);
    }
    return body as T;
  }
}

function toError(response: Response, body: unknown): ApiError {
  const answer = body as ErrorAnswer | null;
  if (answer?.error?.message) {
    return new ApiError(response.status, answer);
  }
  return response.status >= 502
    ? plainError(response.status, 'service_down', 'The booking service does not answer.')
    : plainError(response.status, 'internal', 'Something went wrong in the booking service.');
}

function request(wish: Wish, tz: string): Partial<BookingRequest> {
  const body: Partial<BookingRequest> = { package: wish.package, tz };
  for (const name of ['recurrence', 'window', 'sharing', 'group'] as const) {
    if (wish[name]) {
      Object.assign(body, { [name]: wish[name] });
    }
  }
  if (wish.prepare) {
    body.prepare = true;
  }
  if (wish.spans) {
    return { ...body, spans: wish.spans.map(({ start, end }) => ({ start: iso(start), end: iso(end) })) };
  }
  if (wish.start !== null) {
    body.startdate = iso(wish.start);
  }
  return wish.end !== undefined
    ? { ...body, enddate: iso(wish.end) }
    : { ...body, duration: wish.duration ?? 'PT2H' };
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function both(range: Interval): string {
  return `${iso(range.start)},${iso(range.end)}`;
}

function after(next: string | null | undefined): string | null {
  return next ? new URLSearchParams(next.split('?')[1] ?? '').get('after') : null;
}

/** A key that makes a repeated request count once. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

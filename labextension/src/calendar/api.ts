/** The booking service as the calendar sees it; the page and the lab differ only in how a request is sent. */
import type {
  Available,
  Booking,
  BookingEdit,
  BookingRows,
  ErrorBody,
  Extension,
  Grant,
  GrantRows,
  Package,
  PackageRows
} from '../wire';
import { Interval, iso } from './time';

/** Sends one request to `path` under the API and gives its answer; rejects only when there is none. */
export type Send = (path: string, init: RequestInit) => Promise<Response>;

/** What a person asks to have. Without `start` it begins now; `end` or `duration` (ISO 8601) says how long. */
export interface Wish {
  package: string;
  start: number | null;
  end?: number;
  duration?: string;
}

/** An answer that is not a success, or none at all (`service_down`, status 0). */
export class ApiError extends Error {
  readonly code: string;
  readonly rule: string;
  readonly help: string;

  constructor(
    readonly status: number,
    body: ErrorBody,
    readonly offers: Booking[] = []
  ) {
    super(body.message);
    this.code = body.code;
    this.rule = body.rule ?? '';
    this.help = body.help ?? '';
  }

  /** Whether it is the service that is away, so that trying again makes sense. */
  get down(): boolean {
    return this.status === 0 || this.status >= 502;
  }
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

  /** What is free, hour by hour. */
  async available(range: Interval, tz: string): Promise<Available> {
    return this.get<Available>('available/select', { range: both(range), grain: 'hour', tz });
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

  /** Book; rejects with `code` `refused` and offers where it does not fit. */
  book(wish: Wish, tz: string, key: string): Promise<Booking> {
    const body: Record<string, string> = { package: wish.package, tz };
    if (wish.start !== null) {
      body.startdate = iso(wish.start);
    }
    if (wish.end !== undefined) {
      body.enddate = iso(wish.end);
    } else {
      body.duration = wish.duration ?? 'PT2H';
    }
    return this.post<Booking>('bookings/create', body, { 'Idempotency-Key': key });
  }

  edit(booking: Booking, change: Pick<BookingEdit, 'phase' | 'enddate'>): Promise<Booking> {
    const body = { ...change, version: booking.version };
    return this.post<Booking>(`bookings/${encodeURIComponent(booking.id)}`, body);
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
      throw new ApiError(0, { code: 'service_down', message: 'The booking service does not answer.' });
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
  const { error, offers } = (body ?? {}) as { error?: ErrorBody; offers?: Booking[] | null };
  if (error?.message) {
    return new ApiError(response.status, error, offers ?? []);
  }
  const down = response.status >= 502;
  const message = down
    ? 'The booking service does not answer.'
    : 'Something went wrong in the booking service.';
  return new ApiError(response.status, { code: down ? 'service_down' : 'internal', message });
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

/** Calls of the services from a page. */
import type { ServerClock } from '../calendar/clock';
import type { Booking, ErrorAnswer } from '../wire';
import type { PageConfig } from './config';

// How long an answer is waited for, in milliseconds.
const PATIENCE = 20_000;

/** An answer that is not a success, or none at all (status 0). */
export class Problem extends Error {
  readonly rule: string;
  /** The input that it is about. */
  readonly field: string;
  readonly help: string;
  /** The bookings in the way of a change of capacity. */
  readonly hit: Booking[] | null;

  constructor(
    readonly status: number,
    { error, hit }: ErrorAnswer
  ) {
    super(error.message);
    this.rule = error.rule ?? '';
    this.field = error.field ?? '';
    this.help = error.help ?? '';
    this.hit = (hit ?? null) as Booking[] | null;
  }
}

/** A mistake that was found here, before anything was sent. */
export function wrongAt(field: string, message: string): Problem {
  return new Problem(400, { error: { code: 'invalid_value', field, message } });
}

/** A key that nobody guesses, for one request that is to be done once. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map(one => one.toString(16).padStart(2, '0')).join('');
}

const AWAY: ErrorAnswer = {
  error: {
    code: 'service_down',
    message: 'The services do not answer.',
    help: 'Nothing was changed. Try again in a minute.'
  }
};
const BROKEN: ErrorAnswer = {
  error: {
    code: 'internal',
    message: 'Something went wrong on our side.',
    help: 'Tell an admin what you did.'
  }
};

/** Sends requests as the page's viewer, and learns the server's time from the answers. */
export class Http {
  constructor(
    private readonly config: PageConfig,
    private readonly clock: ServerClock
  ) {}

  get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
    const search = new URLSearchParams(query).toString();
    return this.call<T>(search ? `${path}?${search}` : path, { method: 'GET' });
  }

  /** With a `key`, the same request sent again is done once. */
  post<T>(path: string, body: object, key = ''): Promise<T> {
    const headers = { 'Content-Type': 'application/json', ...(key && { 'Idempotency-Key': key }) };
    return this.call<T>(path, { method: 'POST', body: JSON.stringify(body), headers });
  }

  remove<T>(path: string, query: Record<string, string> = {}): Promise<T> {
    const search = new URLSearchParams(query).toString();
    return this.call<T>(search ? `${path}?${search}` : path, { method: 'DELETE' });
  }

  private async call<T>(path: string, init: RequestInit): Promise<T> {
    const headers = new Headers(init.headers);
    headers.set('X-XSRFToken', this.config.xsrf);
    headers.set('Accept', 'application/json');
    const asked = Date.now();
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const options = { ...init, headers, signal, credentials: 'same-origin', cache: 'no-store' } as const;
      response = await fetch(this.config.api + path, options);
      text = await response.text();
    } catch {
      throw new Problem(0, AWAY);
    }
    this.clock.learnDate(response.headers.get('Date') ?? '', asked);
    const body = parse(text);
    if (!response.ok) {
      const told = body as ErrorAnswer | null;
      throw new Problem(
        response.status,
        told?.error?.message ? told : response.status >= 502 ? AWAY : BROKEN
      );
    }
    return body as T;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

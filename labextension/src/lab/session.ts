/** The session that this lab runs in: which booking, until when, as the lab's own server knows it. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import type { Send } from '../calendar/api';
import type { ServerClock } from '../calendar/clock';
import type { Booking } from '../wire';

/** What the lab's route `aglais/session` answers. */
export interface SessionInfo {
  /** Whether this lab was started under a booking at all. */
  configured: boolean;
  booking: Booking | null;
  package: string;
  end: string | null;
  /** Whether the booking is over, whatever its end says. */
  over: boolean;
  now: string;
  account: string;
  /** Where the hub is, with a slash at the end. */
  hub_prefix: string;
  bookings_page: string;
}

const EVERY = 20_000;
const SLEPT = 15_000;

/** Follows the session and tells, once a second, how much time is left. */
export class LabSession {
  readonly changed = new Signal<this, SessionInfo>(this);
  readonly ticked = new Signal<this, number>(this);
  private info: SessionInfo | null = null;
  private asked = 0;
  private lastTick = 0;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly settings: ServerConnection.ISettings,
    readonly clock: ServerClock
  ) {}

  get current(): SessionInfo | null {
    return this.info;
  }

  /** When the server has to stop, in the server's time: with the booking, or with those that follow without a gap. */
  get end(): number | null {
    const end = this.info?.booking?.until ?? this.info?.end;
    return end ? Date.parse(end) : null;
  }

  /** What tells this booking with this end from any other. */
  get key(): string {
    return `${this.info?.booking?.id ?? ''}:${this.end ?? ''}`;
  }

  /** Begin to count; asks again now and then, and after the machine has slept. */
  start(): void {
    this.lastTick = Date.now();
    this.timer = setInterval(() => this.tick(), 1000);
  }

  stop(): void {
    if (this.timer) {
      clearInterval(this.timer);
      this.timer = null;
    }
  }

  /** Ask the lab's server; false if it does not answer. */
  async refresh(): Promise<boolean> {
    const asked = Date.now();
    this.asked = asked;
    try {
      const url = URLExt.join(this.settings.baseUrl, 'aglais', 'session');
      const response = await ServerConnection.makeRequest(url, { cache: 'no-store' }, this.settings);
      if (!response.ok) {
        return false;
      }
      const info = (await response.json()) as SessionInfo;
      this.clock.learn(Date.parse(info.now), asked);
      const news =
        JSON.stringify(this.info?.booking) !== JSON.stringify(info.booking) || this.info?.over !== info.over;
      this.info = info;
      if (news) {
        this.changed.emit(info);
      }
      return true;
    } catch {
      return false;
    }
  }

  private tick(): void {
    const local = Date.now();
    const slept = local - this.lastTick > SLEPT || local < this.lastTick;
    this.lastTick = local;
    const end = this.end;
    const left = end === null ? null : end - this.clock.now();
    const near = left !== null && left < 12_000 && left > -60_000;
    if (slept || local - this.asked > (near ? 3000 : EVERY)) {
      void this.refresh();
    }
    if (left !== null) {
      this.ticked.emit(left);
    }
  }
}

/** Sends calls of the booking API through the lab's own server, which adds the token. */
export function labSend(settings: ServerConnection.ISettings): Send {
  const base = URLExt.join(settings.baseUrl, 'aglais', 'api') + '/';
  return (path, init) => ServerConnection.makeRequest(base + path, { ...init, cache: 'no-store' }, settings);
}

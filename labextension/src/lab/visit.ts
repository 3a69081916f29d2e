/** How the account of this lab stands: whether it is a visitor's, until when it lasts, and what it is asked. */
import { URLExt } from '@jupyterlab/coreutils';
import { Signal } from '@lumino/signaling';
import type { Send } from '../calendar/api';

/** What counts here of an account. */
interface Standing {
  level: number;
  expires: string | null;
  /** What has to be answered before the next lab, as `terms`. */
  asks?: string[];
}

const SOON = 15_000;
const SELDOM = 300_000;

/** Asks again and again, often while there is something to be done: the lab notices by itself when it is. */
export class Visit {
  /** When what is known here of the account is something else. */
  readonly changed = new Signal<this, void>(this);
  private account: Standing | null = null;
  private was = false;

  constructor(
    private readonly send: Send,
    private readonly name: () => string,
    /** Where the hub's own pages are. */
    private readonly hub: string
  ) {}

  /** The page that registers. */
  get register(): string {
    return URLExt.join(this.hub, 'register');
  }

  /** The page that asks what has to be answered. */
  get answer(): string {
    return `${URLExt.join(this.hub, 'welcome')}?next=${encodeURIComponent(URLExt.join(this.hub, 'home'))}`;
  }

  /** The page with all that is the account's, for download. */
  get data(): string {
    return URLExt.join(this.hub, 'data');
  }

  /** Whether this is a visitor's lab, as far as is known. */
  get isVisitor(): boolean {
    return this.account?.level === 0;
  }

  /** Whether it was one when this page was opened, and is a member's now. */
  get hasJoined(): boolean {
    return this.was && !this.isVisitor;
  }

  /** When all that a visitor has is deleted, in the server's time. */
  get ends(): number | null {
    const ends = this.isVisitor ? this.account?.expires : null;
    return ends ? Date.parse(ends) : null;
  }

  /** When a member's account ends, in the server's time. */
  get closes(): number | null {
    const ends = this.account && !this.isVisitor ? this.account.expires : null;
    return ends ? Date.parse(ends) : null;
  }

  /** What has to be answered before the next lab. */
  get asks(): string[] {
    return this.account?.asks ?? [];
  }

  /** Begin to look. */
  start(): void {
    void this.look();
    // Whoever has registered or answered in another tab comes back to this one.
    window.addEventListener('focus', () => this.isUrgent && void this.refresh());
  }

  /** Ask the services once; what they don't answer stays as it was. */
  async refresh(): Promise<void> {
    try {
      const response = await this.send(`accounts/${encodeURIComponent(this.name())}`, { method: 'GET' });
      if (!response.ok) {
        return;
      }
      const before = this.seen;
      this.account = (await response.json()) as Standing;
      this.was ||= this.isVisitor;
      if (before !== this.seen) {
        this.changed.emit();
      }
    } catch {
      // The next look may be luckier.
    }
  }

  private get isUrgent(): boolean {
    return this.account === null || this.isVisitor || this.asks.length > 0;
  }

  /** What counts of it, to be compared. */
  private get seen(): string {
    return JSON.stringify([this.isVisitor, this.closes, this.asks]);
  }

  private async look(): Promise<void> {
    await this.refresh();
    setTimeout(() => void this.look(), this.isUrgent ? SOON : SELDOM);
  }
}

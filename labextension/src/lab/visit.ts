/** The visit that this lab may be: whether its account is a visitor's, and until when. */
import { Signal } from '@lumino/signaling';
import type { Send } from '../calendar/api';

/** What counts here of an account. */
interface Standing {
  level: number;
  expires: string | null;
}

const EVERY = 15_000;

/** Asks again and again while the account is a visitor's, so that the lab notices by itself when they have registered. */
export class Visit {
  /** When somebody is found to be a visitor, and when they are no longer one. */
  readonly changed = new Signal<this, void>(this);
  private account: Standing | null = null;
  private was = false;

  constructor(
    private readonly send: Send,
    private readonly name: () => string,
    /** The address that registers. */
    readonly register: string
  ) {}

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

  /** Begin to look; ends by itself once nobody is a visitor here. */
  start(): void {
    void this.look();
    // Whoever has registered in another tab comes back to this one.
    window.addEventListener('focus', () => this.isVisitor && void this.refresh());
  }

  /** Ask the services once; what they don't answer stays as it was. */
  async refresh(): Promise<void> {
    try {
      const response = await this.send(`accounts/${encodeURIComponent(this.name())}`, { method: 'GET' });
      if (!response.ok) {
        return;
      }
      const before = this.isVisitor;
      this.account = (await response.json()) as Standing;
      this.was ||= this.isVisitor;
      if (before !== this.isVisitor) {
        this.changed.emit();
      }
    } catch {
      // The next look may be luckier.
    }
  }

  private async look(): Promise<void> {
    await this.refresh();
    if (this.account === null || this.isVisitor) {
      setTimeout(() => void this.look(), EVERY);
    }
  }
}

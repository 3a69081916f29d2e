/** Warns before the booking ends, each threshold once, with a way to extend where the timeline allows it. */
import { Notification } from '@jupyterlab/apputils';
import type { BookingStore, Room } from '../calendar/store';
import { MINUTE } from '../calendar/time';
import { clockTime, minutesWords, shortMoment, timeLeft } from '../calendar/words';
import { THRESHOLDS, ahead, due } from './due';
import type { LabSession } from './session';

// JupyterLab cuts a notification's text at this many characters.
const MOST = 140;

/** Watches the session and shows notifications. */
export class Warnings {
  thresholds = THRESHOLDS;
  private key = '';
  private pending: number[] = [];
  private shown = '';

  constructor(
    private readonly session: LabSession,
    private readonly store: BookingStore
  ) {
    session.ticked.connect((_, left) => this.onTick(left));
  }

  /** Take the notification away. */
  clear(): void {
    if (this.shown) {
      Notification.dismiss(this.shown);
      this.shown = '';
    }
  }

  private onTick(left: number): void {
    if (this.key !== this.session.key) {
      this.key = this.session.key;
      this.clear();
      this.pending = ahead(left, this.remembered(), this.thresholds);
    }
    const { show, rest } = due(this.pending, left);
    this.pending = rest;
    if (show !== null) {
      this.remember(show);
      void this.warn(show, left);
    } else if (left <= 0) {
      this.clear();
    }
  }

  private async warn(minutes: number, left: number): Promise<void> {
    const key = this.key;
    await this.store.refresh();
    await this.store.measure();
    const { booking, end } = { booking: this.store.current, end: this.session.end };
    if (key !== this.session.key || end === null) {
      return;
    }
    this.clear();
    const now = this.store.clock.now();
    const room = this.store.snapshot().room;
    const until = room?.until ?? null;
    const actions: Notification.IAction[] = [];
    if (booking && until !== null) {
      const label = `Extend to ${shortMoment(until, now, this.store.tz)}`;
      actions.push({ label, displayType: 'accent', callback: () => void this.store.extend(booking, until) });
    }
    actions.push({ label: 'Later', callback: () => undefined });
    const close = Math.abs(left - minutes * MINUTE) < MINUTE / 4;
    const head = close
      ? `Your booking ends in ${minutesWords(minutes)}.`
      : `Your booking ends soon: ${timeLeft(left)}.`;
    const text = `${head} At ${clockTime(end, this.store.tz)} your notebooks are saved and the server stops.`;
    this.shown = Notification.emit(
      withNext(text, room, now, this.store.tz),
      minutes <= 1 ? 'error' : 'warning',
      {
        autoClose: false,
        actions
      }
    );
  }

  private remembered(): number[] {
    try {
      return JSON.parse(sessionStorage.getItem(`aglais:warned:${this.key}`) ?? '[]') as number[];
    } catch {
      return [];
    }
  }

  private remember(minutes: number): void {
    try {
      sessionStorage.setItem(`aglais:warned:${this.key}`, JSON.stringify([...this.remembered(), minutes]));
    } catch {
      // Without storage a warning may come again after a reload.
    }
  }
}

/** Adds who needs the place next, as far as there is room for it. */
function withNext(text: string, room: Room | null, now: number, tz: string): string {
  if (room === null) {
    return text;
  }
  const next =
    room.until !== null && !room.because
      ? `Nobody needs it before ${shortMoment(room.until, now, tz)}.`
      : room.because.replace(/^./, first => first.toUpperCase());
  const whole = `${text} ${next}`.trim();
  return whole.length <= MOST ? whole : `${whole.slice(0, MOST - 1)}…`;
}

/** Warns a visitor before their visit is over, since all that is theirs is deleted then. */
import { Notification } from '@jupyterlab/apputils';
import type { ServerClock } from '../calendar/clock';
import { timeLeft } from '../calendar/words';
import { ahead, due } from './due';
import type { LabSession } from './session';
import type { Visit } from './visit';

/** Minutes before the end of the visit at which a visitor is warned. */
export const PARTING = [30, 5];

/** Watches the visit, and shows a warning at each threshold once. */
export class Parting {
  private ends = 0;
  private pending: number[] = [];
  private shown = '';

  constructor(
    private readonly visit: Visit,
    private readonly clock: ServerClock,
    session: LabSession
  ) {
    session.ticked.connect(() => this.look());
    visit.changed.connect(() => this.look());
  }

  private look(): void {
    const ends = this.visit.ends;
    if (ends === null) {
      this.clear();
      return;
    }
    const left = ends - this.clock.now();
    if (ends !== this.ends) {
      this.ends = ends;
      this.clear();
      this.pending = ahead(left, [], PARTING);
      if (left > 0 && left < Math.max(...PARTING) * 60_000) {
        // Whoever opens the lab only now is told at once.
        this.warn(left);
      }
    }
    const { show, rest } = due(this.pending, left);
    this.pending = rest;
    if (show !== null) {
      this.warn(left);
    }
  }

  private warn(left: number): void {
    this.clear();
    const text = `Your notebooks and data will be deleted: ${timeLeft(left)}. Register to keep them.`;
    this.shown = Notification.emit(text, left <= 5 * 60_000 ? 'error' : 'warning', {
      autoClose: false,
      actions: [
        {
          label: 'Register',
          displayType: 'accent',
          callback: () => void window.open(this.visit.register, '_blank', 'noopener')
        },
        { label: 'Later', callback: () => undefined }
      ]
    });
  }

  private clear(): void {
    if (this.shown) {
      Notification.dismiss(this.shown);
      this.shown = '';
    }
  }
}

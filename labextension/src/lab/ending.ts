/** The end of a lab: documents are saved while there is time, and then it is said plainly what has happened. */
import { SAVES } from './due';
import type { Documents } from './documents';
import type { LabSession } from './session';
import { End, showEnded } from './ended';

/** Watches the session and acts at its end. */
export class Ending {
  /** Whether the lab is over; a lost connection is no surprise then. */
  over = false;
  private said = false;
  private key = '';
  private saves: number[] = [];
  private unsaved: string[] = [];

  constructor(
    private readonly session: LabSession,
    private readonly documents: Documents,
    private readonly isVisitor: () => boolean
  ) {
    session.ticked.connect((_, left) => this.onTick(left));
    session.changed.connect((_, info) => {
      if (info.over) {
        void this.end();
      }
    });
  }

  /** Save all documents now. */
  async save(): Promise<void> {
    this.unsaved = await this.documents.saveAll();
  }

  /** Somebody stops this lab, whatever its booking says: save. */
  async part(): Promise<void> {
    this.over = true;
    await this.save();
  }

  /** Say that it is over, and why as far as is known here. */
  async say(): Promise<void> {
    if (this.said) {
      return;
    }
    this.said = true;
    await this.session.refresh();
    this.session.stop();
    const info = this.session.current;
    const isBookingOver = info?.over || (this.session.end ?? Infinity) <= this.session.clock.now();
    const end: End = isBookingOver ? 'booking' : this.isVisitor() ? 'visit' : 'stopped';
    showEnded({
      end,
      folders: this.documents.folders(),
      unsaved: this.unsaved,
      page:
        end === 'booking'
          ? (info?.bookings_page ?? '/services/aglais/bookings')
          : `${info?.hub_prefix ?? '/'}hub/home`
    });
  }

  private onTick(left: number): void {
    if (this.over) {
      return;
    }
    if (this.key !== this.session.key) {
      this.key = this.session.key;
      this.saves = SAVES.filter(seconds => seconds * 1000 < left);
    }
    const reached = this.saves.filter(seconds => left <= seconds * 1000);
    if (reached.length) {
      this.saves = this.saves.filter(seconds => left > seconds * 1000);
      void this.save();
    }
    if (left <= 0) {
      void this.end();
    }
  }

  private async end(): Promise<void> {
    if (this.over) {
      return;
    }
    this.over = true;
    const asked = await this.session.refresh();
    const end = this.session.end;
    if (asked && !this.session.current?.over && end !== null && end > this.session.clock.now()) {
      // It was extended elsewhere at the last moment.
      this.over = false;
      return;
    }
    await this.save();
    await this.say();
  }
}

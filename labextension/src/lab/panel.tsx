/** The panel *Booking*, and the time left in the status bar. */
import { ReactWidget } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { Bookings } from '../calendar/Bookings';
import { SOON } from '../calendar/Now';
import type { BookingStore } from '../calendar/store';
import { moment, timeLeft } from '../calendar/words';
import { GoesCard } from './goes';
import { butterfly } from './icon';
import type { Own } from './own';
import type { LabSession } from './session';
import { SpaceCard } from './space';
import { SparkCard } from './spark';
import { StandingCards } from './standing';
import type { Visit } from './visit';
import { VisitCard } from './visitor';

/** The panel. It asks the service only while it can be seen. */
export class BookingPanel extends ReactWidget {
  constructor(
    private readonly store: BookingStore,
    private readonly own: Own,
    private readonly visit: Visit
  ) {
    super();
    this.id = 'aglais-booking';
    this.title.icon = butterfly;
    this.title.caption = 'Booking';
    this.addClass('ag-panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Booking');
  }

  protected override onAfterShow(): void {
    void this.store.refresh();
  }

  protected override render(): JSX.Element {
    return (
      <>
        <h2 className="ag-panel-title">Booking</h2>
        <Bookings store={this.store} place="lab" seen={() => this.isVisible}>
          <VisitCard visit={this.visit} clock={this.store.clock} tz={this.store.tz} />
          <StandingCards visit={this.visit} clock={this.store.clock} tz={this.store.tz} />
          <GoesCard ask={this.own.going} visit={this.visit} />
          <SparkCard ask={this.own.sparks} seen={() => this.isVisible} />
          <SpaceCard
            ask={this.own.spaces}
            keep={this.own.keep}
            seen={() => this.isVisible}
            now={() => this.store.clock.now()}
            tz={this.store.tz}
            page={this.own.storagePage}
          />
        </Bookings>
      </>
    );
  }
}

/** Time left, in the status bar; a click opens the panel. */
export class TimeLeft extends Widget {
  private readonly button = document.createElement('button');

  constructor(
    private readonly session: LabSession,
    private readonly tz: string,
    open: () => void
  ) {
    super();
    this.addClass('ag-status');
    this.button.type = 'button';
    this.button.addEventListener('click', open);
    this.node.appendChild(this.button);
    session.ticked.connect((_, left) => this.show_(left));
    const left = session.end === null ? null : session.end - session.clock.now();
    if (left !== null) {
      this.show_(left);
    }
  }

  private show_(left: number): void {
    const { end, clock, current } = this.session;
    const text = current?.over || left <= 0 ? 'booking ended' : timeLeft(left);
    if (this.button.textContent !== text) {
      this.button.textContent = text;
    }
    this.button.classList.toggle('ag-warn', left < SOON);
    const name = current?.package || 'Your booking';
    this.button.title =
      end === null ? name : `${name}, until ${moment(end, clock.now(), this.tz)}. Open the panel.`;
  }
}

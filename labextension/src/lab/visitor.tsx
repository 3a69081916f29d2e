/** What a visitor sees of their visit: a card in the panel and a word in the status bar; both go once they register. */
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import type { ServerClock } from '../calendar/clock';
import { useNow } from '../calendar/parts';
import { moment } from '../calendar/words';
import { useVisit } from './standing';
import type { Visit } from './visit';

interface VisitProps {
  visit: Visit;
  clock: ServerClock;
  tz: string;
}

function untilWords({ visit, clock, tz }: VisitProps): string {
  const ends = visit.ends;
  return ends === null ? '' : ` until ${moment(ends, clock.now(), tz)}`;
}

/** The section *Visit*; nothing for a member. */
export function VisitCard(props: VisitProps): JSX.Element | null {
  const { visit } = props;
  useVisit(visit);
  useNow(props.clock);
  if (!visit.isVisitor) {
    return null;
  }
  return (
    <section className="ag-card ag-visit" aria-label="Visit">
      <h3>You are a visitor{untilWords(props)}</h3>
      <p>
        Then, or when you log out, your notebooks and data are deleted. Register, and this lab runs on as it
        is.
      </p>
      <div className="ag-acts">
        <a
          className="ag-button ag-primary"
          role="button"
          href={visit.register}
          target="_blank"
          rel="noopener"
        >
          Register to keep your work
        </a>
      </div>
    </section>
  );
}

/** The same in the status bar, as a link that registers. */
export class VisitStatus extends Widget {
  private readonly link = document.createElement('a');

  constructor(private readonly props: VisitProps) {
    super();
    this.addClass('ag-status');
    this.link.href = props.visit.register;
    this.link.target = '_blank';
    this.link.rel = 'noopener';
    this.node.appendChild(this.link);
    props.visit.changed.connect(() => this.write());
    this.write();
  }

  private write(): void {
    this.link.textContent = `Visitor${untilWords(this.props)} · Register`;
    this.link.title = 'Your notebooks and data are deleted then. Register to keep your work.';
  }
}

/** How a request fared, cluster by cluster and span by span: what was needed, left and short, and what took it. */
import * as React from 'react';
import { phaseName } from '../calendar/changes';
import { moment, span } from '../calendar/words';
import { amountsShort } from '../site/amounts';
import type { Taker, Trial } from '../wire';
import { Bars } from './Bars';
import type { SectionProps } from './Why';
import { inOrder, shortOf } from './words';

// Takers that are named before the rest is folded away, and trials that are shown open.
const FEW = 6;
const OPEN = 3;

const WITHOUT: Record<string, string> = {
  level: 'What an account of this level may book is asked first, whatever is free.',
  group_budget: 'The group’s budget does not pay for it, whatever is free.',
  cluster_unverified: 'Nobody could say what there was, so nothing was booked.'
};

/** All trials, those that decided it first; the rest folded away. */
export function Tried(props: SectionProps): JSX.Element {
  const { decision, booking } = props;
  if (!decision.trials.length) {
    return (
      <section className="ag-card" aria-label="Clusters">
        <h2>No cluster was looked at</h2>
        <p>{WITHOUT[decision.rule ?? ''] ?? 'There was none to look at.'}</p>
      </section>
    );
  }
  const refused = decision.outcome === 'refused';
  const tells = (trial: Trial) => (booking ? trial.cluster === booking.cluster : trial.fits !== refused);
  const first = decision.trials.filter(tells);
  const rest = decision.trials.filter(trial => !tells(trial));
  const open = first.length ? first : rest;
  const folded = [...open.slice(OPEN), ...(first.length ? rest : [])];
  return (
    <>
      {open.slice(0, OPEN).map(trial => (
        <One key={keyOf(trial)} {...props} trial={trial} />
      ))}
      {folded.length > 0 && (
        <details className="ag-folded">
          <summary>{folded.length === 1 ? 'One more was tried' : `${folded.length} more were tried`}</summary>
          <div className="ag-all">
            {folded.map(trial => (
              <One key={keyOf(trial)} {...props} trial={trial} />
            ))}
          </div>
        </details>
      )}
    </>
  );
}

function keyOf(trial: Trial): string {
  return `${trial.cluster}/${trial.span.start}`;
}

function interval(one: { start: string; end: string }): { start: number; end: number } {
  return { start: Date.parse(one.start), end: Date.parse(one.end) };
}

function One(props: SectionProps & { trial: Trial }): JSX.Element {
  const { trial, site, now, decision } = props;
  const title = React.useId();
  const own = decision.account === site.config.user ? 'yours' : `${decision.account}’s own`;
  return (
    <section className="ag-card ag-trial" aria-labelledby={title}>
      <div className="ag-row">
        <h2 className="ag-grow" id={title}>
          <a href={site.page('clusters', trial.cluster)}>{trial.cluster}</a>
          <span className="ag-muted"> {span(interval(trial.span), now, site.tz)}</span>
        </h2>
        <span className={trial.fits ? 'ag-outcome ag-outcome-accepted' : 'ag-outcome ag-outcome-refused'}>
          <i aria-hidden="true">{trial.fits ? '✓' : '✕'}</i>
          {trial.fits ? 'fits' : 'does not fit'}
        </span>
      </div>
      <p>As it stood at the tightest moment, {moment(Date.parse(trial.at), now, site.tz)}:</p>
      <Bars trial={trial} owner={own} />
      <Takers {...props} own={own} />
    </section>
  );
}

function Takers(props: SectionProps & { trial: Trial; own: string }): JSX.Element {
  const { trial } = props;
  const takers = inOrder(trial.takers, shortOf(trial));
  if (!takers.length) {
    return <p className="ag-taken-by">Nothing was booked there at that moment.</p>;
  }
  const rows = (some: Taker[]) => (
    <ul className="ag-list">
      {some.map((taker, index) => (
        <Row key={`${taker.booking ?? ''}${index}`} {...props} taker={taker} />
      ))}
    </ul>
  );
  const more = takers.slice(FEW);
  return (
    <div className="ag-taken-by">
      <h3>What had it then</h3>
      {rows(takers.slice(0, FEW))}
      {more.length > 0 && (
        <details className="ag-folded">
          <summary>{more.length} more</summary>
          {rows(more)}
        </details>
      )}
    </div>
  );
}

function Row(props: SectionProps & { taker: Taker; own: string }): JSX.Element {
  const { taker, site, now, own } = props;
  const mine = own === 'yours' ? 'Yours' : own;
  const who = taker.mine ? mine : (taker.account ?? 'Somebody else');
  const when = span(interval(taker), now, site.tz);
  return (
    <li>
      <i className={`ag-part ag-part-${taker.mine ? 'mine' : 'others'}`} aria-hidden="true" />
      <span className="ag-grow">
        <b>{who}</b> <span>{amountsShort(taker.resources)}</span> <span className="ag-when">{when}</span>
      </span>
      <em>{taker.phase === 'OFFERED' ? 'an offer, held' : `now ${phaseName(taker.phase)}`}</em>
      {taker.booking && (
        <a href={site.page('bookings', taker.booking)} aria-label={`Open the booking of ${who}, ${when}`}>
          Open
        </a>
      )}
    </li>
  );
}

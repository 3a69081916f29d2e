/** A request or a change that did not fit: why, and what can be had instead. */
import * as React from 'react';
import type { Booking } from '../wire';
import { Button, SectionProps, Why } from './parts';
import { Refusal, because, heldOffers, heldUntil, kindWords, offerLines, refusalTitle } from './refusal';
import { clockTime, countdown, plain, ruleWords, shortMoment } from './words';

/** The card with a refusal's offers; each is booked by one click while it is held. */
export function Refused(props: SectionProps & { refusal: Refusal }): JSX.Element {
  const { store, state, refusal, now } = props;
  const card = React.useRef<HTMLElement>(null);
  // What comes by itself leaves the focus where it is.
  React.useEffect(() => (refusal.lost ? undefined : card.current?.focus()), [refusal]);
  const held = heldOffers(refusal.offers, now);
  const isBack = refusal.lost && !state.lost;
  return (
    <section
      className="ag-card ag-refuse"
      aria-label={refusal.lost ? 'Instead' : 'Refused'}
      role="region"
      tabIndex={-1}
      ref={card}
    >
      <div className="ag-row">
        <div className="ag-grow" role={refusal.lost ? 'alert' : undefined}>
          <h3>{isBack ? 'What you chose is free again' : refusalTitle(refusal, now, store.tz)}</h3>
        </div>
        <Button kind="quiet" onClick={() => store.decline()}>
          Not now
        </Button>
      </div>
      <p>
        {!refusal.lost && <Reason {...props} />} <KeptFor offers={held} now={now} />{' '}
        <Why store={store} why={refusal.why} />
      </p>
      {refusal.until !== null && <AsFar {...props} until={refusal.until} />}
      {held.length > 0 ? <Offers {...props} offers={held} /> : <NoOffers {...props} />}
    </section>
  );
}

function Reason({ refusal, now, store }: SectionProps & { refusal: Refusal }): JSX.Element {
  return (
    <>
      {because(refusal, now, store.tz)}
      {refusal.rule && (
        <>
          {' '}
          (rule: <u>{ruleWords(refusal.rule)}</u>)
        </>
      )}
      .
    </>
  );
}

/** An extension that fits in part: until when, and a button that takes as much. */
function AsFar(props: SectionProps & { refusal: Refusal; until: number }): JSX.Element | null {
  const { store, refusal, until, now, state } = props;
  if (!refusal.edit) {
    return null;
  }
  const { booking, change } = refusal.edit;
  return (
    <div className="ag-row ag-as-far">
      <p>{plain(refusal.help, now, store.tz)}</p>
      <Button
        kind="primary"
        disabled={state.busy}
        onClick={() => store.change(booking, { ...change, partial: true })}
      >
        Extend until {shortMoment(until, now, store.tz)}
      </Button>
    </div>
  );
}

/** Offers that are held for the person from before: from another page, or before this one was loaded again. */
export function Kept(props: SectionProps & { offers: Booking[] }): JSX.Element {
  const { offers, now, store } = props;
  return (
    <section className="ag-card ag-kept" aria-label="Offers">
      <h3>Offers for what did not fit</h3>
      <p>
        <KeptFor offers={offers} now={now} /> <Why store={store} why={offers[0]?.why ?? null} />
      </p>
      <Offers {...props} />
    </section>
  );
}

function KeptFor(props: { offers: Booking[]; now: number }): JSX.Element | null {
  const until = heldUntil(props.offers);
  return until === null ? null : (
    <>
      Kept for you for <span className="ag-count">{countdown(until - props.now)}</span>:
    </>
  );
}

function NoOffers(props: SectionProps & { refusal: Refusal }): JSX.Element | null {
  const { store, refusal, state } = props;
  const { wish, edit, rule, key } = refusal;
  const lapsed = refusal.offers.length > 0;
  if (refusal.until !== null) {
    return null;
  }
  const words = lapsed ? 'The offers were not taken in time.' : refusal.help || 'Choose another time below.';
  const again = () =>
    wish ? store.book(wish, lapsed ? undefined : key) : edit && store.change(edit.booking, edit.change);
  return (
    <div className="ag-row">
      <p className="ag-grow">{words}</p>
      {['capacity', 'cluster_unverified', 'group_budget'].includes(rule) && (
        <Button disabled={state.busy} onClick={again}>
          Ask again
        </Button>
      )}
    </div>
  );
}

/** The offers as buttons. Where they are not all held equally long, each counts down for itself. */
function Offers(props: SectionProps & { offers: Booking[]; refusal?: Refusal }): JSX.Element {
  const { offers, store, now, state, refusal } = props;
  const ends = offers.map(offer => Date.parse(offer.expires ?? ''));
  const apart = Math.max(...ends) - Math.min(...ends) > 5000;
  return (
    <div className="ag-offers" role="group" aria-label="What can be had instead">
      {offers.map((offer, index) => {
        const lines = offerLines(offer, refusal?.wish ?? null, now, store.tz);
        const until = Number.isFinite(ends[index]) ? `held until ${clockTime(ends[index], store.tz)}` : '';
        const name = [`${kindWords(offer)}: ${lines[0]}`, ...lines.slice(1), until].filter(Boolean);
        return (
          <Button
            key={offer.id}
            className="ag-offer"
            disabled={state.busy}
            aria-label={name.join(', ')}
            onClick={() => store.accept(offer)}
          >
            <b>{kindWords(offer)}</b>
            {lines.map(line => (
              <span key={line}>{line}</span>
            ))}
            {apart && until && <em className="ag-count">held for {countdown(ends[index] - now)}</em>}
          </Button>
        );
      })}
    </div>
  );
}

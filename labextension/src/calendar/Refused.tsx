/** A request that did not fit: why, and what can be had instead. */
import * as React from 'react';
import type { Booking } from '../wire';
import { intervalOf } from './cells';
import { Button, SectionProps } from './parts';
import type { Refusal } from './store';
import { countdown, length, plain, ruleWords, span } from './words';

const KINDS: Record<string, string> = {
  earliest: 'Earliest',
  smaller: 'Smaller, then',
  shorter: 'Shorter',
  split: 'Split',
  queue: 'Wait'
};

/** The offers that are still held. */
export function heldOffers(offers: Booking[], now: number): Booking[] {
  return offers.filter(
    offer => offer.phase === 'OFFERED' && (!offer.expires || Date.parse(offer.expires) > now)
  );
}

/** The card with a refusal's offers; each is booked by one click while it is held. */
export function Refused(props: SectionProps & { refusal: Refusal }): JSX.Element {
  const { store, refusal, now } = props;
  const card = React.useRef<HTMLElement>(null);
  React.useEffect(() => card.current?.focus(), [refusal]);
  const held = heldOffers(refusal.offers, now);
  return (
    <section className="ag-card ag-refuse" aria-label="Refused" role="region" tabIndex={-1} ref={card}>
      <div className="ag-row">
        <h3 className="ag-grow">{title(refusal, now, store.tz)}</h3>
        <Button kind="quiet" onClick={() => store.decline()}>
          Not now
        </Button>
      </div>
      <p>
        {because(refusal, now, store.tz)}
        {refusal.rule && (
          <>
            {' '}
            (rule: <u>{ruleWords(refusal.rule)}</u>)
          </>
        )}
        . <KeptFor offers={held} now={now} />
      </p>
      {held.length > 0 ? <Offers {...props} offers={held} /> : <NoOffers {...props} />}
    </section>
  );
}

/** Offers that are held for the person from before: from another page, or before this one was loaded again. */
export function Kept(props: SectionProps & { offers: Booking[] }): JSX.Element {
  const { offers, now } = props;
  return (
    <section className="ag-card ag-kept" aria-label="Offers">
      <h3>Offers for what did not fit</h3>
      <p>
        <KeptFor offers={offers} now={now} />
      </p>
      <Offers {...props} />
    </section>
  );
}

function KeptFor(props: { offers: Booking[]; now: number }): JSX.Element | null {
  const ends = props.offers.map(offer => Date.parse(offer.expires ?? '')).filter(Number.isFinite);
  return ends.length ? (
    <>
      Kept for you for <span className="ag-count">{countdown(Math.min(...ends) - props.now)}</span>:
    </>
  ) : null;
}

function NoOffers(props: SectionProps & { refusal: Refusal }): JSX.Element {
  const { store, refusal, state } = props;
  const lapsed = refusal.offers.length > 0;
  return (
    <div className="ag-row">
      <p className="ag-grow">
        {lapsed ? 'The offers were not taken in time.' : refusal.help || 'Choose another time below.'}
      </p>
      {refusal.rule === 'capacity' && (
        <Button disabled={state.busy} onClick={() => store.book(refusal.wish)}>
          Ask again
        </Button>
      )}
    </div>
  );
}

function Offers(props: SectionProps & { offers: Booking[] }): JSX.Element {
  const { offers, store, now, state } = props;
  const words = (offer: Booking) => {
    const at = intervalOf(offer);
    return at.start <= now ? `now, for ${length(at.end - now)}` : span(at, now, store.tz);
  };
  return (
    <div className="ag-offers">
      {offers.map(offer => (
        <Button key={offer.id} className="ag-offer" disabled={state.busy} onClick={() => store.accept(offer)}>
          <b>{KINDS[offer.kind ?? ''] ?? 'Instead'}</b>
          <span>
            {offer.package ?? 'custom'}, {words(offer)}
          </span>
        </Button>
      ))}
    </div>
  );
}

/** Why it does not fit, without saying again what does not. */
function because({ wish, message }: Refusal, now: number, tz: string): string {
  const reason = plain(message, now, tz).replace(`${wish.package} does not fit: `, '');
  return reason.charAt(0).toUpperCase() + reason.slice(1).replace(/\.$/, '');
}

function title({ wish, rule }: Refusal, now: number, tz: string): string {
  if (rule !== 'capacity') {
    return `${wish.package} can’t be booked with this account`;
  }
  const start = wish.start ?? now;
  const when =
    wish.end === undefined
      ? `now for ${spoken(wish.duration ?? '')}`
      : wish.start === null
        ? `now until ${span({ start: wish.end, end: wish.end }, now, tz).split(' to ')[0]}`
        : span({ start, end: wish.end }, now, tz);
  return `${wish.package} does not fit ${when}`;
}

function spoken(duration: string): string {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration);
  const [days, hours, minutes] = (found ?? []).slice(1).map(part => Number(part ?? 0));
  return length((((days || 0) * 24 + (hours || 0)) * 60 + (minutes || 0)) * 60_000);
}

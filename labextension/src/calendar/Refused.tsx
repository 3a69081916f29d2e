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

/** The card with a refusal's offers; each is booked by one click while it is held. */
export function Refused(props: SectionProps & { refusal: Refusal }): JSX.Element {
  const { store, refusal, now, state } = props;
  const card = React.useRef<HTMLElement>(null);
  React.useEffect(() => card.current?.focus(), [refusal]);
  const held = refusal.offers.filter(offer => !offer.expires || Date.parse(offer.expires) > now);
  const soonest = Math.min(...held.map(offer => Date.parse(offer.expires ?? '')).filter(Number.isFinite));
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
        .{' '}
        {held.length > 0 && Number.isFinite(soonest) && (
          <>
            Kept for you for <span className="ag-count">{countdown(soonest - now)}</span>:
          </>
        )}
      </p>
      {held.length > 0 ? (
        <div className="ag-offers">
          {held.map(offer => (
            <Offer key={offer.id} {...props} offer={offer} />
          ))}
        </div>
      ) : (
        <div className="ag-row">
          <p className="ag-grow">
            {refusal.offers.length
              ? 'The offers were not taken in time.'
              : refusal.help || 'Choose another time below.'}
          </p>
          <Button disabled={state.busy} onClick={() => store.book(refusal.wish)}>
            Ask again
          </Button>
        </div>
      )}
    </section>
  );
}

function Offer(props: SectionProps & { offer: Booking }): JSX.Element {
  const { offer, store, now, state } = props;
  const at = intervalOf(offer);
  return (
    <Button className="ag-offer" disabled={state.busy} onClick={() => store.accept(offer)}>
      <b>{KINDS[offer.kind ?? ''] ?? 'Instead'}</b>
      <span>
        {offer.package ?? 'custom'},{' '}
        {at.start <= now ? `now, for ${length(at.end - now)}` : span(at, now, store.tz)}
      </span>
    </Button>
  );
}

/** Why it does not fit, without saying again what does not. */
function because({ wish, message }: Refusal, now: number, tz: string): string {
  const reason = plain(message, now, tz).replace(`${wish.package} does not fit: `, '');
  return reason.charAt(0).toUpperCase() + reason.slice(1).replace(/\.$/, '');
}

function title({ wish }: Refusal, now: number, tz: string): string {
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

/** The page *Why?*: a decision, replayed from what is on record. */
import * as React from 'react';
import { Skeleton, useNow } from '../calendar/parts';
import { kindWords, offerLines } from '../calendar/refusal';
import { lengthsWords } from '../calendar/spans';
import { moment, ruleWords } from '../calendar/words';
import { Failed, Site, useLoaded } from '../site/parts';
import type { Booking, Decision } from '../wire';
import { Sent } from './Sent';
import { Tried } from './Tried';
import { offerFate, sinceWords, spansTried, tellingWords, titleOf } from './words';

export interface SectionProps {
  site: Site;
  decision: Decision;
  /** The booking that it made, as it is by now. */
  booking: Booking | null;
  now: number;
}

interface Told {
  decision: Decision;
  booking: Booking | null;
}

async function load(site: Site, id: string): Promise<Told> {
  const decision = await site.http.get<Decision>(`decisions/${encodeURIComponent(id)}`);
  const booking = decision.booking
    ? await site.http.get<Booking>(`bookings/${encodeURIComponent(decision.booking)}`)
    : null;
  return { decision, booking };
}

/** The page of one decision. */
export function Why(props: { site: Site; id: string }): JSX.Element {
  const { site, id } = props;
  const { data, problem, again } = useLoaded(id, () => load(site, id));
  const now = useNow(site.clock);
  if (problem && !data) {
    return (
      <>
        <All site={site} />
        <Failed whole problem={problem} again={again}>
          <p>It may be somebody else’s, or the address is mistyped.</p>
        </Failed>
      </>
    );
  }
  if (!data) {
    return <Skeleton lines={6} label="Replaying the decision" />;
  }
  const section = { site, now, ...data };
  return (
    <>
      <All site={site} />
      <Verdict {...section} />
      <Tried {...section} />
      {data.decision.rule !== 'level' && <Offered {...section} />}
      <Sent {...section} />
    </>
  );
}

function All({ site }: { site: Site }): JSX.Element {
  return (
    <nav className="ag-crumbs" aria-label="Where you are">
      <a href={site.page('decisions')}>‹ All decisions</a>
    </nav>
  );
}

const OUTCOMES = { accepted: 'Accepted', refused: 'Refused', offered: 'Offered' };

/** Accepted, refused or offered, as a word with a sign of its own. */
export function Outcome({ outcome }: { outcome: Decision['outcome'] }): JSX.Element {
  const sign = { accepted: '✓', refused: '✕', offered: '…' }[outcome];
  return (
    <span className={`ag-outcome ag-outcome-${outcome}`}>
      <i aria-hidden="true">{sign}</i>
      {OUTCOMES[outcome]}
    </span>
  );
}

function Verdict(props: SectionProps): JSX.Element {
  const { site, decision, booking, now } = props;
  const { outcome, rule, account, made } = decision;
  const spans = spansTried(decision.trials);
  const whose = account === site.config.user ? 'you' : account;
  return (
    <section className={`ag-card ag-verdict ag-verdict-${outcome}`} aria-label="The answer">
      <Outcome outcome={outcome} />
      <h1>{titleOf(decision, decision.trials, now, site.tz)}</h1>
      <p className="ag-telling">{tellingWords(decision, booking, now, site.tz)}</p>
      {rule && (
        <p>
          Rule: <u>{ruleWords(rule)}</u>
        </p>
      )}
      <p>
        Asked by {whose}, {moment(Date.parse(made), now, site.tz)}
        {spans.length === 1 && ` · ${lengthsWords(spans)}`}
        {' · '}
        <Agrees decision={decision} />
      </p>
      <div className="ag-row ag-next-step">
        {booking && (
          <>
            <a className="ag-button ag-plain" href={site.page('bookings', booking.id)}>
              Open the booking
            </a>
            <em>By now it is {sinceWords(booking, now, site.tz)}.</em>
          </>
        )}
        {outcome !== 'accepted' && (
          <a className="ag-button ag-plain" href={site.page('bookings')}>
            See what is free
          </a>
        )}
      </div>
    </section>
  );
}

function Agrees({ decision }: { decision: Decision }): JSX.Element {
  if (decision.agrees) {
    return <span>✓ replayed from the record: it comes out the same</span>;
  }
  return (
    <strong className="ag-disagrees">
      replayed from the record: it comes out differently. Tell an admin.
    </strong>
  );
}

function Offered(props: SectionProps): JSX.Element {
  const { decision, now, site } = props;
  const { offers, outcome } = decision;
  if (!offers.length && outcome === 'accepted') {
    return <></>;
  }
  const own = decision.account === site.config.user;
  const open = own && offers.some(offer => offerFate(offer, now, site.tz).open);
  return (
    <section className="ag-card" aria-label="Offers">
      <h2>{outcome === 'refused' ? 'What could be had instead' : 'What was offered'}</h2>
      {offers.length ? (
        <ul className="ag-list">
          {offers.map(offer => (
            <Offer key={offer.id} {...props} offer={offer} />
          ))}
        </ul>
      ) : (
        <p className="ag-empty">
          Nothing else fitted, so nothing was offered. <a href={site.page('bookings')}>See what is free</a>{' '}
          for another time.
        </p>
      )}
      {open && (
        <p className="ag-take">
          <a href={site.page('bookings')}>Take one on the bookings page</a> while it is kept.
        </p>
      )}
    </section>
  );
}

function Offer(props: SectionProps & { offer: Booking }): JSX.Element {
  const { offer, now, site } = props;
  const fate = offerFate(offer, now, site.tz);
  const [what, ...more] = offerLines({ ...offer, package: offer.package ?? 'as asked' }, null, now, site.tz);
  return (
    <li className={fate.open || fate.taken ? '' : 'ag-gone'}>
      <span className={fate.taken ? 'ag-dot' : 'ag-dot ag-dot-open'} aria-hidden="true" />
      <span className="ag-grow">
        <b>{kindWords(offer)}</b> <span className="ag-when">{[what, ...more].join(' · ')}</span>
      </span>
      <em>{fate.words}</em>
      {fate.taken && (
        <a href={site.page('bookings', offer.id)} aria-label={`Open the booking: ${what}`}>
          Open
        </a>
      )}
    </li>
  );
}

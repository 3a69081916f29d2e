/** Whom a change of capacity hits: shown before anything is done, and asked about. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { spansAhead, spansWords } from '../calendar/spans';
import { amountsShort } from '../site/amounts';
import type { Site } from '../site/parts';
import type { Booking } from '../wire';

/** `1 booking`, `3 bookings` */
export function bookingsWords(count: number): string {
  return `${count} booking${count === 1 ? '' : 's'}`;
}

/** Bookings that have begun end; what has not is cancelled; offers are withdrawn. */
function lossWords(booking: Booking, now: number): string {
  if (booking.phase === 'OFFERED') {
    return 'an offer, is withdrawn';
  }
  if (booking.phase === 'RUNNING') {
    return 'runs now, and ends at once';
  }
  return Date.parse(booking.start) < now ? 'has begun, and ends at once' : 'is cancelled';
}

interface HitProps {
  site: Site;
  now: number;
  hit: Booking[];
  /** What is about to be done, as on a button: `Close local`. */
  act: string;
  busy: boolean;
  onAct: () => void;
  onKeep: () => void;
}

/** The question. With nobody hit it is a harmless one. */
export function HitQuestion(props: HitProps): JSX.Element {
  const { hit, act, busy, onAct, onKeep } = props;
  const box = React.useRef<HTMLElement>(null);
  React.useEffect(() => box.current?.focus(), [hit]);
  const people = new Set(hit.map(booking => booking.account)).size;
  return (
    <section
      className={hit.length ? 'ag-hit ag-hit-some' : 'ag-hit'}
      aria-label="Who is hit"
      tabIndex={-1}
      ref={box}
    >
      {hit.length ? (
        <>
          <h3>
            <b>
              {bookingsWords(hit.length)} of {people === 1 ? 'one account' : `${people} accounts`} would be
              lost
            </b>
            . Nothing has changed yet.
          </h3>
          <HitList {...props} />
        </>
      ) : (
        <h3>
          <b>Nobody is hit.</b> Every booking still fits.
        </h3>
      )}
      <div className="ag-row">
        <Button kind={hit.length ? 'danger' : 'primary'} disabled={busy} onClick={onAct}>
          {hit.length ? `${act} and cancel ${bookingsWords(hit.length)}` : act}
        </Button>
        <Button kind={hit.length ? 'plain' : 'quiet'} disabled={busy} onClick={onKeep}>
          {hit.length ? 'Keep the bookings' : 'Not now'}
        </Button>
      </div>
    </section>
  );
}

function HitList({ site, now, hit }: HitProps): JSX.Element {
  return (
    <ul className="ag-list">
      {hit.map(booking => (
        <li key={booking.id}>
          <span className="ag-dot" aria-hidden="true" />
          <span className="ag-grow">
            <b>{booking.account}</b> {booking.package ?? amountsShort(booking.resources)}{' '}
            <span className="ag-when">{spansWords(spansAhead(booking, now), now, site.tz)}</span>
          </span>
          <em>{lossWords(booking, now)}</em>
          <a
            href={site.page('bookings', booking.id)}
            aria-label={`Open the booking of ${booking.account}, ${spansWords(spansAhead(booking, now), now, site.tz)}`}
          >
            Open
          </a>
        </li>
      ))}
    </ul>
  );
}

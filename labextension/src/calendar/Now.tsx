/** What the person has now, until when, and what to do next. */
import * as React from 'react';
import type { Booking, Package } from '../wire';
import { intervalOf } from './cells';
import { Button, Confirm, Meter, Ring, SectionProps, Skeleton } from './parts';
import { comingUp } from './store';
import { HOUR, Interval } from './time';
import { length, moment, shortMoment, size, span, spark, timeLeft } from './words';

/** Under this much time left, what says so takes the colour of a warning. */
export const SOON = HOUR / 4;

/** The section *Now*. `lab` is the address that opens the lab, where that is not here. */
export function Now(props: SectionProps & { lab?: string }): JSX.Element {
  const { store, state } = props;
  if (!state.bookings || !state.packages) {
    return (
      <section className="ag-card" aria-label="Now">
        <Skeleton lines={2} label="Loading your booking" />
      </section>
    );
  }
  const booking = store.current;
  return booking ? (
    <Current {...props} booking={booking} />
  ) : (
    <Nothing {...props} packages={state.packages} />
  );
}

function Current(props: SectionProps & { lab?: string; booking: Booking }): JSX.Element {
  const { booking, store, state, now } = props;
  const { start, end } = intervalOf(booking);
  const left = end - now;
  const item = state.packages?.find(one => one.name === booking.package);
  const until = `until ${moment(end, now, store.tz)}`;
  const detail = [
    size(booking.resources),
    spark(item),
    `started ${moment(start, now, store.tz).replace(' today', '')}`
  ];
  return (
    <section className={`ag-card ag-now ${left < SOON ? 'ag-soon' : ''}`} aria-label="Now">
      <Ring left={left} whole={end - start} />
      <div className="ag-now-what">
        <h2>
          {booking.package ?? 'custom'}
          <span className="ag-wide">, {until}</span>
        </h2>
        <b className="ag-left">{timeLeft(left)}</b>
        <Meter left={left} whole={end - start} />
        <p>
          <span className="ag-narrow">{until} · </span>
          {detail.filter(Boolean).join(' · ')}
        </p>
        <p className="ag-phase">{phaseWords(booking)}</p>
      </div>
      <Acts {...props} at={{ start, end }} />
    </section>
  );
}

/** Where the lab opens: with the package named, the hub starts it without asking again. */
function labAddress(lab: string, booking: Booking): string {
  const asks = booking.phase !== 'RUNNING' && booking.package;
  return asks ? `${lab}?package=${encodeURIComponent(asks)}` : lab;
}

function phaseWords(booking: Booking): string {
  switch (booking.phase) {
    case 'WAITING':
    case 'PREPARING':
      return 'Being prepared.';
    case 'AVAILABLE':
      return 'Ready: no server runs under it yet.';
    case 'RELEASING':
      return 'Ending: notebooks are being saved.';
    default:
      return booking.reason;
  }
}

function Acts(props: SectionProps & { lab?: string; booking: Booking; at: Interval }): JSX.Element {
  const { booking, store, state, now, lab } = props;
  const [ending, setEnding] = React.useState(false);
  const until = state.room?.until ?? null;
  const because = state.room && until === null ? state.room.because : '';
  const name = booking.package ?? 'this booking';
  return (
    <div className="ag-acts">
      {lab && booking.phase !== 'RELEASING' && (
        <a className="ag-button ag-primary" role="button" href={labAddress(lab, booking)}>
          Open lab
        </a>
      )}
      {until !== null && (
        <Button
          kind={lab ? 'plain' : 'primary'}
          disabled={state.busy}
          onClick={() => store.extend(booking, until)}
        >
          Extend to {shortMoment(until, now, store.tz)}
        </Button>
      )}
      <Button kind={lab ? 'quiet' : 'plain'} disabled={state.busy} onClick={() => setEnding(true)}>
        End…
      </Button>
      {because && <p className="ag-because">Can’t be extended: {because}</p>}
      {ending && (
        <Confirm
          title={`End ${name} now?`}
          act="End now"
          keep="Keep it"
          onAct={() => store.end(booking)}
          onClose={() => setEnding(false)}
        >
          <p>
            The server stops: kernels, Spark and everything in memory are lost, and so are the{' '}
            {timeLeft(props.at.end - now)}. Saved notebooks and files stay.
          </p>
        </Confirm>
      )}
    </div>
  );
}

const LENGTHS: [string, string][] = [
  ['PT30M', '30 min'],
  ['PT1H', '1 h'],
  ['PT2H', '2 h'],
  ['PT4H', '4 h'],
  ['PT8H', '8 h'],
  ['P1D', '24 h']
];

function Nothing(props: SectionProps & { packages: Package[] }): JSX.Element {
  const { store, state, now, packages } = props;
  const [duration, setDuration] = React.useState('PT2H');
  const field = React.useId();
  const next = comingUp(state.bookings, now)[0];
  return (
    <section className="ag-card ag-nothing" aria-label="Now">
      <div>
        <h2>Nothing is booked now</h2>
        <p>
          {next
            ? `Next: ${next.package ?? 'custom'}, ${span(intervalOf(next), now, store.tz)}, in ${length(Date.parse(next.start) - now)}.`
            : 'Book a package now, or choose a time below.'}
        </p>
      </div>
      <div className="ag-quick" role="group" aria-label="Book now">
        <label htmlFor={field}>Now, for</label>
        <select id={field} value={duration} onChange={event => setDuration(event.target.value)}>
          {LENGTHS.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
        <div className="ag-packages">
          {packages.map(item => (
            <QuickButton
              key={item.name}
              item={item}
              free={state.freeNow?.packages[item.name]}
              busy={state.busy}
              onBook={() => store.book({ package: item.name, start: null, duration })}
            />
          ))}
        </div>
      </div>
    </section>
  );
}

function QuickButton(props: {
  item: Package;
  free: number | undefined;
  busy: boolean;
  onBook: () => void;
}): JSX.Element {
  const { item, free } = props;
  return (
    <Button
      className="ag-package"
      disabled={props.busy}
      aria-label={`Book ${item.name} now`}
      onClick={props.onBook}
    >
      <b>{item.name}</b>
      <em>{free === undefined ? '' : free > 0 ? `${free} free` : 'full now'}</em>
      <span>{size(item.size.resources)}</span>
      <strong>Book</strong>
    </Button>
  );
}

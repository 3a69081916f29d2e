/** What the person has now, until when, and what to do next. */
import * as React from 'react';
import type { Booking, Package } from '../wire';
import { ChangeForm } from './ChangeForm';
import { ChargeTo } from './Charge';
import { Details } from './Details';
import { Button, Confirm, Meter, Ring, SectionProps, Skeleton } from './parts';
import { preparedWords } from './prepared';
import { nextSpan, spanAt, spansOf, spansWords, untilOf } from './spans';
import { comingUp } from './store';
import { HOUR, Interval } from './time';
import { clockTime, length, moment, shortMoment, size, spark, timeLeft } from './words';

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
  const [open, setOpen] = React.useState<'' | 'change' | 'details'>('');
  const spans = spansOf(booking);
  const { start } = spanAt(booking, now) ?? nextSpan(booking, now) ?? spans[0];
  // Bookings that follow without a gap count as one: the server stops when the last of them ends.
  const end = untilOf(booking);
  // The clock here may be a moment behind the one that a booking has just been made by.
  const left = end - Math.max(now, start);
  const item = state.packages?.find(one => one.name === booking.package);
  const until = `until ${moment(end, now, store.tz)}`;
  const detail = [
    size(booking.resources),
    spark(item),
    `${start > now ? 'starts' : 'started'} ${moment(start, now, store.tz).replace(' today', '')}`,
    joined(booking, now, store.tz)
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
        <p className="ag-phase">
          {!props.lab && start > now
            ? `You are early: your time counts from ${clockTime(start, store.tz)}.`
            : phaseWords(booking, now, store.tz)}
        </p>
      </div>
      <Acts {...props} at={{ start, end }} open={open} onOpen={setOpen} />
      {open === 'details' && <Details {...props} />}
      {open === 'change' && <ChangeForm {...props} onClose={() => setOpen('')} />}
    </section>
  );
}

/** What is worth knowing of a booking that goes on in the next one, or that has more spans. */
function joined(booking: Booking, now: number, tz: string): string {
  const next = nextSpan(booking, now);
  if (untilOf(booking) > Date.parse(booking.end)) {
    return `goes on in the next booking at ${clockTime(Date.parse(booking.end), tz)}`;
  }
  return next && next.start >= untilOf(booking) ? `again ${moment(next.start, now, tz)}` : '';
}

/** Where the lab opens: with the package named, the hub starts it without asking again. */
function labAddress(lab: string, booking: Booking): string {
  const asks = booking.phase !== 'RUNNING' && booking.package;
  return asks ? `${lab}?package=${encodeURIComponent(asks)}` : lab;
}

function phaseWords(booking: Booking, now: number, tz: string): string {
  switch (booking.phase) {
    case 'WAITING':
    case 'PREPARING':
      return preparedWords(booking, now, tz);
    case 'AVAILABLE':
      return preparedWords(booking, now, tz) || booking.reason || 'Ready: no server runs under it yet.';
    case 'RELEASING':
      return 'Ending: notebooks are being saved.';
    default:
      return booking.reason;
  }
}

interface ActProps extends SectionProps {
  lab?: string;
  booking: Booking;
  at: Interval;
  open: string;
  onOpen: (open: '' | 'change' | 'details') => void;
}

function Acts(props: ActProps): JSX.Element {
  const { booking, store, state, now, lab, at, open, onOpen } = props;
  const [ending, setEnding] = React.useState(false);
  const until = state.room?.until ?? null;
  const because = state.room?.because ?? '';
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
      {at.start <= now && (
        <Button kind={lab ? 'quiet' : 'plain'} disabled={state.busy} onClick={() => setEnding(true)}>
          End…
        </Button>
      )}
      {(['change', 'details'] as const).map(value => (
        <Button
          key={value}
          kind="quiet"
          aria-expanded={open === value}
          aria-label={`${value === 'change' ? 'Change' : 'Details of'} ${name}`}
          onClick={() => onOpen(open === value ? '' : value)}
        >
          {value === 'change' ? 'Change' : 'Details'}
        </Button>
      ))}
      {because && (
        <p className="ag-because">
          {until === null ? 'Can’t be extended: ' : `Until ${shortMoment(until, now, store.tz)}: `}
          {because}
        </p>
      )}
      {ending && <End {...props} name={name} onClose={() => setEnding(false)} />}
    </div>
  );
}

/** The question before a running booking ends: what is lost with it. */
function End(props: ActProps & { name: string; onClose: () => void }): JSX.Element {
  const { booking, store, now, name, at, onClose } = props;
  const more = spansOf(booking).filter(one => one.start > now);
  const later = more.length ? `, with what is booked for later: ${spansWords(more, now, store.tz)}` : '';
  return (
    <Confirm
      title={`End ${name} now?`}
      act="End now"
      keep="Keep it"
      onAct={() => store.end(booking)}
      onClose={onClose}
    >
      <p>
        The server stops: kernels, Spark and everything in memory are lost, and so are the{' '}
        {timeLeft(at.end - now)}
        {later}. Saved notebooks and files stay.
      </p>
    </Confirm>
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
  const [group, setGroup] = React.useState('');
  const field = React.useId();
  const next = comingUp(state.bookings, now)[0];
  const at = next && nextSpan(next, now);
  return (
    <section className="ag-card ag-nothing" aria-label="Now">
      <div>
        <h2>Nothing is booked now</h2>
        <p>
          {at
            ? `Next: ${next.package ?? 'custom'}, ${spansWords([at], now, store.tz)}, in ${length(at.start - now)}. ${preparedWords(next, now, store.tz)}`
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
        <ChargeTo {...props} value={group} onChange={setGroup} />
        <div className="ag-packages">
          {packages.map(item => (
            <QuickButton
              key={item.name}
              item={item}
              free={state.freeNow?.packages[item.name]}
              busy={state.busy}
              onBook={() => store.book({ package: item.name, start: null, duration, group })}
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
    <Button className="ag-package" disabled={props.busy} onClick={props.onBook}>
      <b>
        <span className="ag-hidden">Book </span>
        {item.name}
        <span className="ag-hidden"> now</span>
      </b>
      <em>{free === undefined ? '' : free > 0 ? `${free} free` : 'full now'}</em>
      <span>{size(item.size.resources)}</span>
      <strong aria-hidden="true">Book</strong>
    </Button>
  );
}

/** What is booked for later, with a way to look into it, change or cancel it. */
import * as React from 'react';
import type { Booking } from '../wire';
import { ChangeForm } from './ChangeForm';
import { Details } from './Details';
import { Button, Confirm, SectionProps, Skeleton } from './parts';
import { preparedWords } from './prepared';
import { lengthsWords, nextSpan, spansAhead, spansOf, spansWords } from './spans';
import { comingUp } from './store';
import { moment } from './words';

/** The section *Coming up*. */
export function ComingUp(props: SectionProps): JSX.Element {
  const { state, now } = props;
  const rows = comingUp(state.bookings, now);
  return (
    <section className="ag-card ag-coming" aria-label="Coming up">
      <h3>Coming up</h3>
      {!state.bookings && <Skeleton lines={2} label="Loading your bookings" />}
      {state.bookings && rows.length === 0 && (
        <p className="ag-empty">
          Nothing is booked for later. Drag across the calendar above to book a time.
        </p>
      )}
      {rows.length > 0 && (
        <ul className="ag-list">
          {rows.map(booking => (
            <Row key={booking.id} {...props} booking={booking} />
          ))}
        </ul>
      )}
    </section>
  );
}

type Open = '' | 'details' | 'change' | 'cancel';

function Row(props: SectionProps & { booking: Booking }): JSX.Element {
  const { booking, store, state, now } = props;
  const [open, setOpen] = React.useState<Open>('');
  const spans = spansOf(booking);
  const close = () => setOpen('');
  const words = spansWords(spans, now, store.tz);
  const name = booking.package ?? 'custom';
  const begun = spans[0].start <= now;
  const next = begun ? nextSpan(booking, now) : null;
  const opens = (value: Open, label: string) => (
    <Button
      kind="quiet"
      disabled={value === 'cancel' && state.busy}
      aria-expanded={value === 'cancel' ? undefined : open === value}
      aria-label={`${label} ${name}, ${words}`}
      onClick={() => setOpen(open === value ? '' : value)}
    >
      {label}
    </Button>
  );
  return (
    <li>
      <span className="ag-dot" aria-hidden="true" />
      <span className="ag-grow">
        <b>{name}</b> <span className="ag-when">{words}</span> <em>{lengthsWords(spans)}</em>
        {booking.prepare && <em className="ag-next">{preparedWords(booking, now, store.tz)}</em>}
        {next && <em className="ag-next">next {moment(next.start, now, store.tz)}</em>}
      </span>
      <span className="ag-row-acts">
        {opens('details', 'Details')}
        {opens('change', 'Change')}
        {opens('cancel', 'Cancel')}
      </span>
      {open === 'details' && <Details {...props} />}
      {open === 'change' && <ChangeForm {...props} onClose={close} />}
      {open === 'cancel' && <Cancel {...props} begun={begun} onClose={close} />}
    </li>
  );
}

function Cancel(
  props: SectionProps & { booking: Booking; begun: boolean; onClose: () => void }
): JSX.Element {
  const { booking, store, now, begun, onClose } = props;
  const name = booking.package ?? 'custom';
  const lost = spansAhead(booking, now).map(one => ({ ...one, start: Math.max(one.start, now) }));
  const what = `${spansWords(lost, now, store.tz)}, ${lengthsWords(lost)}`;
  return (
    <Confirm
      title={`Cancel ${name}?`}
      act="Cancel booking"
      keep="Keep it"
      onAct={() => (begun ? store.end(booking) : store.cancel(booking))}
      onClose={onClose}
    >
      <p>
        {what.charAt(0).toUpperCase() + what.slice(1)}: given back at once, and somebody else may take it.
        Your notebooks and files are not touched.
      </p>
    </Confirm>
  );
}

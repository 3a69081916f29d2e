/** What is booked for later, with a way to change or cancel it. */
import * as React from 'react';
import type { Booking } from '../wire';
import { intervalOf } from './cells';
import { Button, Confirm, SectionProps, Skeleton } from './parts';
import { comingUp } from './store';
import { fromField, toField } from './time';
import { length, span } from './words';

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

function Row(props: SectionProps & { booking: Booking }): JSX.Element {
  const { booking, store, state, now } = props;
  const [open, setOpen] = React.useState<'' | 'change' | 'cancel'>('');
  const at = intervalOf(booking);
  const close = () => setOpen('');
  const words = span(at, now, store.tz);
  const name = booking.package ?? 'custom';
  return (
    <li>
      <span className="ag-dot" aria-hidden="true" />
      <span className="ag-grow">
        <b>{name}</b> <span className="ag-when">{words}</span> <em>{length(at.end - at.start)}</em>
      </span>
      <span className="ag-row-acts">
        <Button
          kind="quiet"
          aria-expanded={open === 'change'}
          aria-label={`Change ${name}, ${words}`}
          onClick={() => setOpen(open === 'change' ? '' : 'change')}
        >
          Change
        </Button>
        <Button
          kind="quiet"
          disabled={state.busy}
          aria-label={`Cancel ${name}, ${words}`}
          onClick={() => setOpen('cancel')}
        >
          Cancel
        </Button>
      </span>
      {open === 'change' && <ChangeEnd {...props} onClose={close} />}
      {open === 'cancel' && (
        <Confirm
          title={`Cancel ${name}?`}
          act="Cancel booking"
          keep="Keep it"
          onAct={() => store.cancel(booking)}
          onClose={close}
        >
          <p>
            {words} is given back at once, and somebody else may take it. Your notebooks and files are not
            touched.
          </p>
        </Confirm>
      )}
    </li>
  );
}

function ChangeEnd(props: SectionProps & { booking: Booking; onClose: () => void }): JSX.Element {
  const { booking, store, state } = props;
  const [text, setText] = React.useState(() => toField(Date.parse(booking.end), store.tz));
  const field = React.useId();
  const end = fromField(text, store.tz);
  const wrong = end === null || end <= Date.parse(booking.start);
  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    if (!wrong && end !== null) {
      await store.change(booking, end);
      props.onClose();
    }
  };
  return (
    <form className="ag-change" onSubmit={save}>
      <label htmlFor={field}>Ends</label>
      <input
        id={field}
        type="datetime-local"
        value={text}
        aria-invalid={wrong}
        onChange={event => setText(event.target.value)}
      />
      <Button kind="primary" type="submit" disabled={wrong || state.busy}>
        Save
      </Button>
      <Button kind="quiet" onClick={props.onClose}>
        Keep as it is
      </Button>
      {wrong && <p className="ag-wrong">The end has to come after the start.</p>}
    </form>
  );
}

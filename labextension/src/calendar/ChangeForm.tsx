/** Moves a booking, or makes it longer or shorter. */
import * as React from 'react';
import type { Booking } from '../wire';
import { ChangeCharge } from './Charge';
import { DateTime } from './PlanForm';
import { Edit } from './api';
import { Button, SectionProps } from './parts';
import { spanAt, spansOf } from './spans';
import { HOUR, Interval, iso } from './time';
import { length, span } from './words';

interface ChangeProps extends SectionProps {
  booking: Booking;
  onClose: () => void;
}

/** When it is, and who is charged for it: one of both at a time. */
export function ChangeForm(props: ChangeProps): JSX.Element {
  return (
    <>
      <ChangeTimes {...props} />
      <ChangeCharge {...props} />
    </>
  );
}

/**
 * The form. A booking that has begun keeps its start. One with several spans is moved as a whole, or else its span that
 * runs, before that its last one, gets another end.
 */
function ChangeTimes(props: ChangeProps): JSX.Element {
  const { store, state, now, onClose } = props;
  // The booking as it was when the form was opened: who has changed it since is told, and not overwritten.
  const [booking] = React.useState(props.booking);
  const spans = spansOf(booking);
  const several = spans.length > 1;
  const edited = spanAt(booking, now) ?? spans[spans.length - 1];
  const old: Interval = { start: spans[0].start, end: edited.end };
  const [at, setAt] = React.useState(old);
  const moved = at.start !== old.start;
  const wrong = problem(old, at, several && !moved ? edited.start : at.start, now);
  const change = toEdit(old, at);
  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    if (!wrong && change) {
      onClose();
      await store.change(booking, change);
    }
  };
  const fixed = several && moved;
  const step = (ms: number, words: string) => (
    <Button kind="quiet" disabled={fixed} onClick={() => setAt({ ...at, end: at.end + ms })}>
      {words}
    </Button>
  );
  return (
    <form className="ag-change" onSubmit={save} aria-label={`Change ${booking.package ?? 'custom'}`}>
      <Fields
        at={at}
        tz={store.tz}
        begun={old.start <= now}
        fixed={fixed}
        wrong={wrong !== ''}
        onChange={setAt}
      />
      {step(HOUR, '1 h longer')}
      {step(-HOUR, '1 h shorter')}
      <span className="ag-row">
        <Button kind="primary" type="submit" disabled={wrong !== '' || !change || state.busy}>
          Save
        </Button>
        <Button kind="quiet" onClick={onClose}>
          Keep as it is
        </Button>
      </span>
      <p className={wrong ? 'ag-wrong' : 'ag-plan-words'} role="status">
        {wrong || effect(old, at, now, store.tz)}
      </p>
    </form>
  );
}

function Fields(props: {
  at: Interval;
  tz: string;
  begun: boolean;
  fixed: boolean;
  wrong: boolean;
  onChange: (at: Interval) => void;
}): JSX.Element {
  const { at, tz, begun, fixed, wrong, onChange } = props;
  const id = React.useId();
  const field = (name: 'start' | 'end', label: string, set: (instant: number) => void) => (
    <span className="ag-field">
      <label htmlFor={id + name}>{label}</label>
      <DateTime
        id={id + name}
        value={at[name]}
        tz={tz}
        disabled={name === 'start' ? begun : fixed}
        invalid={wrong}
        onChange={set}
      />
    </span>
  );
  return (
    <>
      {/* Who moves the start moves the whole: the end goes along. */}
      {field('start', 'Starts', start => onChange({ start, end: start + at.end - at.start }))}
      {field('end', 'Ends', end => onChange({ ...at, end }))}
    </>
  );
}

function problem(old: Interval, at: Interval, from: number, now: number): string {
  if (at.end <= from) {
    return 'The end has to come after the start.';
  }
  if (at.end <= now) {
    return 'The end has to come after now.';
  }
  return at.start !== old.start && at.start < now ? 'It can’t be moved into the past.' : '';
}

/** What to ask for, or null where nothing changes. A booking that is moved stays as long as it was without an end. */
export function toEdit(old: Interval, at: Interval): Edit | null {
  const moved = at.start !== old.start;
  const sameLength = at.end - at.start === old.end - old.start;
  if (!moved && at.end === old.end) {
    return null;
  }
  if (!moved) {
    return { enddate: iso(at.end) };
  }
  return sameLength ? { startdate: iso(at.start) } : { startdate: iso(at.start), enddate: iso(at.end) };
}

function effect(old: Interval, at: Interval, now: number, tz: string): string {
  const more = at.end - at.start - (old.end - old.start);
  const size = more > 0 ? `${length(more)} longer` : more < 0 ? `gives ${length(-more)} back` : '';
  const moved = at.start !== old.start ? `moves to ${span(at, now, tz)}` : '';
  return [moved, size].filter(Boolean).join(', ');
}

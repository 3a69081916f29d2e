/** A change that was meant for a booking as it was before: what has changed of it, and whether to do it all the same. */
import * as React from 'react';
import { changeLines, byWords } from './changes';
import { Button, SectionProps } from './parts';
import type { Conflict } from './refusal';
import { moment } from './words';

/** The card. */
export function Changed(props: SectionProps & { conflict: Conflict }): JSX.Element {
  const { store, state, now, conflict } = props;
  const { booking, changes } = conflict;
  const card = React.useRef<HTMLElement>(null);
  React.useEffect(() => card.current?.focus(), [conflict]);
  return (
    <section
      className="ag-card ag-refuse"
      aria-label="Changed meanwhile"
      role="region"
      tabIndex={-1}
      ref={card}
    >
      <h3>{booking.package ?? 'Your booking'} has changed since you saw it</h3>
      <ul className="ag-changes">
        {changes.map(change => (
          <li key={change.version}>
            <span>
              {byWords(change, booking.account)}, {moment(Date.parse(change.at), now, store.tz)}:
            </span>{' '}
            {changeLines(change, now, store.tz).join('. ')}.
          </li>
        ))}
      </ul>
      <div className="ag-row">
        <Button disabled={state.busy} onClick={() => store.changeAnyway()}>
          Do it anyway
        </Button>
        <Button kind="primary" onClick={() => store.leave()}>
          Leave it
        </Button>
      </div>
    </section>
  );
}

/** The calendar as a whole: the same on the web page and in the lab's panel. */
import * as React from 'react';
import { ComingUp } from './ComingUp';
import { Free } from './Free';
import { Now } from './Now';
import { Refused } from './Refused';
import { Down, useNow, useSnapshot } from './parts';
import type { BookingStore } from './store';
import { keepFresh } from './poll';

interface BookingsProps {
  store: BookingStore;
  place: 'page' | 'lab';
  /** The address that opens the lab, where that is not here. */
  lab?: string;
  /** Whether it can be seen just now; it asks the service only then. */
  seen?: () => boolean;
}

/** Everything about bookings. */
export function Bookings(props: BookingsProps): JSX.Element {
  const { store, lab, place, seen } = props;
  const state = useSnapshot(store);
  const now = useNow(store.clock);
  const isSeen = React.useRef(seen);
  React.useEffect(() => keepFresh(store, () => isSeen.current?.() ?? true), [store]);
  const section = { store, state, now };
  const unknown = state.down !== null && state.bookings === null;
  return (
    <div className={`ag-root ag-on-${place}`}>
      <div className="ag-all">
        {state.down && <Down store={store} state={state} />}
        {!unknown && <Now {...section} lab={lab} />}
        {state.failed && (
          <section className="ag-card ag-refuse" role="alert">
            <p>{state.failed}</p>
          </section>
        )}
        {state.refusal && <Refused {...section} refusal={state.refusal} />}
        {!unknown && <Free {...section} />}
        {!unknown && <ComingUp {...section} />}
      </div>
      <p className={state.done ? 'ag-done' : 'ag-hidden'} role="status" aria-live="polite">
        {state.done}
      </p>
    </div>
  );
}

/** The calendar as a whole: the same on the web page and in the lab's panel. */
import * as React from 'react';
import { Changed } from './Changed';
import { ComingUp } from './ComingUp';
import { Free } from './Free';
import { Now } from './Now';
import { One } from './One';
import { Kept, Refused } from './Refused';
import { keepFresh } from './live';
import { Down, Said, useNow, useSnapshot } from './parts';
import { heldOffers } from './refusal';
import type { BookingStore } from './store';

/** Where the focus goes when what held it is gone, as a card whose offer was taken: to the whole, not to nowhere. */
function useFocusBack(isShown: boolean): React.RefObject<HTMLDivElement> {
  const whole = React.useRef<HTMLDivElement>(null);
  const was = React.useRef(isShown);
  React.useEffect(() => {
    if (was.current && !isShown && document.activeElement === document.body) {
      whole.current?.focus({ preventScroll: true });
    }
    was.current = isShown;
  }, [isShown]);
  return whole;
}

interface BookingsProps {
  store: BookingStore;
  place: 'page' | 'lab';
  /** The address that opens the lab, where that is not here. */
  lab?: string;
  /** The id of the booking whose address this is. */
  shown?: string;
  /** Whether it can be seen just now; it asks the service only then. */
  seen?: () => boolean;
  /** What the place adds to what one has now. */
  children?: React.ReactNode;
}

/** Everything about bookings. */
export function Bookings(props: BookingsProps): JSX.Element {
  const { store, lab, place, shown, seen, children } = props;
  const state = useSnapshot(store);
  const now = useNow(store.clock);
  const isSeen = React.useRef(seen);
  React.useEffect(() => keepFresh(store, () => isSeen.current?.() ?? true), [store]);
  const section = { store, state, now };
  const kept = heldOffers(state.bookings ?? [], now);
  const whole = useFocusBack(state.refusal !== null || state.conflict !== null);
  const unknown = state.down !== null && state.bookings === null;
  return (
    <div className={`ag-root ag-on-${place}`}>
      <div className="ag-all" tabIndex={-1} ref={whole}>
        {state.down && <Down store={store} state={state} />}
        {shown && <One {...section} id={shown} />}
        {!unknown && <Now {...section} lab={lab} />}
        {children}
        {state.failed && (
          <section className="ag-card ag-refuse" role="alert">
            <p>{state.failed}</p>
          </section>
        )}
        {state.conflict && <Changed {...section} conflict={state.conflict} />}
        {state.refusal && !state.refusal.lost && <Refused {...section} refusal={state.refusal} />}
        {!state.refusal && kept.length > 0 && <Kept {...section} offers={kept} />}
        {!unknown && <Free {...section} />}
        {!unknown && <ComingUp {...section} />}
      </div>
      <Said words={state.done} />
    </div>
  );
}

/** One booking by its address: also one that is over, or of somebody else's where an admin looks. */
import * as React from 'react';
import type { Booking } from '../wire';
import { Details } from './Details';
import { SectionProps, Skeleton } from './parts';
import { lengthsWords, spansOf, spansWords } from './spans';

/** The card of the booking with this id. */
export function One(props: SectionProps & { id: string }): JSX.Element {
  const { store, state, now, id } = props;
  const [found, setFound] = React.useState<Booking | null | false>(null);
  const known = state.bookings?.find(one => one.id === id);
  const version = known?.version;
  React.useEffect(() => {
    let gone = false;
    store.api.booking(id).then(
      booking => gone || setFound(booking),
      () => gone || setFound(false)
    );
    return () => {
      gone = true;
    };
  }, [store, id, version]);
  const booking = known ?? found;
  return (
    <section className="ag-card" aria-label="Booking">
      {booking === null && <Skeleton lines={3} label="Loading the booking" />}
      {booking === false && (
        <>
          <h3>There is no such booking</h3>
          <p>It may be somebody else’s. Yours are below.</p>
        </>
      )}
      {booking && (
        <>
          <h3>{booking.package ?? 'custom'}</h3>
          <p>
            {spansWords(spansOf(booking), now, store.tz)} · {lengthsWords(spansOf(booking))}
            {booking.account !== store.around.account && ` · ${booking.account}`}
          </p>
          <Details {...props} booking={booking} />
        </>
      )}
    </section>
  );
}

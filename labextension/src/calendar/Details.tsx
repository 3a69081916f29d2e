/** Everything about one booking: its spans, its size, how it shares, why it was given, and what has changed of it. */
import * as React from 'react';
import type { Booking, Change } from '../wire';
import { byWords, changeLines, phaseName } from './changes';
import { groupName } from './groups';
import { SectionProps, Skeleton, Why } from './parts';
import { SHARINGS, ruleInWords } from './plan';
import { spansOf } from './spans';
import type { BookingStore } from './store';
import { length, moment, plain, size, span } from './words';

type DetailProps = SectionProps & { booking: Booking };

/** The details, as they unfold under a booking. */
export function Details(props: DetailProps): JSX.Element {
  const { booking, store, now, state } = props;
  const item = state.packages?.find(one => one.name === booking.package);
  const sharing = SHARINGS.find(([value]) => value === booking.sharing);
  return (
    <div className="ag-details">
      <dl>
        <Times {...props} />
        {booking.recurrence && <Entry name="Repeats">{ruleInWords(booking.recurrence)}</Entry>}
        <Entry name="It is">
          {phaseName(booking.phase)}
          {booking.reason && `: ${plain(booking.reason, now, store.tz)}`}
        </Entry>
        <Entry name="Size">
          {size(booking.resources)}
          {booking.resources.gpus > 0 && ` · ${booking.resources.gpus} GPU`}
          {booking.share && ` · ${booking.share} % of ${booking.cluster}`}
          {item && item.version !== booking.package_version && ' · as the package was when it was booked'}
        </Entry>
        {sharing && (
          <Entry name="Sharing">
            <b>{sharing[1]}.</b> {sharing[2]}
          </Entry>
        )}
        <Entry name="Cluster">{booking.cluster}</Entry>
        {booking.group && <Entry name="Charged to">{groupName(state.groups, booking.group)}</Entry>}
        {booking.note && <Entry name="Note">{booking.note}</Entry>}
        <Entry name="Booked">
          {moment(Date.parse(booking.created), now, store.tz)} <Why store={store} why={booking.why} />
        </Entry>
      </dl>
      <History {...props} />
    </div>
  );
}

function Entry(props: { name: string; children: React.ReactNode }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Times({ booking, store, now }: DetailProps): JSX.Element {
  const spans = spansOf(booking);
  const at = (one: { start: number; end: number }) =>
    one.end <= now ? 'over' : one.start <= now ? 'now' : '';
  return (
    <Entry name={spans.length > 1 ? `${spans.length} times` : 'When'}>
      <ul className="ag-spans">
        {spans.map(one => (
          <li key={one.start} className={one.end <= now ? 'ag-none' : ''}>
            <span>{span(one, now, store.tz)}</span>
            <em>{[length(one.end - one.start), at(one)].filter(Boolean).join(', ')}</em>
          </li>
        ))}
      </ul>
    </Entry>
  );
}

/** The changes of a booking: null while they are on their way, false where they can't be had. */
function useHistory(store: BookingStore, booking: Booking): Change[] | null | false {
  const [found, setFound] = React.useState<Change[] | null | false>(null);
  const asked = React.useRef(booking);
  asked.current = booking;
  const { id, version } = booking;
  React.useEffect(() => {
    let gone = false;
    store.api.history(asked.current).then(
      rows => gone || setFound(rows),
      () => gone || setFound(false)
    );
    return () => {
      gone = true;
    };
  }, [store, id, version]);
  return found;
}

function History({ booking, store, now }: DetailProps): JSX.Element {
  const found = useHistory(store, booking);
  const rows = (found || [])
    .map(change => ({ change, lines: changeLines(change, now, store.tz) }))
    .filter(({ lines }) => lines.length > 0)
    .reverse();
  return (
    <div className="ag-history">
      <h4>What has changed</h4>
      {found === null && <Skeleton lines={2} label="Loading what has changed" />}
      {found === false && <p>This can’t be told just now.</p>}
      {found && rows.length === 0 && <p>Nothing since it was booked.</p>}
      {rows.length > 0 && (
        <ol className="ag-changes">
          {rows.map(({ change, lines }) => (
            <li key={change.version}>
              <span>
                {moment(Date.parse(change.at), now, store.tz)}, {byWords(change, booking.account)}:
              </span>{' '}
              {lines.join('. ')}.
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

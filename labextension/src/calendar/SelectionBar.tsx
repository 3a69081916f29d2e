/** The range that is chosen, with its exact times to edit and the button that books it. */
import * as React from 'react';
import type { Package } from '../wire';
import { Button, SectionProps } from './parts';
import { Selection, exactly, freeThroughout } from './selection';
import { Interval, fromField, toField } from './time';
import { freeWords, length, shortDay, clockTime, span } from './words';

/** The bar under the grid. */
export function SelectionBar(
  props: SectionProps & { selection: Selection; packages: Package[] }
): JSX.Element {
  const { selection, store, state, now } = props;
  const [editing, setEditing] = React.useState(false);
  const from = Math.max(selection.start, now);
  const wrong = selection.end <= from;
  const words =
    selection.start <= now ? `now to ${endWords(selection, now, store.tz)}` : span(selection, now, store.tz);
  const free = state.free ? freeThroughout(selection, state.free, now) : null;
  return (
    <div className="ag-bar" role="group" aria-label="Chosen">
      <span className="ag-chosen">
        <b>{selection.package}</b> · {words} · {length(selection.end - from)}
      </span>
      <span className="ag-muted ag-grow">
        {free === null ? '' : free === 0 ? 'no place throughout' : freeWords(free)}
      </span>
      <span className="ag-bar-acts">
        <Button kind="quiet" aria-expanded={editing} onClick={() => setEditing(!editing)}>
          Edit times
        </Button>
        <Button kind="quiet" onClick={() => store.select(null)}>
          Clear
        </Button>
        <Button kind="primary" disabled={state.busy || wrong} onClick={() => store.bookSelection()}>
          {state.busy ? 'Booking…' : 'Book'}
        </Button>
      </span>
      {editing && <Edit {...props} wrong={wrong} />}
    </div>
  );
}

function endWords(at: Interval, now: number, tz: string): string {
  const today = shortDay(at.end, tz) === shortDay(now, tz);
  return today ? clockTime(at.end, tz) : `${shortDay(at.end, tz)} ${clockTime(at.end, tz)}`;
}

function Edit(
  props: SectionProps & { selection: Selection; packages: Package[]; wrong: boolean }
): JSX.Element {
  const { selection, store, packages, wrong } = props;
  const id = React.useId();
  const set = (times: Partial<Interval>) => store.select(exactly(selection, { ...selection, ...times }));
  const field = (name: 'start' | 'end', label: string) => (
    <span className="ag-field">
      <label htmlFor={id + name}>{label}</label>
      <input
        id={id + name}
        type="datetime-local"
        defaultValue={toField(selection[name], store.tz)}
        key={`${selection.anchor.start}-${selection.head.start}`}
        onChange={event => {
          const instant = fromField(event.target.value, store.tz);
          if (instant !== null) {
            set({ [name]: instant });
          }
        }}
      />
    </span>
  );
  return (
    <div className="ag-edit">
      <span className="ag-field">
        <label htmlFor={`${id}package`}>Package</label>
        <select
          id={`${id}package`}
          value={selection.package}
          onChange={event => store.select({ ...selection, package: event.target.value })}
        >
          {packages.map(item => (
            <option key={item.name}>{item.name}</option>
          ))}
        </select>
      </span>
      {field('start', 'Start')}
      {field('end', 'End')}
      {wrong && <p className="ag-wrong">The end has to come after the start, and after now.</p>}
    </div>
  );
}

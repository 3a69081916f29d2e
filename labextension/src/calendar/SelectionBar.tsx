/** What is chosen, whether it is free, and the button that books it. */
import * as React from 'react';
import type { Package } from '../wire';
import { PlanForm } from './PlanForm';
import { groupName } from './groups';
import { Button, SectionProps } from './parts';
import { Chosen, ChosenSpan, leastOf } from './chosen';
import { repeatWords, windowWords } from './plan';
import { Selection, fromRanges, ranges } from './selection';
import { lengthsWords, spansWords } from './spans';
import type { Interval } from './time';
import { clockTime, freeWords, length, shortDay, span } from './words';

interface BarProps extends SectionProps {
  selection: Selection;
  packages: Package[];
}

const TAKEN = 'no longer free: the last place has just gone';

/** The bar under the grid. */
export function SelectionBar(props: BarProps): JSX.Element {
  const { selection, store, state, now } = props;
  const [editing, setEditing] = React.useState(false);
  const chosen = store.chosen ?? { spans: [], wrong: '' };
  const taken = state.lost && !state.refusal;
  return (
    <div className={`ag-bar ${state.lost ? 'ag-lost' : ''}`} role="group" aria-label="Chosen">
      <span className="ag-chosen">
        <b>{selection.package}</b> · {chosenWords(props, chosen)}
        {state.plan.group && ` · charged to ${groupName(state.groups, state.plan.group)}`}
      </span>
      <span className="ag-muted ag-grow" role="status">
        {fitWords(chosen, state.lost ? (taken ? TAKEN : 'no longer free') : '', state.plan.window !== '')}
      </span>
      <span className="ag-bar-acts">
        <Button kind="quiet" aria-expanded={editing} onClick={() => setEditing(!editing)}>
          Edit times
        </Button>
        <Button kind="quiet" onClick={() => store.select(null)}>
          Clear
        </Button>
        {taken && (
          <Button disabled={state.busy} onClick={() => store.offer()}>
            What fits instead
          </Button>
        )}
        <Button
          kind={state.lost ? 'plain' : 'primary'}
          disabled={state.busy || chosen.wrong !== ''}
          onClick={() => store.bookSelection()}
        >
          {state.busy ? 'Booking…' : 'Book'}
        </Button>
      </span>
      {chosen.spans.length > 1 && <Spans {...props} spans={chosen.spans} now={now} />}
      {editing && <PlanForm {...props} wrong={chosen.wrong} />}
    </div>
  );
}

function chosenWords({ selection, state, store, now }: BarProps, { spans }: Chosen): string {
  const { window, repeat } = state.plan;
  const several = selection.more.length > 0;
  const from = Math.max(selection.start, now);
  const size = length(selection.end - from);
  if (window && !several) {
    const clock = clockTime(from, store.tz);
    return `${size}, ${windowWords(window, from, store.tz, clock)}`;
  }
  if (repeat && !several) {
    const first = span(selection, now, store.tz);
    const words = repeatWords(selection, repeat, store.tz);
    return `${first} · ${words.charAt(0).toLowerCase()}${words.slice(1)} · ${lengthsWords(spans)}`;
  }
  if (spans.length > 1) {
    return `${spansWords(spans, now, store.tz)} · ${lengthsWords(spans)}`;
  }
  const words =
    selection.start <= now ? `now to ${endWords(selection, now, store.tz)}` : span(selection, now, store.tz);
  return `${words} · ${size}`;
}

/** Whether what is chosen can be had, as far as that is known. */
function fitWords(chosen: Chosen, lost: string, isFlexible: boolean): string {
  const least = leastOf(chosen);
  const none = chosen.spans.filter(one => one.free === 0).length;
  if (lost) {
    return lost;
  }
  if (isFlexible) {
    return 'as early as it fits';
  }
  if (none && chosen.spans.length > 1) {
    return `no place in ${none} of ${chosen.spans.length}`;
  }
  return least === null ? '' : least === 0 ? 'no place throughout' : freeWords(least);
}

/** Every span with how many are free in it; one that was chosen by itself can be taken out. */
function Spans(props: BarProps & { spans: ChosenSpan[] }): JSX.Element {
  const { spans, selection, store, now } = props;
  const repeats = selection.more.length === 0;
  const without = (key: number) =>
    fromRanges(
      selection.package,
      ranges(selection).filter((_, index) => index !== key)
    );
  return (
    <ul className="ag-spans" aria-label="Chosen times" tabIndex={spans.length > 8 ? 0 : undefined}>
      {spans.map((one, index) => {
        const words = span(one, now, store.tz);
        return (
          <li key={one.key} className={one.free === 0 ? 'ag-none' : ''}>
            <span>{words}</span>
            <em>{one.free === null ? '' : one.free === 0 ? 'no place' : freeWords(one.free)}</em>
            {!repeats && (
              <Button
                kind="quiet"
                aria-label={`Take out ${words}`}
                onClick={() => store.select(without(index))}
              >
                ×
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function endWords(at: Interval, now: number, tz: string): string {
  const today = shortDay(at.end, tz) === shortDay(now, tz);
  return today ? clockTime(at.end, tz) : `${shortDay(at.end, tz)} ${clockTime(at.end, tz)}`;
}

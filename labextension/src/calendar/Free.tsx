/** *What is free*: the grid, the month, week or day it shows, what is chosen, and the key. */
import * as React from 'react';
import type { Package } from '../wire';
import { Grid } from './Grid';
import { Refused } from './Refused';
import { SelectionBar } from './SelectionBar';
import { View, columns, gridRows, turn, viewInterval } from './cells';
import { Button, SectionProps, Skeleton } from './parts';
import { choose } from './selection';
import { HOUR, Interval, dayOf, wallAt } from './time';
import { rangeTitle } from './words';

/** The section. */
export function Free(props: SectionProps): JSX.Element {
  const { store, state, now } = props;
  const { packages, free, grants, bookings, view } = state;
  const minute = Math.floor(now / 60_000) * 60_000;
  const cols = React.useMemo(() => columns(view, minute, store.tz), [view, minute, store.tz]);
  const rows = React.useMemo(
    () => packages && gridRows({ packages, free, grants, bookings: bookings ?? [] }, cols, minute),
    [packages, free, grants, bookings, cols, minute]
  );
  return (
    <section className="ag-card ag-what" aria-label="What is free">
      <Turn {...props} range={viewInterval(view, minute, store.tz)} />
      {rows && packages ? (
        <>
          <Grid key={view.grain} {...props} rows={rows} cols={cols} picked={store.chosen?.spans ?? []} />
          {state.selection ? (
            <SelectionBar {...props} selection={state.selection} packages={packages} />
          ) : (
            <Start {...props} packages={packages} />
          )}
          {state.refusal?.lost && <Refused {...props} refusal={state.refusal} />}
        </>
      ) : (
        <Skeleton lines={4} label="Loading what is free" />
      )}
      <Key tz={store.tz} range={viewInterval(view, minute, store.tz)} />
    </section>
  );
}

function Turn(props: SectionProps & { range: Interval }): JSX.Element {
  const { store, state, now, range } = props;
  const { view } = state;
  const today = dayOf(now, store.tz);
  const unit = view.grain === 'hours' ? 'day' : view.grain;
  const here = range.start <= now && now < range.end;
  const grain = (value: View['grain'], words: string) => (
    <button
      type="button"
      aria-pressed={view.grain === value}
      onClick={() => store.show({ ...view, grain: value })}
    >
      {words}
    </button>
  );
  return (
    <div className="ag-turn">
      <h3>What is free</h3>
      <span className="ag-seg" role="group" aria-label="Show">
        {grain('month', 'Month')}
        {grain('week', 'Week')}
        {grain('hours', 'Hours')}
      </span>
      <span className="ag-pager">
        <Button kind="quiet" aria-label={`Previous ${unit}`} onClick={() => store.show(turn(view, -1))}>
          ‹
        </Button>
        <b aria-live="polite">
          <span className="ag-wide">{rangeTitle(range, store.tz)}</span>
          <span className="ag-narrow">{rangeTitle(range, store.tz, 'short')}</span>
        </b>
        <Button kind="quiet" aria-label={`Next ${unit}`} onClick={() => store.show(turn(view, 1))}>
          ›
        </Button>
        <Button kind="quiet" disabled={here} onClick={() => store.show({ ...view, day: today })}>
          Today
        </Button>
      </span>
    </div>
  );
}

/** With nothing chosen: how to choose, and a form for those who would rather type. */
function Start(props: SectionProps & { packages: Package[] }): JSX.Element {
  const { store, now, packages } = props;
  const type = () => {
    const start = Math.ceil(now / HOUR) * HOUR;
    store.select(choose(packages[0]?.name ?? '', { start, end: start + 2 * HOUR }));
  };
  return (
    <div className="ag-bar ag-bar-empty">
      <span>
        Drag across a row to choose a time, or{' '}
        <Button kind="quiet" disabled={!packages.length} onClick={type}>
          type one
        </Button>
      </span>
    </div>
  );
}

function Key(props: { tz: string; range: Interval }): JSX.Element {
  const { tz, range } = props;
  const before = wallAt(range.start, tz).hour;
  const after = wallAt(
    range.start + 24 * HOUR * Math.round((range.end - range.start) / (24 * HOUR)),
    tz
  ).hour;
  const entry = (look: string, words: string) => (
    <span>
      <i className={`ag-step ${look}`} aria-hidden="true" />
      {words}
    </span>
  );
  return (
    <div className="ag-key">
      {entry('ag-free', 'free')}
      {entry('ag-few', 'few')}
      {entry('ag-full', 'full')}
      {entry('ag-mine ag-free', 'yours')}
      {entry('ag-held ag-some', 'held')}
      {entry('ag-closed', 'closed')}
      {entry('ag-some ag-pick', 'chosen')}
      <span className="ag-muted">
        Times in {tz.replace(/_/g, ' ')}
        {before !== after && '; the clocks change in these days'}.
        <span className="ag-wide"> Shift and arrows choose a range; Ctrl adds another.</span>
      </span>
    </div>
  );
}

/** The grid of what is free: packages down, time across. A range is dragged, or chosen with Shift and arrows; with Ctrl one more. */
import * as React from 'react';
import type { Package } from '../wire';
import { Column, GridRow, Step, View, columnFigure, stepTime, turn, why } from './cells';
import type { SectionProps } from './parts';
import { Cursor, begin, moveCursor, reach, toggle } from './selection';
import { Interval, dayOf, overlaps } from './time';
import { Tip, useTip } from './Tip';
import { longDay, size } from './words';

interface GridProps extends SectionProps {
  rows: GridRow[];
  cols: Column[];
  /** What is chosen, with all its repetitions. */
  picked: Interval[];
}

/** The whole grid, with its keyboard and its pointer. Cells keep their places, so the focus stays when weeks turn. */
export function Grid(props: GridProps): JSX.Element {
  const { rows, cols, state, store } = props;
  const root = React.useRef<HTMLDivElement>(null);
  const [wanted, setCursor] = React.useState<Cursor>(() => firstOpen(rows));
  const cursor = isThere(wanted, rows) ? wanted : firstOpen(rows);
  const tip = useTip(root);
  const { grain } = state.view;
  const pointer = usePointer(props, setCursor);
  const onKeyDown = useKeys(props, setCursor, root);
  const template = {
    '--ag-columns': cols.map(column => `${column.steps.length}fr`).join(' ')
  } as React.CSSProperties;
  return (
    <div className={`ag-grid ag-by-${grain}`} ref={root} style={template} onMouseLeave={tip.hide}>
      <div
        role="grid"
        aria-label="What is free"
        aria-multiselectable="true"
        onKeyDown={onKeyDown}
        onMouseOver={tip.onOver}
        onFocus={tip.onFocus}
        onBlur={tip.hide}
        {...pointer}
      >
        <div role="row" className="ag-grid-row ag-grid-head">
          <span role="columnheader" className="ag-corner">
            <span className="ag-hidden">Package</span>
          </span>
          {cols.map((column, index) => (
            <Head
              key={index}
              column={column}
              grain={grain}
              tz={store.tz}
              onOpen={day => store.show({ grain: 'hours', day })}
            />
          ))}
        </div>
        {rows.map((row, index) => (
          <Row key={row.package.name} {...props} row={row} index={index} cursor={cursor} grain={grain} />
        ))}
      </div>
      <Tip tip={tip} />
    </div>
  );
}

function isThere({ row, step }: Cursor, rows: GridRow[]): boolean {
  return rows[row]?.columns.flat()[step] !== undefined;
}

function firstOpen(rows: GridRow[]): Cursor {
  const step = rows[0]?.columns.flat().findIndex(one => one.look !== 'past') ?? 0;
  return { row: 0, step: Math.max(0, step) };
}

interface HeadProps {
  column: Column;
  grain: View['grain'];
  tz: string;
  onOpen: (day: string) => void;
}

function Head(props: HeadProps): JSX.Element {
  const { column, grain, onOpen } = props;
  const [first, ...rest] = column.label.split(' ');
  const span = { 'aria-colspan': column.steps.length } as React.AriaAttributes;
  return (
    <span role="columnheader" className={column.today && grain !== 'month' ? 'ag-today' : ''} {...span}>
      {grain === 'hours' && column.label}
      {grain === 'month' && <Days {...props} />}
      {grain === 'week' && (
        <button
          type="button"
          tabIndex={-1}
          onClick={() => onOpen(column.key)}
          title={`The hours of ${column.title}`}
        >
          <span className="ag-weekday" data-letter={first.slice(0, 1)}>
            {first}
          </span>{' '}
          {rest.join(' ')}
        </button>
      )}
    </span>
  );
}

/** The days of a week in the month; where there is no room for each, the first stands for all. */
function Days({ column, tz, onOpen }: HeadProps): JSX.Element {
  return (
    <>
      <span className="ag-hidden">{column.title}</span>
      <span className="ag-days" aria-hidden="true">
        {column.steps.map((step, index) => {
          const date = Number(dayOf(step.start, tz).slice(8));
          return (
            <button
              key={step.start}
              type="button"
              tabIndex={-1}
              onClick={() => onOpen(dayOf(step.start, tz))}
              title={`The hours of ${longDay(step.start, tz)}`}
            >
              {index === 0 ? <b>{date}</b> : date}
            </button>
          );
        })}
      </span>
    </>
  );
}

function Row(
  props: GridProps & { row: GridRow; index: number; cursor: Cursor; grain: View['grain'] }
): JSX.Element {
  const { row, index } = props;
  let at = 0;
  return (
    <div role="row" className="ag-grid-row">
      <span role="rowheader" className="ag-name">
        {row.package.name}
        <small>{size(row.package.size.resources)}</small>
      </span>
      {row.columns.map((steps, column) => {
        const first = at;
        at += steps.length;
        const figure = columnFigure(steps);
        return (
          <span role="presentation" className="ag-column" key={column}>
            <span role="presentation" className="ag-steps">
              {steps.map((step, offset) => (
                <Cell key={offset} {...props} step={step} at={first + offset} index={index} />
              ))}
            </span>
            {props.grain !== 'week' && <Figures steps={steps} />}
            {props.grain !== 'hours' && (
              <b aria-hidden="true" className={figure.none ? 'ag-sum ag-none' : 'ag-sum'}>
                {figure.text}
              </b>
            )}
          </span>
        );
      })}
    </div>
  );
}

/** The figure of every hour, or day of a month; one that repeats its neighbour's is marked, and left out where there is no room. */
function Figures({ steps }: { steps: Step[] }): JSX.Element {
  return (
    <span className="ag-figures" aria-hidden="true">
      {steps.map((step, index) => {
        const same = index > 0 && steps[index - 1].free === step.free;
        return (
          <b key={step.start} className={`${step.free ? '' : 'ag-none'} ${same ? 'ag-same' : ''}`}>
            {step.free === null ? '' : step.free > 99 ? '99+' : step.free}
          </b>
        );
      })}
    </span>
  );
}

function Cell(
  props: GridProps & { row: GridRow; step: Step; at: number; index: number; cursor: Cursor }
): JSX.Element {
  const { step, row, index, at, cursor, state, store, now } = props;
  const item: Package = row.package;
  const isRow = state.selection?.package === item.name && step.look !== 'past';
  const picked = isRow && props.picked.some(range => overlaps(range, step));
  const classes = ['ag-step', `ag-${step.look}`];
  classes.push(step.mine ? 'ag-mine' : '', step.held ? 'ag-held' : '', picked ? 'ag-pick' : '');
  const reason = why(step, item, now, store.tz);
  return (
    <span
      role="gridcell"
      className={classes.filter(Boolean).join(' ')}
      tabIndex={cursor.row === index && cursor.step === at ? 0 : -1}
      aria-selected={picked}
      aria-disabled={step.look === 'past'}
      aria-label={`${item.name}, ${stepTime(step, store.tz)}: ${reason}`}
      data-at={`${index}-${at}`}
      data-tip={`${item.name} · ${stepTime(step, store.tz)}\n${reason}`}
    />
  );
}

function cellAt(target: EventTarget | Element | null): Cursor | null {
  const found = target instanceof Element ? target.closest<HTMLElement>('[data-at]') : null;
  const [row, step] = (found?.dataset.at ?? '').split('-').map(Number);
  return found ? { row, step } : null;
}

function usePointer({ rows, store, state, now }: GridProps, setCursor: (cursor: Cursor) => void) {
  const dragging = React.useRef(false);
  const from = React.useRef<Cursor | null>(null);
  const down = (event: React.PointerEvent) => {
    const at = cellAt(event.target);
    if (!at || event.button !== 0) {
      return;
    }
    const { package: item, columns } = rows[at.row];
    const step = columns.flat()[at.step];
    const old = state.selection;
    const adds = event.ctrlKey || event.metaKey;
    const next = adds
      ? toggle(old, item.name, step, now)
      : event.shiftKey && old?.package === item.name
        ? reach(old, step)
        : begin(item.name, step, now);
    setCursor(at);
    store.select(next);
    // Where a click with Ctrl took a range out, there is nothing to drag.
    dragging.current = next !== null && (!adds || next.anchor.start === step.start);
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = at;
  };
  const move = (event: React.PointerEvent) => {
    const old = store.snapshot().selection;
    const from_ = from.current;
    const at = cellAt(document.elementFromPoint(event.clientX, event.clientY));
    if (dragging.current && from_ && old && at) {
      const step = rows[from_.row]?.columns.flat()[at.step];
      if (step && step.start !== old.head.start) {
        store.select(reach(old, step));
      }
    }
  };
  const up = () => {
    dragging.current = false;
  };
  return {
    onPointerDown: down,
    onPointerMove: move,
    onPointerUp: up,
    onPointerCancel: up
  };
}

function useKeys(
  { rows, store, state, now }: GridProps,
  setCursor: (cursor: Cursor) => void,
  root: React.RefObject<HTMLElement>
) {
  const focus = (at: Cursor) => {
    setCursor(at);
    root.current?.querySelector<HTMLElement>(`[data-at="${at.row}-${at.step}"]`)?.focus();
  };
  return (event: React.KeyboardEvent) => {
    const cursor = cellAt(event.target);
    if (!cursor) {
      return;
    }
    const steps = rows[cursor.row].columns.flat();
    const name = rows[cursor.row].package.name;
    const to = moveCursor(cursor, event.key, rows.length, steps.length);
    const chosen = state.selection;
    if (to && event.shiftKey && to.row === cursor.row) {
      const base = chosen?.package === name ? chosen : begin(name, steps[cursor.step], now);
      store.select(base && reach(base, steps[to.step]));
      focus(to);
    } else if (to) {
      focus(to);
    } else if (event.key === ' ' && (event.ctrlKey || event.metaKey)) {
      store.select(toggle(chosen, name, steps[cursor.step], now));
    } else if (event.key === 'Enter' && chosen) {
      void store.bookSelection();
    } else if (event.key === 'Enter' || event.key === ' ') {
      store.select(begin(name, steps[cursor.step], now));
    } else if (event.key === 'Escape' && chosen) {
      store.select(null);
    } else if (event.key === 'PageUp' || event.key === 'PageDown') {
      store.show(turn(state.view, event.key === 'PageUp' ? -1 : 1));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
}

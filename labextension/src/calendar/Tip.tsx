/** The tooltip of the grid: one element that follows the pointer and the keyboard focus. */
import * as React from 'react';

interface Shown {
  /** What it is about; it says what that says by now. */
  cell: HTMLElement;
  left: number;
  top: number;
}

/** Where the tooltip is, and what moves it. */
export interface TipState {
  shown: Shown | null;
  onOver: (event: React.MouseEvent) => void;
  onFocus: (event: React.FocusEvent) => void;
  hide: () => void;
}

/** Follows cells that carry `data-tip`, within `root`. */
export function useTip(root: React.RefObject<HTMLElement>): TipState {
  const [shown, setShown] = React.useState<Shown | null>(null);
  const show = (target: EventTarget) => {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[data-tip]') : null;
    const frame = root.current?.getBoundingClientRect();
    if (!cell || !frame) {
      setShown(null);
      return;
    }
    const box = cell.getBoundingClientRect();
    const half = Math.min(180, frame.width / 2);
    const middle = box.left + box.width / 2 - frame.left;
    const left = Math.min(Math.max(middle, half), frame.width - half);
    setShown({ cell, left, top: box.top - frame.top });
  };
  return {
    shown,
    onOver: event => show(event.target),
    onFocus: event => event.target.matches(':focus-visible') && show(event.target),
    hide: () => setShown(null)
  };
}

/** Draws it. The cell's own name says the same, so screen readers pass it over. */
export function Tip({ tip }: { tip: TipState }): JSX.Element | null {
  if (!tip.shown) {
    return null;
  }
  const [head, ...rest] = (tip.shown.cell.dataset.tip ?? '').split('\n');
  return (
    <div className="ag-tip" aria-hidden="true" style={{ left: tip.shown.left, top: tip.shown.top }}>
      <b>{head}</b>
      {rest.map(line => (
        <span key={line}>{line}</span>
      ))}
    </div>
  );
}

/** Small pieces that every section uses. */
import * as React from 'react';
import type { ServerClock } from './clock';
import { whyPage } from './refusal';
import type { BookingStore, Snapshot } from './store';
import { length } from './words';

const SHOWN_MS = 10_000;

/** What the sections are given. */
export interface SectionProps {
  store: BookingStore;
  state: Snapshot;
  now: number;
}

/** The store's snapshot, drawn anew when it changes. */
export function useSnapshot(store: BookingStore): Snapshot {
  return React.useSyncExternalStore(store.subscribe, store.snapshot);
}

/** The server's time, once a second. */
export function useNow(clock: ServerClock): number {
  const [now, setNow] = React.useState(() => clock.now());
  React.useEffect(() => {
    const timer = setInterval(() => setNow(clock.now()), 1000);
    return () => clearInterval(timer);
  }, [clock]);
  return now;
}

/** A button; `kind` is its weight: one `primary` in a section, `quiet` for what is rarely wanted. */
export function Button(
  props: React.ButtonHTMLAttributes<HTMLButtonElement> & { kind?: 'primary' | 'quiet' | 'plain' | 'danger' }
): JSX.Element {
  const { kind = 'plain', className = '', ...rest } = props;
  return <button type="button" {...rest} className={`ag-button ag-${kind} ${className}`} />;
}

/** A link to the page that explains a decision. In the lab it opens beside it. */
export function Why(props: { store: BookingStore; why: string | null | undefined }): JSX.Element | null {
  const { store, why } = props;
  return why ? (
    <a className="ag-why" href={whyPage(why, store.around.pages)} target={store.around.beside} rel="noopener">
      Why?
    </a>
  ) : null;
}

/** Time left as a ring, with the figure in it. */
export function Ring(props: { left: number; whole: number }): JSX.Element {
  const part = Math.min(1, Math.max(0, props.left / Math.max(1, props.whole)));
  const [first, ...rest] = length(props.left).split(' ');
  const words = [`${first} ${rest[0]}`, rest[1]].filter(Boolean);
  return (
    <div className="ag-ring" aria-hidden="true">
      <svg viewBox="0 0 36 36">
        <circle cx="18" cy="18" r="15.5" />
        <circle
          className="ag-ring-left"
          cx="18"
          cy="18"
          r="15.5"
          pathLength={100}
          strokeDasharray={`${part * 100} 100`}
        />
      </svg>
      <span>
        {words.map(word => (
          <span key={word}>{word}</span>
        ))}
      </span>
    </div>
  );
}

/** A bar that says how much of a time is left. */
export function Meter(props: { left: number; whole: number }): JSX.Element {
  const part = Math.min(1, Math.max(0, props.left / Math.max(1, props.whole)));
  return (
    <div className="ag-meter" aria-hidden="true">
      <i style={{ width: `${part * 100}%` }} />
    </div>
  );
}

/** Grey bars where something is still on its way. */
export function Skeleton(props: { lines: number; label: string }): JSX.Element {
  return (
    <div className="ag-skeleton" role="status" aria-label={props.label}>
      {Array.from({ length: props.lines }, (_, index) => (
        <i key={index} />
      ))}
    </div>
  );
}

/** Show a dialog, and give the focus back to where it was. */
export function useModal(): React.RefObject<HTMLDialogElement> {
  const dialog = React.useRef<HTMLDialogElement>(null);
  React.useEffect(() => {
    const opener = document.activeElement;
    const shown = dialog.current;
    if (shown && !shown.open) {
      shown.showModal();
    }
    return () => {
      shown?.close();
      if (opener instanceof HTMLElement && opener.isConnected) {
        opener.focus();
      }
    };
  }, []);
  return dialog;
}

/** A question before something is lost. Escape and *Keep* leave everything as it is. */
export function Confirm(props: {
  title: string;
  act: string;
  keep: string;
  children: React.ReactNode;
  onAct: () => void;
  onClose: () => void;
}): JSX.Element {
  const dialog = useModal();
  const title = React.useId();
  const act = () => {
    props.onClose();
    props.onAct();
  };
  return (
    <dialog ref={dialog} className="ag-dialog" aria-labelledby={title} onCancel={props.onClose}>
      <h3 id={title}>{props.title}</h3>
      {props.children}
      <div className="ag-row ag-end">
        <Button autoFocus onClick={props.onClose}>
          {props.keep}
        </Button>
        <Button kind="danger" onClick={act}>
          {props.act}
        </Button>
      </div>
    </dialog>
  );
}

/** The service is away: what that means, and a way to try again. */
export function Down(props: { store: BookingStore; state: Snapshot }): JSX.Element {
  const { store, state } = props;
  const [trying, setTrying] = React.useState(false);
  const again = async () => {
    setTrying(true);
    await store.refresh();
    setTrying(false);
  };
  const known = state.bookings !== null;
  const runs = store.current ? ' Your server keeps running until its booking ends.' : '';
  const help =
    state.down?.help ||
    (known ? 'What you see below may be out of date.' : 'This page asks again by itself.');
  return (
    <section className="ag-card ag-refuse" role="alert">
      <h3>{state.down?.message}</h3>
      <p>
        {help}
        {runs}
      </p>
      <Button onClick={again} disabled={trying}>
        {trying ? 'Trying…' : 'Try again'}
      </Button>
    </section>
  );
}

/** The last act that succeeded: said aloud, and shown for a while. */
export function Said({ words }: { words: string }): JSX.Element {
  const [gone, setGone] = React.useState('');
  React.useEffect(() => {
    setGone('');
    const timer = setTimeout(() => setGone(words), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <p className={words && words !== gone ? 'ag-done' : 'ag-hidden'} role="status" aria-live="polite">
      {words}
    </p>
  );
}

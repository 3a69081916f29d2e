/** What a person sees once the lab has ended. Drawn from what is already loaded: the server is gone. */
import * as React from 'react';
import { createRoot } from 'react-dom/client';

interface EndedProps {
  folders: string;
  unsaved: string[];
  /** Where to go from here. */
  page: string;
  end: End;
}

/** What is over: the booking, the visit with all that was the visitor's, or the lab alone, which somebody has stopped. */
export type End = 'booking' | 'visit' | 'stopped';

const TITLES: Record<End, string> = {
  booking: 'Your booking has ended',
  visit: 'Your visit is over',
  stopped: 'Your lab has been stopped'
};

const NEXT: Record<End, string> = {
  booking: 'Book again',
  visit: 'Come back',
  stopped: 'See what you have now'
};

function whatWords({ end, folders }: EndedProps): string {
  if (end === 'visit') {
    return 'Your notebooks and data are deleted, unless you take them along into an account.';
  }
  const goes = end === 'booking' ? 'its memory is free for others' : 'what its kernels had in memory is gone';
  return `Your notebooks are saved in ${folders}. The server has stopped, and ${goes}.`;
}

/** Shows it over everything else. */
export function showEnded(props: EndedProps): void {
  const host = document.createElement('div');
  document.body.appendChild(host);
  const root = createRoot(host);
  const close = () => {
    root.unmount();
    host.remove();
  };
  root.render(<Ended {...props} onClose={close} />);
}

function Ended(props: EndedProps & { onClose: () => void }): JSX.Element {
  const { unsaved, page, end, onClose } = props;
  const dialog = React.useRef<HTMLDialogElement>(null);
  const again = React.useRef<HTMLAnchorElement>(null);
  React.useEffect(() => {
    dialog.current?.showModal();
    again.current?.focus();
  }, []);
  return (
    <div className="ag-root ag-on-lab">
      <dialog ref={dialog} className="ag-dialog ag-ended" aria-labelledby="ag-ended-title" onClose={onClose}>
        <h2 id="ag-ended-title">{TITLES[end]}</h2>
        <p>{whatWords(props)}</p>
        {unsaved.length > 0 && (
          <p className="ag-wrong">
            These could not be saved: {unsaved.join(', ')}. Copy what you need from this page before you close
            it.
          </p>
        )}
        <div className="ag-row ag-end">
          <button type="button" className="ag-button ag-quiet" onClick={() => dialog.current?.close()}>
            Look at this page
          </button>
          <a ref={again} className="ag-button ag-primary" role="button" href={page}>
            {NEXT[end]}
          </a>
        </div>
      </dialog>
    </div>
  );
}

/** What a person sees once the booking has ended. Drawn from what is already loaded: the server is gone. */
import * as React from 'react';
import { createRoot } from 'react-dom/client';

interface EndedProps {
  folders: string;
  unsaved: string[];
  page: string;
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
  const { folders, unsaved, page, onClose } = props;
  const dialog = React.useRef<HTMLDialogElement>(null);
  const again = React.useRef<HTMLAnchorElement>(null);
  React.useEffect(() => {
    dialog.current?.showModal();
    again.current?.focus();
  }, []);
  return (
    <div className="ag-root ag-on-lab">
      <dialog ref={dialog} className="ag-dialog ag-ended" aria-labelledby="ag-ended-title" onClose={onClose}>
        <h2 id="ag-ended-title">Your booking has ended</h2>
        <p>
          Your notebooks are saved in {folders}. The server has stopped, and its memory is free for others.
        </p>
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
            Book again
          </a>
        </div>
      </dialog>
    </div>
  );
}

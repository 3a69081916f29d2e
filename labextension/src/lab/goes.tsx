/** A home that goes when its lab ends, as on Kubernetes without user disk: it is said, and its files can be taken along. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import * as React from 'react';
import { useVisit } from './standing';
import type { Visit } from './visit';

/** Whether this lab's home goes with it, and where its files are downloaded; null where they stay. */
export async function askGoing(settings: ServerConnection.ISettings): Promise<string | null> {
  try {
    const url = URLExt.join(settings.baseUrl, 'aglais', 'home');
    const response = await ServerConnection.makeRequest(url, { cache: 'no-store' }, settings);
    const told = response.ok ? ((await response.json()) as { goes: boolean }) : null;
    return told?.goes ? `${url}.tar.gz` : null;
  } catch {
    return null;
  }
}

/** The section *Files*, for a member; a visitor is told that everything goes. */
export function GoesCard({
  ask,
  visit
}: {
  ask: () => Promise<string | null>;
  visit: Visit;
}): JSX.Element | null {
  const [files, setFiles] = React.useState<string | null>(null);
  useVisit(visit);
  React.useEffect(() => void ask().then(setFiles), [ask]);
  if (files === null || visit.isVisitor) {
    return null;
  }
  return (
    <section className="ag-card ag-visit" aria-label="Files">
      <h3>Files go when this lab ends</h3>
      <p>
        It {visit.hasJoined ? 'began as a visit' : 'was booked without user disk'}, so its home is not kept.
        Download what you want to keep; a lab with user disk keeps it.
      </p>
      <div className="ag-acts">
        <a className="ag-button" role="button" href={files} download="home.tar.gz">
          Download my files
        </a>
      </div>
    </section>
  );
}

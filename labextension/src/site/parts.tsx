/** What the pages have in common: who looks, what is loaded, and what is said where that did not work. */
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { ServerClock } from '../calendar/clock';
import { Button } from '../calendar/parts';
import { viewerZone } from '../calendar/time';
import { PageConfig, pageOf, readConfig } from './config';
import { Http, Problem } from './http';

export { Said } from '../calendar/parts';

/** Everything that a page is given: its viewer, the services, the time, and the viewer's zone. */
export interface Site {
  config: PageConfig;
  http: Http;
  clock: ServerClock;
  tz: string;
  /** The address of one of the pages. */
  page: (...path: string[]) => string;
}

/** Draw `Page` into the place that the document has for it. */
export function draw(Page: (props: { site: Site }) => JSX.Element): void {
  const host = document.getElementById('aglais-page');
  if (!host) {
    return;
  }
  const config = readConfig();
  const clock = new ServerClock();
  const site: Site = {
    config,
    clock,
    http: new Http(config, clock),
    tz: viewerZone(),
    page: (...path) => pageOf(config, ...path)
  };
  createRoot(host).render(
    <div className="ag-root ag-on-page">
      <div className="ag-all">
        <Page site={site} />
      </div>
      <p className="ag-zone ag-muted">Times in {site.tz.replace(/_/g, ' ')}.</p>
    </div>
  );
}

/** What is loaded: nothing yet, or the last answer; and what is wrong where the last question had none. */
export interface Loaded<T> {
  data: T | null;
  problem: Problem | null;
  again: () => Promise<void>;
}

/** Load when first drawn, whenever `key` changes, and when somebody comes back to the page. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = React.useState<{ key: string; data: T | null; problem: Problem | null }>({
    key,
    data: null,
    problem: null
  });
  const latest = React.useRef({ key, load });
  latest.current = { key, load };
  const again = React.useCallback(async () => {
    const asked = latest.current;
    try {
      const data = await asked.load();
      if (latest.current.key === asked.key) {
        setState({ key: asked.key, data, problem: null });
      }
    } catch (error) {
      const problem = error instanceof Problem ? error : null;
      if (problem === null) {
        throw error;
      }
      if (latest.current.key === asked.key) {
        setState(old => ({ key: asked.key, data: old.key === asked.key ? old.data : null, problem }));
      }
    }
  }, []);
  React.useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') {
        void again();
      }
    };
    void again();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [again, key]);
  return { data: state.data, problem: state.problem, again };
}

/** What went wrong, and a way to try again where that may help. */
export function Failed(props: {
  problem: Problem;
  again?: () => void;
  /** Whether it is all that the page shows. */
  whole?: boolean;
  children?: React.ReactNode;
}): JSX.Element {
  const { problem, again, whole, children } = props;
  const Heading = whole ? 'h1' : 'h2';
  const gone = problem.status === 404 || problem.status === 403;
  return (
    <section className="ag-card ag-refuse" role="alert">
      <Heading>{problem.message}</Heading>
      {gone ? children : <p>{problem.help}</p>}
      {again && !gone && <Button onClick={again}>Try again</Button>}
    </section>
  );
}

/** A field with its label and, beneath it, its hint or what is wrong with it. */
export function Field(props: {
  name: string;
  label: string;
  problem?: Problem | null;
  hint?: string;
  wide?: boolean;
  children: (attributes: {
    id: string;
    name: string;
    'aria-invalid': boolean | undefined;
    'aria-describedby': string | undefined;
  }) => React.ReactNode;
}): JSX.Element {
  const { name, label, hint, wide, children } = props;
  const id = React.useId();
  const problem = props.problem?.field === name ? props.problem : null;
  const said = problem || hint ? `${id}-said` : undefined;
  return (
    <div className={wide ? 'ag-field ag-field-wide' : 'ag-field'}>
      <label htmlFor={id}>{label}</label>
      {children({ id, name, 'aria-invalid': problem ? true : undefined, 'aria-describedby': said })}
      {problem ? (
        <small className="ag-wrong" id={said} role="alert">
          {problem.message} {problem.help}
        </small>
      ) : (
        hint && <small id={said}>{hint}</small>
      )}
    </div>
  );
}

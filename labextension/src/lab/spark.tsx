/** Spark in the panel: what it holds of the booking, and the way to its own pages. */
import * as React from 'react';
import { useAsked } from './asked';
import { SparkInfo, Use, heldRows, waitingWords, workWords } from './sparks';

const EVERY = 5000;
const NEARLY_FULL = 0.9;

interface SparkProps {
  /** Asks what the Sparks hold; null where there are none to be had. */
  ask: () => Promise<SparkInfo | null>;
  /** Whether it can be seen just now; it asks only then. */
  seen: () => boolean;
}

/** The section *Spark*. */
export function SparkCard({ ask, seen }: SparkProps): JSX.Element | null {
  const [info] = useAsked(ask, seen, EVERY);
  if (!info) {
    return null;
  }
  return (
    <section className="ag-card ag-sparks" aria-label="Spark">
      <h3>Spark</h3>
      {info.sparks.length === 0 && (
        <p>
          None runs. It starts with <code>spark_session()</code> in a notebook.
        </p>
      )}
      {info.sparks.map(one => (
        <div className="ag-row" key={one.pages}>
          <div className="ag-grow">
            <b>{one.name}</b>
            <p>{workWords(one, info.executors)}</p>
          </div>
          <a
            className="ag-button"
            href={one.pages}
            target="_blank"
            rel="noopener"
            aria-label={`Spark UI of ${one.name}`}
          >
            Spark UI
          </a>
          {one.excess && (
            <p className="ag-excess" role="alert">
              {one.excess} Its jobs may wait for ever: stop this Spark, and start it without that setting.
            </p>
          )}
        </div>
      ))}
      {info.sparks.length > 0 && (
        <dl className="ag-uses">
          {heldRows(info).map(([name, use, words]) => (
            <UseRow key={name} name={name} use={use} words={words} runsOut={use !== info.executors}>
              {use === info.executors &&
                info.executors.waiting.map(one => <p key={one.reason}>{waitingWords(one)}</p>)}
            </UseRow>
          ))}
        </dl>
      )}
    </section>
  );
}

interface UseProps {
  name: string;
  use: Use;
  words: string;
  /** That all executors are at work is no trouble; memory or disk that runs out is. */
  runsOut: boolean;
  /** What is to be said below. */
  children?: React.ReactNode;
}

/** One use. */
function UseRow({ name, use, words, runsOut, children }: UseProps): JSX.Element {
  const part = use.booked ? Math.min(1, use.used / use.booked) : 0;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span>{words}</span>
        {use.booked > 0 && (
          <div
            className={`ag-meter ${runsOut && part > NEARLY_FULL ? 'ag-full-use' : ''}`}
            aria-hidden="true"
          >
            <i style={{ width: `${part * 100}%` }} />
          </div>
        )}
        {children}
      </dd>
    </div>
  );
}

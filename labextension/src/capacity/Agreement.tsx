/** What on the clusters does not agree with what is on record, and the way to make it agree. */
import * as React from 'react';
import { Button, Confirm, Skeleton } from '../calendar/parts';
import { list, plain } from '../calendar/words';
import { Problem } from '../site/http';
import { Failed, Said, Site, useLoaded } from '../site/parts';
import type { Audit, Finding, NodeRows } from '../wire';
import { findingsWords } from './words';

/** What each kind of finding is, in a word. */
const KINDS: Record<Finding['kind'], string> = {
  pod: 'pod',
  session: 'session',
  volume: 'disk',
  namespace: 'namespace',
  size: 'session'
};

interface AgreementProps {
  site: Site;
  now: number;
  /** What was read of the nodes; nothing for who may not see it. */
  read: NodeRows | null;
}

/** The card, where nodes are followed. */
export function Agreement({ site, now, read }: AgreementProps): JSX.Element | null {
  return read && read.every > 0 ? <Compared {...{ site, now }} /> : null;
}

function Compared({ site, now }: { site: Site; now: number }): JSX.Element {
  const { data, problem, again } = useLoaded('audit', () => site.http.post<Audit>('nodes/audit', {}));
  const [said, setSaid] = React.useState('');
  const found = data?.findings ?? [];
  const looked = async () => {
    setSaid('');
    await again();
  };
  return (
    <section className="ag-card" aria-label="What runs">
      <div className="ag-row ag-head">
        <div className="ag-grow">
          <h2>What runs, and what is on record</h2>
          {data && (
            <p>
              {found.length ? `${findingsWords(found)}.` : 'They agree.'} Looked at{' '}
              {plain(data.at, now, site.tz)}.
            </p>
          )}
        </div>
        {data && <Button onClick={() => void looked()}>Look again</Button>}
      </div>
      {problem && <Failed problem={problem} again={again} />}
      {!data && !problem && <Skeleton lines={2} label="Comparing" />}
      {found.length > 0 && (
        <ul className="ag-list">
          {found.map(one => (
            <li key={`${one.kind} ${one.name}`}>
              <span className="ag-grow">
                <b>{one.account || one.name}</b> {one.message}
              </span>
              <span className="ag-muted">
                {KINDS[one.kind]} {one.name}
              </span>
            </li>
          ))}
        </ul>
      )}
      <Repair site={site} found={found} onDone={words => void again().then(() => setSaid(words))} />
      <Said words={said} />
    </section>
  );
}

/** Makes them agree, after a question that says what is lost. */
function Repair(props: {
  site: Site;
  found: Finding[];
  onDone: (words: string) => void;
}): JSX.Element | null {
  const { site, onDone } = props;
  const [asking, setAsking] = React.useState(false);
  const [problem, setProblem] = React.useState('');
  // To what asks for more than is booked, nothing is done.
  const found = props.found.filter(one => one.kind !== 'size');
  if (found.length === 0) {
    return null;
  }
  const repair = async () => {
    try {
      const { findings } = await site.http.post<Audit>('nodes/audit', { repair: true });
      onDone(`${findings.filter(one => one.repaired).length} of ${findings.length} made to agree.`);
    } catch (error) {
      setProblem(list([(error as Problem).message, (error as Problem).help].filter(Boolean)));
    }
  };
  return (
    <>
      {problem && (
        <p className="ag-wrong" role="alert">
          {problem}
        </p>
      )}
      <div className="ag-last-act">
        <Button kind="danger" onClick={() => setAsking(true)}>
          Make them agree…
        </Button>
      </div>
      {asking && (
        <Confirm
          title="Make them agree?"
          act="Make them agree"
          keep="Leave it"
          onAct={() => void repair()}
          onClose={() => setAsking(false)}
        >
          <Lost found={found} />
        </Confirm>
      )}
    </>
  );
}

/** What is done to each. */
function Lost({ found }: { found: Finding[] }): JSX.Element {
  return (
    <ul className="ag-list">
      {found.map(one => (
        <li key={`${one.kind} ${one.name}`}>
          <span className="ag-grow">
            <b>
              {KINDS[one.kind]} {one.name}
            </b>{' '}
            {one.help}
          </span>
        </li>
      ))}
    </ul>
  );
}

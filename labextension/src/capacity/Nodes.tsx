/** What Kubernetes says of a cluster: why nothing more is booked on it, whose bookings need more, and its nodes. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { list, plain } from '../calendar/words';
import { amountsShort } from '../site/amounts';
import type { Problem } from '../site/http';
import type { Site } from '../site/parts';
import type { Booking, Cluster, Node, NodeRows } from '../wire';
import { HitQuestion, bookingsWords } from './hit';

/** What a node's state means, in words. */
const STATES: Record<Node['state'], string> = {
  ready: 'ready',
  cordoned: 'cordoned: gives what sessions on it still have',
  away: 'not ready',
  tainted: 'gives nothing: its taint keeps sessions off',
  misnamed: 'gives nothing: its pool can’t be a cluster’s name'
};

/** `2 ready, 1 cordoned` */
export function statesWords(nodes: Node[]): string {
  const states = nodes.map(node => (node.state === 'away' ? 'not ready' : node.state));
  return [...new Set(states)].map(name => `${states.filter(one => one === name).length} ${name}`).join(', ');
}

interface NodesProps {
  site: Site;
  now: number;
  cluster: Cluster;
  /** All that was read; nothing for who may not see it, and where no nodes are followed. */
  read: NodeRows | null;
  onDone: (words: string) => void;
}

/** The part of a cluster's card. */
export function Nodes(props: NodesProps): JSX.Element | null {
  const { site, now, cluster, read } = props;
  const pool = read?.clusters.find(row => row.cluster === cluster.name);
  const nodes = read?.nodes.filter(node => node.cluster === cluster.name) ?? [];
  return (
    <>
      {cluster.unverified && (
        <section className="ag-hit ag-hit-some" aria-label="Nothing more is booked">
          <h3>
            <b>Nothing more is booked here for now</b>, since {plain(cluster.unverified, now, site.tz)}.
          </h3>
          <p>What is booked stays. It goes on by itself as soon as that is over.</p>
          {pool && pool.hit.length > 0 && <Cancel {...props} hit={pool.hit} />}
        </section>
      )}
      {pool && (
        <details className="ag-nodes">
          <summary>
            {nodes.length === 1 ? '1 node' : `${nodes.length} nodes`}
            {nodes.length > 0 && `: ${statesWords(nodes)}`} · {nodes.length === 1 ? 'gives' : 'give'}{' '}
            {amountsShort(pool.gives)}
          </summary>
          <ul className="ag-list">
            {nodes.map(node => (
              <li key={node.name}>
                <span className="ag-grow">
                  <b>{node.name}</b> {STATES[node.state]}
                </span>
                <em>{amountsShort(node.resources)}</em>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** The bookings that need more than there is, and the way to cancel them. */
function Cancel(props: NodesProps & { hit: Booking[] }): JSX.Element {
  const { site, now, cluster, hit, onDone } = props;
  const [asking, setAsking] = React.useState(false);
  const [busy, setBusy] = React.useState(false);
  const [problem, setProblem] = React.useState('');
  const cancel = async () => {
    setBusy(true);
    try {
      await site.http.post('nodes/read', { apply: true, cluster: cluster.name, hit: 'cancel' });
      onDone(`${cluster.name}: ${bookingsWords(hit.length)} cancelled.`);
    } catch (error) {
      setProblem(list([(error as Problem).message, (error as Problem).help].filter(Boolean)));
    }
    setBusy(false);
  };
  if (!asking) {
    return (
      <div className="ag-row">
        <Button onClick={() => setAsking(true)}>Cancel what does not fit…</Button>
      </div>
    );
  }
  return (
    <>
      {problem && (
        <p className="ag-wrong" role="alert">
          {problem}
        </p>
      )}
      <HitQuestion
        {...{ site, now, hit, busy }}
        act="Grant what the nodes give"
        onAct={() => void cancel()}
        onKeep={() => setAsking(false)}
      />
    </>
  );
}

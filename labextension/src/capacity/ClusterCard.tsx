/** A cluster: what it has now, its grants and blackouts over time, and the forms that change them. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { overlaps } from '../calendar/time';
import { RESOURCES, amountsShort } from '../site/amounts';
import type { Site } from '../site/parts';
import type { Cluster, Grant, NodeRows } from '../wire';
import { GrantForm } from './GrantForm';
import { Nodes } from './Nodes';
import { Table, Timeline, View } from './Timeline';
import { countsWords, freshDraft, hasAt, intervalOf, reachInterval } from './words';

interface CardProps {
  site: Site;
  now: number;
  view: View;
  cluster: Cluster;
  /** All of its grants that are known. */
  grants: Grant[];
  /** What was read of all nodes, for who may see it. */
  read: NodeRows | null;
  onDone: (words: string) => void;
  /** What is between its name and its timeline, on the page that is its own. */
  children?: React.ReactNode;
}

type Open = '' | 'grant' | 'blackout';

/** What a cluster has at this moment: `12 cores · 48 GiB now`, `closed now`. */
export function nowWords(grants: Grant[], now: number): string {
  const has = hasAt(grants, now);
  return RESOURCES.some(name => has[name] > 0) ? `${amountsShort(has)} now` : 'closed now';
}

/** The card. */
export function ClusterCard(props: CardProps): JSX.Element {
  const { site, now, view, cluster, grants } = props;
  const [open, setOpen] = React.useState<Open>('');
  const title = React.useId();
  const range = reachInterval(view.day, view.reach, site.tz);
  const shown = grants.filter(grant => overlaps(intervalOf(grant), range));
  const opens = (value: Open, words: string) => (
    <Button aria-expanded={open === value} onClick={() => setOpen(open === value ? '' : value)}>
      {words}
    </Button>
  );
  const done = (words: string) => {
    setOpen('');
    props.onDone(words);
  };
  return (
    <section className="ag-card ag-cluster" aria-labelledby={title}>
      <div className="ag-row ag-head">
        <div className="ag-grow">
          <Name site={site} id={title} name={cluster.name} isPage={props.children !== undefined} />
          <p>
            <b>{nowWords(grants, now)}</b> · {countsWords(cluster)}
          </p>
        </div>
        {site.config.grants && (
          <div className="ag-row">
            {opens('grant', 'Add capacity')}
            {opens('blackout', 'Close for a while')}
          </div>
        )}
      </div>
      <Nodes {...{ site, now, cluster }} read={props.read} onDone={done} />
      {open && (
        <GrantForm
          key={open}
          site={site}
          now={now}
          first={freshDraft(cluster.name, open === 'blackout', now, site.tz)}
          onDone={(_grant, words) => done(`${cluster.name}: ${words}`)}
          onClose={() => setOpen('')}
        />
      )}
      {props.children}
      <Timeline {...{ site, now, view }} grants={shown} />
      <Table {...{ site, now }} grants={shown} name={cluster.name} />
    </section>
  );
}

function Name(props: { site: Site; id: string; name: string; isPage: boolean }): JSX.Element {
  const { site, id, name, isPage } = props;
  return isPage ? (
    <h1 id={id}>{name}</h1>
  ) : (
    <h2 id={id}>
      <a href={site.page('clusters', name)}>{name}</a>
    </h2>
  );
}

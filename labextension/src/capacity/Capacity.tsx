/** The pages of all clusters, and of one. */
import * as React from 'react';
import { Button, Confirm, Skeleton, useNow } from '../calendar/parts';
import { dayOf, iso } from '../calendar/time';
import { Problem } from '../site/http';
import { Failed, Said, Site, useLoaded } from '../site/parts';
import type { Cluster, ClusterRows, Grant, GrantRows, NodeRows } from '../wire';
import { Agreement } from './Agreement';
import { ClusterCard, nowWords } from './ClusterCard';
import { ClusterForm } from './ClusterForm';
import { Turn, View } from './Timeline';
import { reachInterval } from './words';

// Grants that are read at most: more than that in a year is not looked at one by one.
const MOST = 2000;

interface Known {
  clusters: Cluster[];
  grants: Grant[];
  /** What was read of the nodes, for who may see it. */
  read: NodeRows | null;
}

async function load(site: Site, view: View, name?: string): Promise<Known> {
  const range = reachInterval(view.day, view.reach, site.tz);
  const now = site.clock.now();
  const asked = `${iso(Math.min(range.start, now))},${iso(Math.max(range.end, now + 1000))}`;
  const query: Record<string, string> = { range: asked, limit: '500', ...(name ? { cluster: name } : {}) };
  const [clusters, first, read] = await Promise.all([
    name
      ? site.http.get<Cluster>(`clusters/${encodeURIComponent(name)}`).then(one => [one])
      : site.http.get<ClusterRows>('clusters/select').then(page => page.rows),
    site.http.get<GrantRows>('resources/select', query),
    site.config.grants ? site.http.get<NodeRows>('nodes/select') : null
  ]);
  const grants = first.rows;
  for (let next = first.next; next && grants.length < MOST;) {
    const after = new URLSearchParams(next.split('?')[1]).get('after') ?? '';
    const page = await site.http.get<GrantRows>('resources/select', { ...query, after });
    grants.push(...page.rows);
    next = page.next;
  }
  return { clusters, grants, read };
}

function useCapacity(site: Site, name?: string) {
  const [view, setView] = React.useState<View>(() => ({
    day: dayOf(site.clock.now(), site.tz),
    reach: 'quarter'
  }));
  const [said, setSaid] = React.useState('');
  const loaded = useLoaded(`${view.day} ${view.reach}`, () => load(site, view, name));
  const [latest, setLatest] = React.useState<Known | null>(null);
  React.useEffect(() => {
    if (loaded.data) {
      setLatest(loaded.data);
    }
  }, [loaded.data]);
  const now = useNow(site.clock);
  const done = (words: string) => {
    setSaid(words);
    void loaded.again();
  };
  return { view, setView, said, done, problem: loaded.problem, again: loaded.again, now, data: latest };
}

/** The page of all clusters. */
export function Capacity({ site }: { site: Site }): JSX.Element {
  const { view, setView, said, done, problem, again, now, data } = useCapacity(site);
  const [making, setMaking] = React.useState(false);
  return (
    <>
      <section className="ag-card" aria-label="Capacity">
        <div className="ag-row ag-head">
          <div className="ag-grow">
            <h1>Capacity</h1>
            <p>{data ? overall(data, now, site) : 'What there is to be booked, and when it is closed.'}</p>
          </div>
          {site.config.grants && (
            <Button aria-expanded={making} onClick={() => setMaking(!making)}>
              New cluster
            </Button>
          )}
        </div>
        {making && (
          <ClusterForm
            site={site}
            onDone={made => window.location.assign(site.page('clusters', made.name))}
            onClose={() => setMaking(false)}
          />
        )}
        <Turn {...{ site, now, view }} onTurn={setView} />
        <Key />
      </section>
      {problem && <Failed problem={problem} again={again} />}
      {!data && !problem && <Skeleton lines={6} label="Loading capacity" />}
      {data?.clusters.map(cluster => (
        <ClusterCard
          key={cluster.name}
          {...{ site, now, view, cluster }}
          read={data.read}
          grants={data.grants.filter(grant => grant.cluster === cluster.name)}
          onDone={done}
        />
      ))}
      {data?.clusters.length === 0 && <None site={site} />}
      <Agreement {...{ site, now }} read={data?.read ?? null} />
      <Said words={said} />
    </>
  );
}

function None({ site }: { site: Site }): JSX.Element {
  return (
    <section className="ag-card" aria-label="No clusters">
      <p className="ag-empty">
        There is no cluster yet, so nothing can be booked.{' '}
        {site.config.grants ? 'Make one above, then add capacity to it.' : 'An admin can make one.'}
      </p>
    </section>
  );
}

function overall(data: Known, now: number, site: Site): string {
  const of = (name: string) => data.grants.filter(grant => grant.cluster === name);
  const words = data.clusters.slice(0, 3).map(({ name }) => `${name}: ${nowWords(of(name), now)}`);
  const more = data.clusters.length > 3 ? ` and ${data.clusters.length - 3} more` : '';
  return `${words.join('; ')}${more}${words.length ? '.' : ''}${site.config.grants ? '' : ' Admins change it.'}`;
}

function Key(): JSX.Element {
  return (
    <div className="ag-key" aria-hidden="true">
      <span>
        <i className="ag-mark ag-gives" /> capacity
      </span>
      <span>
        <i className="ag-mark ag-takes" /> taken away, or closed
      </span>
      <span>
        <i className="ag-mark ag-now-line" /> now
      </span>
    </div>
  );
}

/** The page of one cluster, with its editor. */
export function ClusterPage({ site, name }: { site: Site; name: string }): JSX.Element {
  const { view, setView, said, done, problem, again, now, data } = useCapacity(site, name);
  const cluster = data?.clusters[0];
  if (!cluster) {
    return (
      <>
        <Crumbs site={site} />
        {problem ? (
          <Failed whole problem={problem} again={again}>
            <p>It may have been removed, or the address is mistyped.</p>
          </Failed>
        ) : (
          <Skeleton lines={6} label="Loading the cluster" />
        )}
      </>
    );
  }
  return (
    <>
      <Crumbs site={site} />
      {problem && <Failed problem={problem} again={again} />}
      <ClusterCard {...{ site, now, view, cluster }} read={data.read} grants={data.grants} onDone={done}>
        <Turn {...{ site, now, view }} onTurn={setView} />
      </ClusterCard>
      {site.config.grants && (
        <section className="ag-card" aria-label="How it counts">
          <h2>How it counts</h2>
          <p>From now on: bookings that are there keep what they have.</p>
          <ClusterForm site={site} of={cluster} onDone={() => done('Saved.')} />
          <Remove site={site} name={name} />
        </section>
      )}
      <Said words={said} />
    </>
  );
}

/** The way back to all clusters. */
export function Crumbs({ site, cluster }: { site: Site; cluster?: string }): JSX.Element {
  return (
    <nav className="ag-crumbs" aria-label="Where you are">
      <a href={site.page('capacity')}>‹ All capacity</a>
      {cluster && (
        <>
          {' '}
          / <a href={site.page('clusters', cluster)}>{cluster}</a>
        </>
      )}
    </nav>
  );
}

function Remove({ site, name }: { site: Site; name: string }): JSX.Element {
  const [asking, setAsking] = React.useState(false);
  const [problem, setProblem] = React.useState<Problem | null>(null);
  const remove = async () => {
    try {
      await site.http.remove(`clusters/${encodeURIComponent(name)}`);
      window.location.assign(site.page('capacity'));
    } catch (error) {
      setProblem(error as Problem);
    }
  };
  return (
    <div className="ag-last-act">
      {problem && (
        <p className="ag-wrong" role="alert">
          {problem.message} {problem.help}
        </p>
      )}
      <Button kind="danger" onClick={() => setAsking(true)}>
        Remove this cluster…
      </Button>
      {asking && (
        <Confirm
          title={`Remove ${name}?`}
          act="Remove cluster"
          keep="Keep it"
          onAct={() => void remove()}
          onClose={() => setAsking(false)}
        >
          <p>
            Its name and how it counts are gone. A cluster with grants or bookings on record stays, so nothing
            that was promised is lost.
          </p>
        </Confirm>
      )}
    </div>
  );
}

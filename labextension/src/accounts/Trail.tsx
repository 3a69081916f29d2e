/** Who changed what of an account, the latest first. */
import * as React from 'react';
import { Skeleton } from '../calendar/parts';
import { moment } from '../calendar/words';
import { Failed, Site, useLoaded } from '../site/parts';
import type { Account, AccountChange, AccountChangeRows } from '../wire';
import { More, useMore } from './parts';
import { byWords, changeLines } from './words';

const LIMIT = '20';

interface TrailProps {
  site: Site;
  now: number;
  account: Account;
}

/** The section. */
export function Trail(props: TrailProps): JSX.Element {
  const { site, account } = props;
  const path = `accounts/${encodeURIComponent(account.name)}/changes`;
  const { data, problem, again } = useLoaded(`${path} ${account.version} ${account.suspended}`, () =>
    site.http.get<AccountChangeRows>(path, { limit: LIMIT })
  );
  return (
    <section className="ag-card" aria-label="Changes">
      <h2>Changes</h2>
      {problem && <Failed problem={problem} again={again} />}
      {!data && !problem && <Skeleton lines={3} label="Loading the changes" />}
      {data && <Rows {...props} path={path} first={data} />}
    </section>
  );
}

function Rows(props: TrailProps & { path: string; first: AccountChangeRows }): JSX.Element {
  const { site, now, path, first } = props;
  const { rows, ...more } = useMore<AccountChange>(site, path, { limit: LIMIT }, first);
  if (!rows.length) {
    return <p className="ag-empty">Nobody has changed anything yet. What is changed from now on is here.</p>;
  }
  return (
    <>
      <ul className="ag-list ag-trail">
        {rows.map(change => (
          <li key={change.id}>
            <span className="ag-grow">
              <b>{change.what}</b>
              {changeLines(change, now, site.tz).map(line => (
                <span key={line} className="ag-line">
                  {line}
                </span>
              ))}
              {change.note && <em>“{change.note}”</em>}
            </span>
            <span className="ag-when ag-muted">
              {byWords(change, site.config.user)} · {moment(Date.parse(change.at), now, site.tz)}
            </span>
          </li>
        ))}
      </ul>
      <More {...more} label="Show older ones" />
    </>
  );
}

/** What the accounts of each level may have, and what the viewer may. */
import * as React from 'react';
import { Skeleton, useNow } from '../calendar/parts';
import { Failed, Site, useLoaded } from '../site/parts';
import type { Account, Allowance, Policy, Space } from '../wire';
import { Sections } from './parts';
import { SPACES, expiresWords, keptWords, lastingWords, levelWords, limitWords, spaceWords } from './words';

interface Known {
  policy: Policy;
  /** The viewer's account, where the services have one. */
  account: Account | null;
}

async function load(site: Site): Promise<Known> {
  const [policy, account] = await Promise.all([
    site.http.get<Policy>('policy'),
    site.http.get<Account>(`accounts/${encodeURIComponent(site.config.user)}`).catch(() => null)
  ]);
  return { policy, account };
}

/** The page. */
export function PolicyPage({ site }: { site: Site }): JSX.Element {
  const { data, problem, again } = useLoaded('policy', () => load(site));
  return (
    <>
      {site.config.account.runs ? (
        <Sections site={site} here="policy" />
      ) : (
        <nav className="ag-crumbs" aria-label="Where you are">
          <a href={site.page('account')}>‹ Your account</a>
        </nav>
      )}
      {problem && <Failed whole={!data} problem={problem} again={again} />}
      {!data && !problem && <Skeleton lines={6} label="Loading what you may have" />}
      {data && <Yours site={site} {...data} />}
      {data && <Levels {...data} />}
    </>
  );
}

function Yours({ site, account }: Known & { site: Site }): JSX.Element | null {
  const now = useNow(site.clock);
  if (!account) {
    return <h1 className="ag-hidden">What you may have</h1>;
  }
  return (
    <section className="ag-card ag-told" aria-label="What you may have">
      <h1>What you may have</h1>
      <p>
        You are a{account.level > 1 ? 't' : ''} {levelWords(account.level)}
        {account.attributes && ', and some of this an admin has set for you alone'}.
        {account.expires && ` Your account ends: ${expiresWords(account.expires, now, site.tz)}.`}
      </p>
      <ul className="ag-list">
        {SPACES.map(name => (
          <li key={name}>
            <b>{spaceWords(name)}</b>
            <span className="ag-grow">{spaceLine(account.allowance[name])}</span>
          </li>
        ))}
      </ul>
      <p>
        A lab is <b>{account.package}</b> where nothing else is chosen.
      </p>
    </section>
  );
}

function spaceLine(space: Space): string {
  return [limitWords(space), keptWords(space)].filter(Boolean).join('; ');
}

function Levels({ policy, account }: Known): JSX.Element {
  const levels = Object.entries(policy.levels)
    .map(([level, allowance]) => [Number(level), allowance] as const)
    .sort(([one], [other]) => one - other);
  const mine = Math.max(...levels.map(([level]) => level).filter(level => account && level <= account.level));
  return (
    <section className="ag-card" aria-label="Levels">
      <h2>Level by level</h2>
      <p>An admin gives higher levels, and can set more for one account.</p>
      <table className="ag-people ag-policy" aria-label="Levels">
        <thead>
          <tr>
            {['Level', 'Lab', 'Account', ...SPACES.map(spaceWords)].map(words => (
              <th key={words} scope="col">
                {words}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {levels.map(([level, allowance]) => (
            <Level
              key={level}
              level={level}
              allowance={allowance}
              mine={level === mine}
              last={level === levels[levels.length - 1][0]}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Level(props: { level: number; allowance: Allowance; mine: boolean; last: boolean }): JSX.Element {
  const { level, allowance, mine, last } = props;
  return (
    <tr className={mine ? 'ag-mine-row' : ''} aria-current={mine ? 'true' : undefined}>
      <th scope="row">
        {levelWords(level)}
        {last && ' and higher'}
        {mine && <span className="ag-tag">this is you</span>}
      </th>
      <td data-label="Lab">{allowance.package}</td>
      <td data-label="Account">
        {allowance.lasts ? `ends after ${lastingWords(allowance.lasts)}` : 'does not end'}
      </td>
      {SPACES.map(name => (
        <td key={name} data-label={spaceWords(name)}>
          <span>
            {limitWords(allowance[name])}
            <span className="ag-line">{keptWords(allowance[name])}</span>
          </span>
        </td>
      ))}
    </tr>
  );
}

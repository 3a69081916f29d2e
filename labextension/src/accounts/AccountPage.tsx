/** The page of one account: who it is, what it has and will have, its editor, and who changed what. */
import * as React from 'react';
import { Skeleton, useNow } from '../calendar/parts';
import { spansOf, spansWords } from '../calendar/spans';
import { iso } from '../calendar/time';
import { length, list, memory, moment, timeLeft } from '../calendar/words';
import { Problem } from '../site/http';
import { Failed, Said, Site, useLoaded } from '../site/parts';
import type {
  Account,
  Booking,
  BookingRows,
  Holdings,
  KeyRows,
  Policy,
  Space,
  Storage,
  Usage
} from '../wire';
import { Acts } from './Acts';
import { Settings } from './Settings';
import { Trail } from './Trail';
import { Standing } from './parts';
import {
  SPACES,
  countWords,
  expiresWords,
  levelWords,
  limitWords,
  seenWords,
  spaceWords,
  wayWords
} from './words';

const MIB = 1024 ** 2;
const YEAR = 366 * 86_400_000;

/** Everything that the page shows of an account. */
export interface Known {
  account: Account;
  holdings: Holdings;
  policy: Policy;
  bookings: Booking[];
  keys: KeyRows['rows'];
  /** What is in its spaces; null for whoever may not know. */
  storage: Storage | null;
}

/** What the sections of the page are given. */
export interface SectionProps extends Known {
  site: Site;
  now: number;
  /** Something was done: say so, and load anew. */
  onDone: (words: string) => void;
}

async function load(site: Site, name: string): Promise<Known> {
  const own = `accounts/${encodeURIComponent(name)}`;
  const now = site.clock.now();
  const range = `${iso(now - (now % 1000))},${iso(now - (now % 1000) + YEAR)}`;
  const [account, holdings, policy, booked, keys, storage] = await Promise.all([
    site.http.get<Account>(own),
    site.http.get<Holdings>(`${own}/holdings`),
    site.http.get<Policy>('policy'),
    site.http.get<BookingRows>('bookings/select', { range, account: name, limit: '50' }).catch(notYours),
    site.http.get<KeyRows>(`${own}/keys`).catch(notYours),
    site.http.get<Storage>(`storage/${encodeURIComponent(name)}`).catch(notYours)
  ]);
  const over = ['COMPLETED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'FAILED', 'OFFERED', 'INITIAL'];
  const bookings = (booked?.rows ?? []).filter(one => !over.includes(one.phase));
  return { account, holdings, policy, bookings, keys: keys?.rows ?? [], storage };
}

// A helpdesk may run accounts without seeing all that they have.
function notYours(error: unknown): null {
  if (error instanceof Problem && error.status === 403) {
    return null;
  }
  throw error;
}

/** The page. */
export function AccountPage({ site, name }: { site: Site; name: string }): JSX.Element {
  const { data, problem, again } = useLoaded(name, () => load(site, name));
  const [said, setSaid] = React.useState('');
  const now = useNow(site.clock);
  const crumbs = (
    <nav className="ag-crumbs" aria-label="Where you are">
      <a href={site.page('accounts')}>‹ All accounts</a>
    </nav>
  );
  if (!data) {
    return (
      <>
        {crumbs}
        {problem ? (
          <Failed whole problem={problem} again={again}>
            <p>It may have been deleted, or the address is mistyped.</p>
          </Failed>
        ) : (
          <Skeleton lines={6} label="Loading the account" />
        )}
      </>
    );
  }
  const done = (words: string) => {
    setSaid(words);
    void again();
  };
  const section = { site, now, ...data, onDone: done };
  return (
    <>
      {crumbs}
      {problem && <Failed problem={problem} again={again} />}
      <Who {...section} />
      <div className="ag-two">
        <Has {...section} />
        <Spaces {...section} />
      </div>
      <Ways {...section} />
      <Settings key={data.account.version} {...section} />
      <Trail site={site} now={now} account={data.account} />
      <Said words={said} />
    </>
  );
}

function Who(props: SectionProps): JSX.Element {
  const { site, account, now } = props;
  const { tz } = site;
  const mail = account.identities.find(one => one.email)?.email;
  const facts = [
    account.affiliation,
    mail,
    `here since ${moment(Date.parse(account.created), now, tz)}`,
    `last seen: ${seenWords(account, now, tz)}`
  ];
  return (
    <section
      className={account.suspended ? 'ag-card ag-who ag-who-out' : 'ag-card ag-who'}
      aria-label="Who this is"
    >
      <div className="ag-row ag-head">
        <div className="ag-grow">
          <h1>
            <bdi>{account.display}</bdi>
          </h1>
          <p className="ag-row ag-standing">
            {account.display !== account.name && <b>{account.name}</b>}
            <span>{levelWords(account.level)}</span>
            {account.admin && <span className="ag-tag">admin</span>}
            <Standing account={account} now={now} />
          </p>
        </div>
        <Acts {...props} />
      </div>
      {account.suspended && (
        <p className="ag-telling">
          Suspended {moment(Date.parse(account.suspended), now, tz)}
          {account.reason && `: ${account.reason}`}
        </p>
      )}
      <p>{facts.filter(Boolean).join(' · ')}</p>
      {account.expires && (
        <p>
          {Date.parse(account.expires) > now ? 'Ends ' : 'It '}
          {expiresWords(account.expires, now, tz)}
        </p>
      )}
    </section>
  );
}

function Has({ site, holdings, bookings, now }: SectionProps): JSX.Element {
  const current = bookings.find(one => Date.parse(one.start) <= now && now < Date.parse(one.end));
  const ahead = bookings.filter(one => one !== current);
  return (
    <section className="ag-card" aria-label="What they have">
      <h2>Now and next</h2>
      {current ? (
        <p className="ag-telling">
          <b>{current.package ?? 'A booking'}</b>, until {moment(Date.parse(current.end), now, site.tz)}{' '}
          <span className="ag-muted">
            {holdings.server ? 'its lab runs' : 'no lab runs'} · {timeLeft(Date.parse(current.end) - now)}
          </span>
        </p>
      ) : (
        <p>{holdings.server ? 'A lab runs.' : 'Nothing now: no lab runs.'}</p>
      )}
      {ahead.length ? (
        <ul className="ag-list" aria-label="Bookings ahead">
          {ahead.map(one => (
            <li key={one.id}>
              <span className="ag-dot" aria-hidden="true" />
              <a href={site.page('bookings', one.id)}>{one.package ?? 'booking'}</a>
              <span className="ag-grow">{spansWords(spansOf(one), now, site.tz)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p>No {current ? 'others' : 'bookings'} ahead.</p>
      )}
    </section>
  );
}

function Spaces({ site, account, storage, now }: SectionProps): JSX.Element {
  const measured = storage?.measured ?? null;
  return (
    <section className="ag-card" aria-label="Space">
      <h2>Space</h2>
      {SPACES.map(name => (
        <SpaceBar
          key={name}
          name={name}
          limit={account.allowance[name]}
          used={measured ? storage?.spaces[name] : undefined}
        />
      ))}
      <p>
        {measured
          ? `Measured ${moment(Date.parse(measured), now, site.tz)}.`
          : 'Nothing was measured yet: that is done while a lab runs.'}
      </p>
    </section>
  );
}

function SpaceBar(props: { name: string; limit: Space; used: Usage | undefined }): JSX.Element {
  const { name, limit, used } = props;
  const part = (is: number, of: number | null | undefined) => (of ? is / of : of === 0 && is ? 1 : 0);
  const share = used
    ? Math.min(1, Math.max(part(used.size / MIB, limit.size), part(used.files, limit.files)))
    : 0;
  const fill = used?.full ? 'ag-space-full' : used?.near ? 'ag-space-near' : '';
  const words = used ? `${countWords(used.files, 'file')}, ${memory(Math.ceil(used.size / MIB))}` : '';
  return (
    <div className="ag-space">
      <p>
        <b>{spaceWords(name)}</b>
        <span>
          {words ? `${words} of ` : 'may hold '}
          {limitWords(limit)}
        </span>
      </p>
      <div className={`ag-meter ${fill}`} aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}

function Ways({ site, account, holdings, keys, now }: SectionProps): JSX.Element {
  const identities = account.identities;
  const groups = holdings.groups;
  return (
    <section className="ag-card" aria-label="Ways in, keys and groups">
      <h2>Ways in</h2>
      {identities.length ? (
        <ul className="ag-list ag-ways">
          {identities.map(one => (
            <li key={one.id}>
              <b>{wayWords(one.kind)}</b>
              <span className="ag-grow">{one.label || one.email || 'as its provider knows them'}</span>
              <em>
                {one.verified ? `proven ${moment(Date.parse(one.verified), now, site.tz)}` : 'not proven'}
              </em>
            </li>
          ))}
        </ul>
      ) : (
        <p>None but the browser that it was opened in, and login links.</p>
      )}
      {keys.length > 0 && (
        <>
          <h2>Keys</h2>
          <ul className="ag-list ag-ways">
            {keys.map(one => (
              <li key={one.id}>
                <b>{one.name}</b>
                <code className="ag-grow">{one.fingerprint}</code>
                <em>{one.used ? `used ${length(now - Date.parse(one.used))} ago` : 'never used'}</em>
              </li>
            ))}
          </ul>
        </>
      )}
      {groups.length > 0 && (
        <p>
          Groups: {list(groups)}
          {holdings.alone.length > 0 && `; the only owner of ${list(holdings.alone)}`}.
        </p>
      )}
    </section>
  );
}

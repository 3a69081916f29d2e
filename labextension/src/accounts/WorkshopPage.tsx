/** The page of one workshop: how it stands, its accounts, who has come, and who has a lab now. */
import * as React from 'react';
import { Button, Skeleton, useNow } from '../calendar/parts';
import { moment } from '../calendar/words';
import { Failed, Said, Site, useLoaded } from '../site/parts';
import type { Workshop, WorkshopAccount, WorkshopAccountRows, WorkshopCards } from '../wire';
import { Cards } from './Cards';
import { NewLinks, WorkshopActs } from './WorkshopActs';
import { Sections } from './parts';
import { levelWords, seenWords } from './words';
import { WorkshopState } from './workshopParts';
import {
  Shown,
  isOver,
  accountsWords,
  apartWords,
  cardWords,
  isWayIn,
  shownOf,
  thenWords
} from './workshopWords';

const SHOWN: [Shown, string][] = [
  ['', 'Everybody'],
  ['absent', 'Not come yet'],
  ['lab', 'With a lab now']
];

/** What the sections of the page are given. */
export interface WorkshopProps {
  site: Site;
  now: number;
  workshop: Workshop;
  accounts: WorkshopAccount[];
  /** Something was done: say so, and load anew. */
  onDone: (words: string) => void;
  /** There are links to show. */
  onMade: (made: WorkshopCards) => void;
}

async function load(site: Site, name: string) {
  const own = `workshops/${encodeURIComponent(name)}`;
  const [workshop, accounts] = await Promise.all([
    site.http.get<Workshop>(own),
    site.http.get<WorkshopAccountRows>(`${own}/accounts`)
  ]);
  return { workshop, accounts: accounts.rows };
}

/** The page. */
export function WorkshopPage({ site, name }: { site: Site; name: string }): JSX.Element {
  const { data, problem, again } = useLoaded(name, () => load(site, name));
  const [said, setSaid] = React.useState('');
  const [made, setMade] = React.useState<WorkshopCards | null>(null);
  const now = useNow(site.clock);
  const done = (words: string) => {
    setSaid(words);
    void again();
  };
  if (made) {
    const back = () => {
      setMade(null);
      done('');
    };
    return <Cards site={site} made={made} onDone={back} />;
  }
  const section = data && { site, now, ...data, onDone: done, onMade: setMade };
  return (
    <>
      <Sections site={site} here="workshops" />
      <nav className="ag-crumbs" aria-label="Where you are">
        <a href={site.page('workshops')}>‹ All workshops</a>
      </nav>
      {problem && (
        <Failed whole={!data} problem={problem} again={again}>
          <p>It may be long over, or the address is mistyped.</p>
        </Failed>
      )}
      {!data && !problem && <Skeleton lines={6} label="Loading the workshop" />}
      {section && <What {...section} />}
      {section && <Accounts key={section.workshop.name} {...section} />}
      <Said words={said} />
    </>
  );
}

function What(props: WorkshopProps): JSX.Element {
  const { site, workshop, now } = props;
  const until = Date.parse(workshop.until);
  const opened = `opened ${moment(Date.parse(workshop.created), now, site.tz)}`;
  const facts = [
    accountsWords(workshop),
    `${workshop.come} ${workshop.come === 1 ? 'has' : 'have'} come`,
    `level: ${levelWords(workshop.level)}`,
    workshop.by ? `${opened} by ${workshop.by}` : opened
  ];
  const then = workshop.erase
    ? 'Then everything of its accounts is deleted.'
    : 'Then nobody gets in, and files are kept.';
  return (
    <section className="ag-card ag-who" aria-label="How it stands">
      <div className="ag-row ag-head">
        <div className="ag-grow">
          <h1>{workshop.name}</h1>
          <p className="ag-row ag-standing">
            <WorkshopState of={workshop} now={now} />
          </p>
        </div>
        <WorkshopActs {...props} />
      </div>
      <p className="ag-telling">
        {!isOver(workshop, now)
          ? `Ends ${moment(until, now, site.tz)}. ${then}`
          : `Was over ${moment(until, now, site.tz)}; ${thenWords(workshop.erase)}.`}
      </p>
      <p>{facts.join(' · ')}</p>
    </section>
  );
}

function Accounts(props: WorkshopProps): JSX.Element {
  const { accounts, workshop, now } = props;
  const [shown, setShown] = React.useState<Shown>('');
  const [ticked, setTicked] = React.useState<string[]>([]);
  const [renewing, setRenewing] = React.useState(false);
  const rows = shownOf(accounts, shown);
  // Who is gone meanwhile, or not shown, is not meant.
  const chosen = rows
    .filter(one => isWayIn(one, now) && ticked.includes(one.account))
    .map(one => one.account);
  if (!accounts.length) {
    return <Nobody over={isOver(workshop, now)} />;
  }
  return (
    <section className="ag-card" aria-label="Accounts">
      <div className="ag-row ag-head">
        <h2 className="ag-grow">Accounts</h2>
        <div className="ag-row ag-filters">
          <select
            aria-label="Which accounts"
            value={shown}
            onChange={event => setShown(event.target.value as Shown)}
          >
            {SHOWN.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
          <Button disabled={!chosen.length} onClick={() => setRenewing(true)}>
            {chosen.length ? `New links for ${chosen.length}…` : 'New links…'}
          </Button>
        </div>
      </div>
      {rows.length ? (
        <People {...props} rows={rows} chosen={chosen} onChoose={setTicked} />
      ) : (
        <p className="ag-empty">{shown === 'lab' ? 'Nobody has a lab now.' : 'Everybody has come.'}</p>
      )}
      {renewing && <NewLinks {...props} names={chosen} onClose={() => setRenewing(false)} />}
    </section>
  );
}

function Nobody({ over }: { over: boolean }): JSX.Element {
  return (
    <section className="ag-card" aria-label="Accounts">
      <h2>Accounts</h2>
      <p className="ag-empty">
        {over ? 'Nothing is left of it.' : 'All its accounts are gone. Add some above.'}
      </p>
    </section>
  );
}

function People(
  props: WorkshopProps & {
    rows: WorkshopAccount[];
    chosen: string[];
    onChoose: (names: string[]) => void;
  }
): JSX.Element {
  const { rows, chosen, onChoose, now } = props;
  const choosable = rows.filter(one => isWayIn(one, now)).map(one => one.account);
  const tick = (name: string) =>
    onChoose(chosen.includes(name) ? chosen.filter(one => one !== name) : [...chosen, name]);
  const all = choosable.length > 0 && chosen.length === choosable.length;
  return (
    <table className="ag-people ag-workshop" aria-label="Accounts">
      <thead>
        <tr>
          <th scope="col">Account</th>
          <th scope="col">Card</th>
          <th scope="col">Last seen</th>
          <th scope="col">Lab now</th>
          <th scope="col">
            <span className="ag-hidden">What is different</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {choosable.length > 1 && (
          <tr className="ag-all-row">
            <td colSpan={5}>
              <label className="ag-tick-label">
                <input type="checkbox" checked={all} onChange={() => onChoose(all ? [] : choosable)} />
                Choose all {choosable.length}
              </label>
            </td>
          </tr>
        )}
        {rows.map(one => (
          <Person
            key={one.account}
            {...props}
            of={one}
            tick={choosable.includes(one.account) ? () => tick(one.account) : null}
          />
        ))}
      </tbody>
    </table>
  );
}

function Person(
  props: WorkshopProps & { of: WorkshopAccount; chosen: string[]; tick: (() => void) | null }
): JSX.Element {
  const { site, of, workshop, chosen, tick, now } = props;
  return (
    <tr className={tick ? '' : 'ag-gone'}>
      <th scope="row">
        <span className="ag-tick-name">
          <input
            type="checkbox"
            aria-label={`Choose ${of.account}`}
            disabled={!tick}
            checked={chosen.includes(of.account)}
            onChange={() => tick?.()}
          />
          <a href={site.page('accounts', of.account)}>{of.account}</a>
        </span>
      </th>
      <td data-label="Card">{cardWords(of, now, site.tz)}</td>
      <td data-label="Last seen">{seenWords(of, now, site.tz)}</td>
      <td data-label="Lab now">{typeof of.lab === 'boolean' ? (of.lab ? 'yes' : 'no') : 'not known'}</td>
      <td data-label="Also">{apartWords(of, workshop, now, site.tz)}</td>
    </tr>
  );
}

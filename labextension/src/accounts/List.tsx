/** Everyone's accounts: looked for as one types, filtered and sorted. The address says what is chosen. */
import * as React from 'react';
import { Button, Skeleton, useNow } from '../calendar/parts';
import { memory } from '../calendar/words';
import { Failed, Site, useLoaded } from '../site/parts';
import type { Account, AccountRows, StorageRow, StorageRows } from '../wire';
import { Invite } from './Invite';
import { More, Sections, Standing, useMore } from './parts';
import { countWords, expiresWords, levelWords, seenWords, stateOf, waysWords } from './words';

const LIMIT = '50';
// How long somebody pauses in typing before the list is asked for, in milliseconds.
const PAUSE = 250;

const CHOICES = {
  level: [
    ['', 'Every level'],
    ['0', 'Visitors'],
    ['1', 'Members'],
    ['2', 'Level 2'],
    ['3', 'Level 3']
  ],
  state: [
    ['', 'Every state'],
    ['active', 'Active'],
    ['visitor', 'Visitors'],
    ['suspended', 'Suspended'],
    ['ended', 'Ended']
  ],
  sort: [
    ['', 'By name'],
    ['created', 'Newest first'],
    ['last', 'Last seen first'],
    ['level', 'Highest level first']
  ]
} as const;

type Chosen = Record<'q' | keyof typeof CHOICES, string>;

function readAddress(): Chosen {
  const query = new URLSearchParams(window.location.search);
  const known = (name: keyof typeof CHOICES) => {
    const value = query.get(name) ?? '';
    return CHOICES[name].some(([one]) => one === value) ? value : '';
  };
  return { q: query.get('q') ?? '', level: known('level'), state: known('state'), sort: known('sort') };
}

function toQuery(chosen: Chosen): Record<string, string> {
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value));
}

function useChosen() {
  const [chosen, setChosen] = React.useState(readAddress);
  const choose = (next: Chosen) => {
    setChosen(next);
    const search = new URLSearchParams(toQuery(next)).toString();
    window.history.replaceState(null, '', search ? `?${search}` : window.location.pathname);
  };
  return { chosen, choose };
}

/** The page. */
export function List({ site }: { site: Site }): JSX.Element {
  const { chosen, choose } = useChosen();
  const [inviting, setInviting] = React.useState(false);
  const query: Record<string, string> = { ...toQuery(chosen), limit: LIMIT };
  const { data, problem, again } = useLoaded(JSON.stringify(query), () =>
    site.http.get<AccountRows>('accounts/select', { ...query, count: 'true' })
  );
  // What was found for the words before stays until there is something for these.
  const [latest, setLatest] = React.useState<{ rows: AccountRows; query: Record<string, string> } | null>(
    null
  );
  React.useEffect(() => {
    if (data) {
      setLatest({ rows: data, query });
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the query that was asked is that of the answer
  }, [data]);
  const isFiltered = Boolean(chosen.q || chosen.level || chosen.state);
  return (
    <>
      <Sections site={site} here="accounts" />
      <section className="ag-card" aria-label="Accounts" aria-busy={!data && !problem}>
        <div className="ag-row ag-head">
          <div className="ag-grow">
            <h1>Accounts</h1>
            <p role="status">{latest ? totalWords(latest.rows, isFiltered) : 'Everyone who may log in.'}</p>
          </div>
          <Button kind="primary" onClick={() => setInviting(true)}>
            Invite…
          </Button>
          <a className="ag-button" href={site.page('import')}>
            Import
          </a>
          <Export site={site} />
        </div>
        <Filters chosen={chosen} onChoose={choose} />
        {problem && <Failed problem={problem} again={again} />}
        {!latest && !problem && <Skeleton lines={6} label="Loading accounts" />}
        {latest && !problem && (
          <Found
            site={site}
            first={latest.rows}
            query={latest.query}
            onAll={isFiltered ? () => choose(NOTHING) : null}
          />
        )}
      </section>
      {inviting && <Invite site={site} onClose={() => setInviting(false)} />}
    </>
  );
}

const NOTHING: Chosen = { q: '', level: '', state: '', sort: '' };

function totalWords(found: AccountRows, isFiltered: boolean): string {
  const total = typeof found.total === 'number' ? found.total : found.rows.length;
  return isFiltered ? `${countWords(total, 'account')} like this.` : `${countWords(total, 'account')}.`;
}

function Export({ site }: { site: Site }): JSX.Element {
  const link = (format: string) => ({
    href: `${site.config.api}accounts/export?format=${format}`,
    download: `accounts.${format}`
  });
  return (
    <span className="ag-row ag-export">
      Export
      <a {...link('csv')}>CSV</a>
      <a {...link('yaml')}>YAML</a>
    </span>
  );
}

/** What is typed: looked for once somebody pauses. */
function useTyped(chosen: Chosen, onChoose: (chosen: Chosen) => void) {
  const [typed, setTyped] = React.useState(chosen.q);
  const latest = React.useRef(chosen);
  latest.current = chosen;
  React.useEffect(() => setTyped(chosen.q), [chosen.q]);
  React.useEffect(() => {
    if (typed.trim() === latest.current.q) {
      return;
    }
    const timer = setTimeout(() => onChoose({ ...latest.current, q: typed.trim() }), PAUSE);
    return () => clearTimeout(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only typing begins the pause anew
  }, [typed]);
  return [typed, setTyped] as const;
}

function Filters(props: { chosen: Chosen; onChoose: (chosen: Chosen) => void }): JSX.Element {
  const { chosen, onChoose } = props;
  const [typed, setTyped] = useTyped(chosen, onChoose);
  const id = React.useId();
  const step = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      document.querySelector<HTMLElement>('.ag-people tbody a')?.focus();
    } else if (event.key === 'Escape' && typed) {
      event.preventDefault();
      setTyped('');
    }
  };
  return (
    <div className="ag-row ag-filters" role="search">
      <label htmlFor={id} className="ag-hidden">
        Find by name, person, address or affiliation
      </label>
      <input
        id={id}
        className="ag-find"
        type="search"
        maxLength={200}
        placeholder="Name, person, address or affiliation"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={event => setTyped(event.target.value)}
        onKeyDown={step}
      />
      {(Object.keys(CHOICES) as (keyof typeof CHOICES)[]).map(name => (
        <select
          key={name}
          aria-label={{ level: 'Level', state: 'State', sort: 'Order' }[name]}
          value={chosen[name]}
          onChange={event => onChoose({ ...chosen, [name]: event.target.value })}
        >
          {CHOICES[name].map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      ))}
    </div>
  );
}

// The names of so many accounts fit into an address.
const AT_ONCE = 100;

type Stored = Map<string, StorageRow>;

/** What the accounts that are shown have stored; nothing where the viewer may not know. */
function useStored(site: Site, accounts: Account[]): Stored | null {
  const [stored, setStored] = React.useState<Stored | null>(null);
  const shown = accounts.map(account => account.name).join(',');
  React.useEffect(() => {
    let isShown = true;
    const load = async () => {
      const names = shown.split(',');
      const found: Stored = new Map();
      for (let at = 0; at < names.length; at += AT_ONCE) {
        const query = { accounts: names.slice(at, at + AT_ONCE).join(','), limit: String(AT_ONCE) };
        const page = await site.http.get<StorageRows>('storage/select', query).catch(() => null);
        if (!isShown || !page) {
          return;
        }
        page.rows.forEach(row => found.set(row.account, row));
      }
      setStored(found);
    };
    void load();
    return () => {
      isShown = false;
    };
  }, [site, shown]);
  return stored;
}

function storedWords(row: StorageRow | undefined): string {
  return row ? memory(Math.ceil(row.size / 1024 ** 2)) : '–';
}

/** The arrows go from row to row, and from the first one back to what is typed. */
function stepRows(event: React.KeyboardEvent<HTMLElement>): void {
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('tbody a')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by && at >= 0) {
    event.preventDefault();
    (links[at + by] ?? (by < 0 ? document.querySelector<HTMLElement>('.ag-find') : links[at]))?.focus();
  }
}

function Found(props: {
  site: Site;
  first: AccountRows;
  query: Record<string, string>;
  onAll: (() => void) | null;
}): JSX.Element {
  const { site, first, query, onAll } = props;
  const { rows, ...more } = useMore<Account>(site, 'accounts/select', query, first);
  const now = useNow(site.clock);
  const stored = useStored(site, rows);
  if (!rows.length) {
    return (
      <div className="ag-empty ag-row">
        <p>{onAll ? 'Nobody is like this.' : 'There is nobody yet. Invite somebody, or import them.'}</p>
        {onAll && <Button onClick={onAll}>Show everybody</Button>}
      </div>
    );
  }
  return (
    <>
      <table className="ag-people" aria-label="Accounts" onKeyDown={stepRows}>
        <thead>
          <tr>
            {[
              'Account',
              'Level',
              'State',
              'Ways in',
              'Last seen',
              ...(stored ? ['Space used'] : []),
              'Ends'
            ].map(words => (
              <th key={words} scope="col">
                {words}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(account => (
            <Row key={account.name} {...{ site, account, now, stored }} />
          ))}
        </tbody>
      </table>
      <More {...more} label="Show more" />
    </>
  );
}

interface RowProps {
  site: Site;
  account: Account;
  now: number;
  stored: Stored | null;
}

function Row({ site, account, now, stored }: RowProps): JSX.Element {
  const person = account.display === account.name ? '' : account.display;
  return (
    <tr className={['suspended', 'ended'].includes(stateOf(account, now)) ? 'ag-gone' : ''}>
      <th scope="row">
        <a href={site.page('accounts', account.name)}>{account.name}</a>
        {account.admin && <span className="ag-tag">admin</span>}
        <span className="ag-person">
          <bdi>{person}</bdi>
          {person && account.affiliation && ', '}
          <bdi>{account.affiliation}</bdi>
        </span>
      </th>
      <td data-label="Level">
        {levelWords(account.level)}
        {account.attributes && <span className="ag-tag">by hand</span>}
      </td>
      <td data-label="State">
        <Standing account={account} now={now} />
      </td>
      <td data-label="Ways in">{waysWords(account)}</td>
      <td data-label="Last seen">{seenWords(account, now, site.tz)}</td>
      {stored && <td data-label="Space used">{storedWords(stored.get(account.name))}</td>}
      <td data-label="Ends">{expiresWords(account.expires, now, site.tz)}</td>
    </tr>
  );
}

/** The latest decisions, by outcome and, for admins, by account. The address says what is chosen. */
import * as React from 'react';
import { Button, Skeleton, useNow } from '../calendar/parts';
import { moment } from '../calendar/words';
import { Failed, Site, useLoaded } from '../site/parts';
import { Problem } from '../site/http';
import type { DecisionRow, DecisionRows } from '../wire';
import { Outcome } from './Why';
import { shortReason, titleOf } from './words';

const LIMIT = '30';
const OUTCOMES = [
  ['', 'All'],
  ['refused', 'Refused'],
  ['accepted', 'Accepted'],
  ['offered', 'Offered']
] as const;

interface Chosen {
  outcome: string;
  account: string;
}

function readAddress(): Chosen {
  const query = new URLSearchParams(window.location.search);
  const outcome = query.get('outcome') ?? '';
  const known = OUTCOMES.some(([value]) => value === outcome);
  return { outcome: known ? outcome : '', account: query.get('account') ?? '' };
}

function toQuery(chosen: Chosen): Record<string, string> {
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value));
}

/** The page. */
export function List({ site }: { site: Site }): JSX.Element {
  const [chosen, setChosen] = React.useState(readAddress);
  const query = toQuery(chosen);
  const { data, problem, again } = useLoaded(JSON.stringify(query), () =>
    site.http.get<DecisionRows>('decisions/select', { ...query, limit: LIMIT })
  );
  const choose = (next: Chosen) => {
    setChosen(next);
    const search = new URLSearchParams(toQuery(next)).toString();
    window.history.replaceState(null, '', search ? `?${search}` : window.location.pathname);
  };
  return (
    <section className="ag-card" aria-label="Decisions">
      <div className="ag-row ag-head">
        <div className="ag-grow">
          <h1>Decisions</h1>
          <p>Every request, how it was decided, and why.</p>
        </div>
        <Filters site={site} chosen={chosen} onChoose={choose} />
      </div>
      {problem && <Failed problem={problem} again={again} />}
      {!problem && !data && <Skeleton lines={5} label="Loading decisions" />}
      {data && <Rows key={JSON.stringify(query)} site={site} first={data} query={query} />}
    </section>
  );
}

function Filters(props: { site: Site; chosen: Chosen; onChoose: (chosen: Chosen) => void }): JSX.Element {
  const { site, chosen, onChoose } = props;
  const [account, setAccount] = React.useState(chosen.account);
  const id = React.useId();
  const search = (event: React.FormEvent) => {
    event.preventDefault();
    onChoose({ ...chosen, account: account.trim() });
  };
  return (
    <div className="ag-row">
      <span className="ag-seg" role="group" aria-label="Outcome">
        {OUTCOMES.map(([value, words]) => (
          <button
            type="button"
            key={value}
            aria-pressed={chosen.outcome === value}
            onClick={() => onChoose({ ...chosen, outcome: value })}
          >
            {words}
          </button>
        ))}
      </span>
      {site.config.account.admin && (
        <form className="ag-row" role="search" onSubmit={search}>
          <label htmlFor={id} className="ag-hidden">
            Account
          </label>
          <input
            id={id}
            type="text"
            size={14}
            maxLength={255}
            placeholder="Every account"
            value={account}
            onChange={event => setAccount(event.target.value)}
          />
          <Button {...{ type: 'submit' }}>Show</Button>
        </form>
      )}
    </div>
  );
}

function Rows(props: { site: Site; first: DecisionRows; query: Record<string, string> }): JSX.Element {
  const { site, first, query } = props;
  const [older, setOlder] = React.useState<DecisionRows[]>([]);
  const [problem, setProblem] = React.useState<Problem | null>(null);
  const now = useNow(site.clock);
  const rows = [first, ...older].flatMap(page => page.rows);
  const shown = rows.filter((row, index) => rows.findIndex(one => one.id === row.id) === index);
  const next = [first, ...older][older.length].next;
  const more = async () => {
    const after = new URLSearchParams(next?.split('?')[1] ?? '').get('after') ?? '';
    try {
      const page = await site.http.get<DecisionRows>('decisions/select', { ...query, limit: LIMIT, after });
      setOlder([...older, page]);
      setProblem(null);
    } catch (error) {
      setProblem(error as Problem);
    }
  };
  if (!shown.length) {
    return <Empty site={site} filtered={Object.keys(query).length > 0} />;
  }
  return (
    <>
      <ul className="ag-list ag-decisions">
        {shown.map(row => (
          <Row key={row.id} site={site} row={row} now={now} />
        ))}
      </ul>
      {problem && <Failed problem={problem} again={more} />}
      {next && <Button onClick={more}>Show older ones</Button>}
    </>
  );
}

function Row(props: { site: Site; row: DecisionRow; now: number }): JSX.Element {
  const { site, row, now } = props;
  const whose = site.config.account.admin ? `${row.account}, ` : '';
  return (
    <li>
      <Outcome outcome={row.outcome} />
      <span className="ag-grow">
        <a href={site.page('decisions', row.id)}>{titleOf(row, [], now, site.tz)}</a>
        {row.outcome === 'refused' && <em>{shortReason(row, now, site.tz)}</em>}
      </span>
      <span className="ag-when ag-muted">
        {whose}
        {moment(Date.parse(row.made), now, site.tz)}
      </span>
    </li>
  );
}

function Empty(props: { site: Site; filtered: boolean }): JSX.Element {
  return props.filtered ? (
    <p className="ag-empty">None like these.</p>
  ) : (
    <p className="ag-empty">
      Nothing has been asked for yet. <a href={props.site.page('bookings')}>Choose a time in the calendar</a>,
      and what was decided about it is here.
    </p>
  );
}

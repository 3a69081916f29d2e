/** All workshops: open, coming to their end, over. The address says what is looked for. */
import * as React from 'react';
import { Button, Skeleton, useNow } from '../calendar/parts';
import { moment } from '../calendar/words';
import { Failed, Site, useLoaded } from '../site/parts';
import type { Workshop, WorkshopCards, WorkshopRows } from '../wire';
import { Cards } from './Cards';
import { OpenWorkshop } from './OpenWorkshop';
import { WorkshopState } from './workshopParts';
import { More, Sections, useMore } from './parts';
import { levelWords } from './words';
import { accountsWords, isOver, thenWords } from './workshopWords';

const LIMIT = '50';
// How long somebody pauses in typing before the list is asked for, in milliseconds.
const PAUSE = 250;

const STATES = [
  ['', 'Every state'],
  ['open', 'Open'],
  ['ending', 'Ending within a day'],
  ['over', 'Over']
] as const;

interface Chosen {
  q: string;
  state: string;
}

function readAddress(): Chosen {
  const query = new URLSearchParams(window.location.search);
  const state = query.get('state') ?? '';
  return { q: query.get('q') ?? '', state: STATES.some(([one]) => one === state) ? state : '' };
}

function toQuery(chosen: Chosen): Record<string, string> {
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value)) as Record<string, string>;
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
export function Workshops({ site }: { site: Site }): JSX.Element {
  const [made, setMade] = React.useState<WorkshopCards | null>(null);
  if (!made) {
    return <All site={site} onMade={setMade} />;
  }
  const { name } = made.workshop;
  return (
    <Cards site={site} made={made} onDone={() => window.location.assign(site.page('workshops', name))} />
  );
}

function All({ site, onMade }: { site: Site; onMade: (made: WorkshopCards) => void }): JSX.Element {
  const { chosen, choose } = useChosen();
  const [opening, setOpening] = React.useState(false);
  const query = { ...toQuery(chosen), limit: LIMIT };
  const { data, problem, again } = useLoaded(JSON.stringify(query), () =>
    site.http.get<WorkshopRows>('workshops/select', query)
  );
  const isFiltered = Boolean(chosen.q || chosen.state);
  return (
    <>
      <Sections site={site} here="workshops" />
      <section className="ag-card" aria-label="Workshops" aria-busy={!data && !problem}>
        <div className="ag-row ag-head">
          <div className="ag-grow">
            <h1>Workshops</h1>
            <p>Accounts that are opened together, handed out as cards with a link, and end together.</p>
          </div>
          <Button kind="primary" onClick={() => setOpening(true)}>
            Open a workshop…
          </Button>
        </div>
        {(isFiltered || Boolean(data?.rows.length)) && <Filters chosen={chosen} onChoose={choose} />}
        {problem && <Failed problem={problem} again={again} />}
        {!data && !problem && <Skeleton lines={4} label="Loading workshops" />}
        {data && (
          <Rows
            site={site}
            first={data}
            query={query}
            onAll={isFiltered ? () => choose({ q: '', state: '' }) : null}
          />
        )}
      </section>
      {opening && <OpenWorkshop site={site} onClose={() => setOpening(false)} onMade={onMade} />}
    </>
  );
}

function Filters(props: { chosen: Chosen; onChoose: (chosen: Chosen) => void }): JSX.Element {
  const { chosen, onChoose } = props;
  const [typed, setTyped] = React.useState(chosen.q);
  const latest = React.useRef(props);
  latest.current = props;
  React.useEffect(() => setTyped(chosen.q), [chosen.q]);
  React.useEffect(() => {
    if (typed.trim() === latest.current.chosen.q) {
      return;
    }
    const now = () => latest.current.onChoose({ ...latest.current.chosen, q: typed.trim() });
    const timer = setTimeout(now, PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className="ag-row ag-filters" role="search">
      <input
        className="ag-find"
        type="search"
        aria-label="Find by name"
        placeholder="Name"
        maxLength={24}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={event => setTyped(event.target.value)}
      />
      <select
        aria-label="State"
        value={chosen.state}
        onChange={event => onChoose({ ...chosen, state: event.target.value })}
      >
        {STATES.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

function Rows(props: {
  site: Site;
  first: WorkshopRows;
  query: Record<string, string>;
  onAll: (() => void) | null;
}): JSX.Element {
  const { site, first, query, onAll } = props;
  const { rows, ...more } = useMore<Workshop>(site, 'workshops/select', query, first);
  const now = useNow(site.clock);
  if (!rows.length) {
    return (
      <div className="ag-empty ag-row">
        <p>
          {onAll ? 'No workshop is like this.' : 'There are no workshops yet. Open one, and print its cards.'}
        </p>
        {onAll && <Button onClick={onAll}>Show all</Button>}
      </div>
    );
  }
  return (
    <>
      <table className="ag-people" aria-label="Workshops">
        <thead>
          <tr>
            {['Workshop', 'State', 'Ends', 'Then', 'Accounts', 'Have come', 'Level'].map(words => (
              <th key={words} scope="col">
                {words}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(one => (
            <Row key={one.name} site={site} of={one} now={now} />
          ))}
        </tbody>
      </table>
      <More {...more} label="Show older ones" />
    </>
  );
}

function Row({ site, of, now }: { site: Site; of: Workshop; now: number }): JSX.Element {
  return (
    <tr className={isOver(of, now) ? 'ag-gone' : ''}>
      <th scope="row">
        <a href={site.page('workshops', of.name)}>{of.name}</a>
      </th>
      <td data-label="State">
        <WorkshopState of={of} now={now} />
      </td>
      <td data-label="Ends">{moment(Date.parse(of.until), now, site.tz)}</td>
      <td data-label="Then">{thenWords(of.erase)}</td>
      <td data-label="Accounts">{accountsWords(of)}</td>
      <td data-label="Have come">{of.come}</td>
      <td data-label="Level">{levelWords(of.level)}</td>
    </tr>
  );
}

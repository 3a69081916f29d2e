/** Cards of a workshop: their links are shown this once, to be printed or saved. */
import * as React from 'react';
import { Button, Confirm } from '../calendar/parts';
import { Site } from '../site/parts';
import type { Card, WorkshopCards } from '../wire';
import { countWords } from './words';
import { cardsAsCsv, paperWords } from './workshopWords';

/** Whether the links were printed or saved; while they were not, the browser asks before it leaves the page. */
function useKept() {
  const [kept, setKept] = React.useState(false);
  React.useEffect(() => {
    const printed = () => setKept(true);
    window.addEventListener('afterprint', printed);
    return () => window.removeEventListener('afterprint', printed);
  }, []);
  React.useEffect(() => {
    if (kept) {
      return;
    }
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [kept]);
  return [kept, setKept] as const;
}

/** The view, in place of what is else on the page, until somebody is done with it. */
export function Cards(props: { site: Site; made: WorkshopCards; onDone: () => void }): JSX.Element {
  const { site, made, onDone } = props;
  const [kept, setKept] = useKept();
  const [leaving, setLeaving] = React.useState(false);
  const heading = React.useRef<HTMLHeadingElement>(null);
  React.useEffect(() => {
    window.scrollTo(0, 0);
    heading.current?.focus();
  }, []);
  const { name, until } = made.workshop;
  return (
    <section className="ag-card ag-cards" aria-label="Cards">
      <div className="ag-row ag-head ag-unprinted">
        <div className="ag-grow">
          <h1 tabIndex={-1} ref={heading}>
            {countWords(made.rows.length, 'card')} of {name}
          </h1>
          <p>
            <b>These links are shown this once.</b> Print or save them before you leave. Whoever has a card is
            that account; for one that gets lost, make a new link.
          </p>
        </div>
        <Button kind="primary" onClick={() => window.print()}>
          Print
        </Button>
        <Button onClick={() => save(made.rows, name, until, () => setKept(true))}>Save as CSV</Button>
        <Button onClick={() => (kept ? onDone() : setLeaving(true))}>Done</Button>
      </div>
      <ul className="ag-tickets">
        {made.rows.map(one => (
          <Ticket key={one.account} card={one} until={paperWords(until, site.tz)} />
        ))}
      </ul>
      {leaving && (
        <Confirm
          title="Leave without the links?"
          act="Leave"
          keep="Stay"
          onAct={onDone}
          onClose={() => setLeaving(false)}
        >
          <p>They were neither printed nor saved, and are not shown again. You can make new ones.</p>
        </Confirm>
      )}
    </section>
  );
}

function Ticket({ card, until }: { card: Card; until: string }): JSX.Element {
  return (
    <li className="ag-ticket">
      {card.qr && <img src={card.qr} alt="" />}
      <div>
        <h2>{card.account}</h2>
        <p>Open this link to log in, until {until}:</p>
        <p>
          <a href={card.url}>{card.url}</a>
        </p>
      </div>
    </li>
  );
}

function save(cards: Card[], name: string, until: string, onSaved: () => void): void {
  const file = URL.createObjectURL(new Blob([cardsAsCsv(cards, until)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = file;
  link.download = `${name}-links.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(file), 10_000);
  onSaved();
}

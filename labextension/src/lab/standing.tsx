/** What a member is to know of their account while a lab runs: that something is asked, and that it ends before long. */
import * as React from 'react';
import type { ServerClock } from '../calendar/clock';
import { useNow } from '../calendar/parts';
import { moment } from '../calendar/words';
import type { Visit } from './visit';

const WEEK = 7 * 86_400_000;

interface StandingProps {
  visit: Visit;
  clock: ServerClock;
  tz: string;
}

/** Draws anew when something is known of the account that was not. */
export function useVisit(visit: Visit): void {
  const [, draw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    visit.changed.connect(draw);
    return () => void visit.changed.disconnect(draw);
  }, [visit]);
}

/** The sections *To answer* and *Account*, said aloud when they come. */
export function StandingCards({ visit, clock, tz }: StandingProps): JSX.Element {
  useVisit(visit);
  const now = useNow(clock);
  const closes = visit.closes;
  return (
    <div role="status">
      {visit.asks.length > 0 && <Asked visit={visit} />}
      {closes !== null && closes - now < WEEK && (
        <Standing
          name="Account"
          title={closes > now ? `Your account ends ${moment(closes, now, tz)}` : 'Your account has ended'}
          act="Download my data"
          page={visit.data}
        >
          Your lab stops then, and you can’t log in any more. Download what you want to keep.
        </Standing>
      )}
    </div>
  );
}

function Asked({ visit }: { visit: Visit }): JSX.Element {
  const isTerms = visit.asks.every(one => one === 'terms');
  return (
    <Standing
      name="To answer"
      title={isTerms ? 'There are new terms of use' : 'You are asked something'}
      act={isTerms ? 'Read and accept' : 'Answer'}
      page={visit.answer}
    >
      This lab runs on as it is, and nothing in it is lost. Your next one starts once you have{' '}
      {isTerms ? 'accepted them' : 'answered'}.
    </Standing>
  );
}

interface CardProps {
  name: string;
  title: string;
  act: string;
  page: string;
  children: React.ReactNode;
}

function Standing({ name, title, act, page, children }: CardProps): JSX.Element {
  return (
    <section className="ag-card ag-visit" aria-label={name}>
      <h3>{title}</h3>
      <p>{children}</p>
      <div className="ag-acts">
        <a className="ag-button" role="button" href={page} target="_blank" rel="noopener">
          {act}
        </a>
      </div>
    </section>
  );
}

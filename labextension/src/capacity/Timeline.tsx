/** Grants and blackouts of a cluster over time: a lane of bars each, with the same in a table beneath. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { Interval, dayOf, overlaps } from '../calendar/time';
import type { Site } from '../site/parts';
import type { Grant } from '../wire';
import {
  Reach,
  grantLabel,
  grantTitle,
  grantWhen,
  grantWords,
  intervalOf,
  isBlackout,
  lanes,
  reachInterval,
  reachTitle,
  ticks,
  turnDay
} from './words';

/** What part of time is looked at. */
export interface View {
  day: string;
  reach: Reach;
}

/** The buttons that choose it. */
export function Turn(props: {
  site: Site;
  now: number;
  view: View;
  onTurn: (view: View) => void;
}): JSX.Element {
  const { site, now, view, onTurn } = props;
  const range = reachInterval(view.day, view.reach, site.tz);
  const here = range.start <= now && now < range.end;
  const reach = (value: Reach, words: string) => (
    <button
      type="button"
      aria-pressed={view.reach === value}
      onClick={() => onTurn({ ...view, reach: value })}
    >
      {words}
    </button>
  );
  const step = (count: number, sign: string, words: string) => (
    <Button
      kind="quiet"
      aria-label={`${words} ${view.reach}`}
      onClick={() => onTurn({ ...view, day: turnDay(view.day, view.reach, count) })}
    >
      {sign}
    </Button>
  );
  return (
    <div className="ag-turn">
      <span className="ag-seg" role="group" aria-label="Show">
        {reach('month', 'Month')}
        {reach('quarter', 'Quarter')}
        {reach('year', 'Year')}
      </span>
      <span className="ag-pager">
        {step(-1, '‹', 'Previous')}
        <b aria-live="polite">{reachTitle(range, site.tz)}</b>
        {step(1, '›', 'Next')}
        <Button kind="quiet" disabled={here} onClick={() => onTurn({ ...view, day: dayOf(now, site.tz) })}>
          Today
        </Button>
      </span>
    </div>
  );
}

interface TimelineProps {
  site: Site;
  now: number;
  view: View;
  grants: Grant[];
}

/** The bars. The table has all that they show, so they are not read aloud. */
export function Timeline(props: TimelineProps): JSX.Element {
  const { site, now, view, grants } = props;
  const range = reachInterval(view.day, view.reach, site.tz);
  const shown = grants.filter(grant => overlaps(intervalOf(grant), range));
  const rows = lanes(shown);
  const count = Math.max(1, ...[...rows.values()].map(lane => lane + 1));
  const at = (instant: number) => ((instant - range.start) / (range.end - range.start)) * 100;
  return (
    <div className="ag-time" aria-hidden="true">
      <div className="ag-ticks">
        {ticks(range, view.reach, site.tz).map(tick => (
          <span key={tick.at} style={{ left: `${at(tick.at)}%` }}>
            {tick.words}
          </span>
        ))}
      </div>
      <div className="ag-lanes" style={{ height: `${count * 30 + 4}px` }}>
        {ticks(range, view.reach, site.tz).map(tick => (
          <i key={tick.at} className="ag-tick" style={{ left: `${at(tick.at)}%` }} />
        ))}
        {shown.map(grant => (
          <Bar key={grant.id} {...props} grant={grant} range={range} lane={rows.get(grant.id) ?? 0} />
        ))}
        {range.start <= now && now < range.end && (
          <i className="ag-now-line" style={{ left: `${at(now)}%` }} />
        )}
      </div>
    </div>
  );
}

function Bar(props: TimelineProps & { grant: Grant; range: Interval; lane: number }): JSX.Element {
  const { site, now, grant, range, lane } = props;
  const whole = intervalOf(grant);
  const part = (instant: number) => ((instant - range.start) / (range.end - range.start)) * 100;
  const left = Math.max(0, part(whole.start));
  const right = Math.min(100, part(whole.end));
  const classes = [
    'ag-grant',
    isBlackout(grant) && 'ag-takes',
    whole.start < range.start && 'ag-from-before',
    whole.end > range.end && 'ag-goes-on'
  ];
  return (
    <a
      className={classes.filter(Boolean).join(' ')}
      href={site.page('resources', grant.id)}
      tabIndex={-1}
      title={`${grantTitle(grant)}, ${grantWhen(whole, now, site.tz)}${grant.note ? `: ${grant.note}` : ''}`}
      style={{ left: `${left}%`, width: `max(7px, ${right - left}%)`, top: `${lane * 30 + 3}px` }}
    >
      <span>{[grantLabel(grant), grant.note].filter(Boolean).join(' · ')}</span>
    </a>
  );
}

/** The grants of a cluster that are not over, in words. */
export function Table(props: { site: Site; now: number; grants: Grant[]; name: string }): JSX.Element {
  const { site, now, grants, name } = props;
  if (!grants.length) {
    return (
      <p className="ag-empty">
        Nothing is granted to {name} in this time, so nothing can be booked on it.
        {site.config.grants && ' Add capacity to open it.'}
      </p>
    );
  }
  return (
    <table className="ag-table">
      <caption className="ag-hidden">Grants and blackouts of {name}</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">When</th>
          <th scope="col">Note</th>
          <th scope="col">
            <span className="ag-hidden">Open</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {grants.map(grant => (
          <Row key={grant.id} site={site} now={now} grant={grant} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ site, now, grant }: { site: Site; now: number; grant: Grant }): JSX.Element {
  const range = intervalOf(grant);
  const when = grantWhen(range, now, site.tz);
  const act = site.config.grants ? 'Change' : 'Open';
  return (
    <tr className={range.end <= now ? 'ag-gone' : ''}>
      <th scope="row">
        <i className={isBlackout(grant) ? 'ag-mark ag-takes' : 'ag-mark ag-gives'} aria-hidden="true" />
        {isBlackout(grant) ? 'Takes' : 'Gives'} {grantWords(grant)}
      </th>
      <td>
        {when}
        {range.start <= now && now < range.end && <em> · now</em>}
      </td>
      <td>{grant.note}</td>
      <td>
        <a href={site.page('resources', grant.id)} aria-label={`${act}: ${grantTitle(grant)}, ${when}`}>
          {act}
        </a>
      </td>
    </tr>
  );
}

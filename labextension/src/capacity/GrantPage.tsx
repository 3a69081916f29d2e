/** The page of one grant or blackout, with its editor. */
import * as React from 'react';
import { Button, Confirm, Skeleton, useNow } from '../calendar/parts';
import { moment } from '../calendar/words';
import { Problem } from '../site/http';
import { Failed, Said, Site, useLoaded } from '../site/parts';
import type { Booking, Grant } from '../wire';
import { Crumbs } from './Capacity';
import { GrantForm } from './GrantForm';
import { HitQuestion } from './hit';
import { draftOf, grantTitle, grantWhen, grantWords, intervalOf, isBlackout, lasting } from './words';

/** The page. */
export function GrantPage({ site, id }: { site: Site; id: string }): JSX.Element {
  const { data, problem, again } = useLoaded(id, () =>
    site.http.get<Grant>(`resources/${encodeURIComponent(id)}`)
  );
  const [said, setSaid] = React.useState('');
  const now = useNow(site.clock);
  if (!data) {
    return (
      <>
        <Crumbs site={site} />
        {problem ? (
          <Failed whole problem={problem} again={again}>
            <p>It may have been removed, or the address is mistyped.</p>
          </Failed>
        ) : (
          <Skeleton lines={4} label="Loading the grant" />
        )}
      </>
    );
  }
  const saved = (_grant: Grant, words: string) => {
    setSaid(words);
    void again();
  };
  return (
    <>
      <Crumbs site={site} cluster={data.cluster} />
      {problem && <Failed problem={problem} again={again} />}
      <Told site={site} now={now} grant={data} />
      {site.config.grants && (
        <section className="ag-card" aria-label="Change">
          <h2>{isBlackout(data) ? 'Change this blackout' : 'Change this grant'}</h2>
          <GrantForm
            key={data.version}
            {...{ site, now }}
            first={draftOf(data, site.tz)}
            of={data}
            onDone={saved}
          />
          <Remove site={site} now={now} grant={data} />
        </section>
      )}
      <Said words={said} />
    </>
  );
}

function Told({ site, now, grant }: { site: Site; now: number; grant: Grant }): JSX.Element {
  const when = intervalOf(grant);
  const state =
    when.end <= now
      ? 'it is over'
      : when.start > now
        ? `begins in ${lasting(when.start - now)}`
        : `now, for another ${lasting(when.end - now)}`;
  return (
    <section
      className={isBlackout(grant) ? 'ag-card ag-told ag-told-takes' : 'ag-card ag-told'}
      aria-label={isBlackout(grant) ? 'Blackout' : 'Grant'}
    >
      <h1>{grantTitle(grant)}</h1>
      <p className="ag-telling">
        {isBlackout(grant) ? 'Takes' : 'Gives'} {grantWords(grant)}, {grantWhen(when, now, site.tz)}
      </p>
      <p>
        {state} · made {moment(Date.parse(grant.created), now, site.tz)}
        {grant.version > 1 &&
          `, changed ${grant.version - 1} ${grant.version === 2 ? 'time' : 'times'} since`}
      </p>
      {grant.note && <p>“{grant.note}”</p>}
    </section>
  );
}

interface RemoveProps {
  site: Site;
  now: number;
  grant: Grant;
}

function useRemove({ site, grant }: RemoveProps) {
  const [busy, setBusy] = React.useState(false);
  const [hit, setHit] = React.useState<Booking[] | null>(null);
  const [problem, setProblem] = React.useState<Problem | null>(null);
  const remove = async (cancel: boolean) => {
    setBusy(true);
    setProblem(null);
    try {
      const path = `resources/${encodeURIComponent(grant.id)}`;
      await site.http.remove(path, { hit: cancel ? 'cancel' : 'refuse' });
      window.location.assign(site.page('clusters', grant.cluster));
      return;
    } catch (error) {
      const told = error as Problem;
      setHit(told.hit);
      setProblem(told.hit ? null : told);
    }
    setBusy(false);
  };
  return { busy, hit, problem, remove, keep: () => setHit(null) };
}

/** Removing asks first what it costs; where bookings need it, they are shown, and nothing is done yet. */
function Remove(props: RemoveProps): JSX.Element {
  const { site, now, grant } = props;
  const [asking, setAsking] = React.useState(false);
  const { busy, hit, problem, remove, keep } = useRemove(props);
  return (
    <div className="ag-last-act">
      {problem && (
        <p className="ag-wrong" role="alert">
          {problem.message} {problem.help}
        </p>
      )}
      {hit ? (
        <HitQuestion
          {...{ site, now, hit, busy }}
          act="Remove it"
          onAct={() => void remove(true)}
          onKeep={keep}
        />
      ) : (
        <Button kind={isBlackout(grant) ? 'plain' : 'danger'} disabled={busy} onClick={() => setAsking(true)}>
          {isBlackout(grant) ? 'End this blackout…' : 'Remove this grant…'}
        </Button>
      )}
      {asking && (
        <Question
          grant={grant}
          now={now}
          tz={site.tz}
          onAct={() => void remove(false)}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

function Question(props: {
  grant: Grant;
  now: number;
  tz: string;
  onAct: () => void;
  onClose: () => void;
}): JSX.Element {
  const { grant, now, tz } = props;
  const when = grantWhen(intervalOf(grant), now, tz);
  const takes = isBlackout(grant);
  return (
    <Confirm
      title={
        takes
          ? `Give ${grantWords(grant)} back to ${grant.cluster}?`
          : `Take ${grantWords(grant)} from ${grant.cluster}?`
      }
      act={takes ? 'End blackout' : 'Remove grant'}
      keep="Keep it"
      onAct={props.onAct}
      onClose={props.onClose}
    >
      <p>
        {takes
          ? `${when}, it can be booked again at once. What was cancelled for it stays cancelled.`
          : `${when}, this capacity is gone. Where bookings need it, you see them first, and nothing is cancelled yet.`}
      </p>
    </Confirm>
  );
}

/** Who is invited: waiting, come, withdrawn, too late; sent again, or withdrawn. */
import * as React from 'react';
import { Button, Confirm, Skeleton, useNow } from '../calendar/parts';
import { moment } from '../calendar/words';
import { Failed, Said, Site, useLoaded } from '../site/parts';
import type { Invitation, InvitationRows } from '../wire';
import { Invite } from './Invite';
import { More, Sections, Sending, Wrong, useMore, useSending } from './parts';
import { levelWords } from './words';

const LIMIT = '50';

/** The page. */
export function Invitations({ site }: { site: Site }): JSX.Element {
  const { data, problem, again } = useLoaded('invitations', () =>
    site.http.get<InvitationRows>('invitations/select', { limit: LIMIT })
  );
  const [inviting, setInviting] = React.useState(false);
  const [said, setSaid] = React.useState('');
  const done = (words: string) => {
    setSaid(words);
    void again();
  };
  return (
    <>
      <Sections site={site} here="invitations" />
      <section className="ag-card" aria-label="Invitations">
        <div className="ag-row ag-head">
          <div className="ag-grow">
            <h1>Invitations</h1>
            <p>Whoever follows the link in the mail gets the account that was chosen for them.</p>
          </div>
          <Button kind="primary" onClick={() => setInviting(true)}>
            Invite…
          </Button>
        </div>
        {problem && <Failed problem={problem} again={again} />}
        {!data && !problem && <Skeleton lines={4} label="Loading invitations" />}
        {data && <Rows site={site} first={data} onDone={done} />}
      </section>
      <Said words={said} />
      {inviting && <Invite site={site} onClose={() => setInviting(false)} onDone={() => void again()} />}
    </>
  );
}

interface RowsProps {
  site: Site;
  first: InvitationRows;
  onDone: (words: string) => void;
}

function Rows({ site, first, onDone }: RowsProps): JSX.Element {
  const { rows, ...more } = useMore<Invitation>(site, 'invitations/select', { limit: LIMIT }, first);
  const now = useNow(site.clock);
  if (!rows.length) {
    return <p className="ag-empty">Nobody is invited. Invite somebody above, or import many at once.</p>;
  }
  return (
    <>
      <ul className="ag-list ag-invitations">
        {rows.map(one => (
          <Row key={one.id} site={site} now={now} of={one} onDone={onDone} />
        ))}
      </ul>
      <More {...more} label="Show older ones" />
    </>
  );
}

interface RowProps {
  site: Site;
  now: number;
  of: Invitation;
  onDone: (words: string) => void;
}

function Row(props: RowProps): JSX.Element {
  const { site, now, of } = props;
  const { busy, problem, send } = useSending();
  const row = React.useRef<HTMLLIElement>(null);
  return (
    <li tabIndex={-1} ref={row}>
      <span className="ag-grow">
        <b>{of.email}</b> <span className="ag-muted">{about(of, now, site.tz)}</span>
        <span className="ag-line">
          {stateWords(of, now, site.tz)}
          {of.account && (
            <>
              {' '}
              as <a href={site.page('accounts', of.account)}>{of.account}</a>
            </>
          )}
        </span>
        {problem && <Wrong problem={problem} />}
      </span>
      {(of.state === 'waiting' || of.state === 'expired') && <RowActs {...props} {...{ busy, send, row }} />}
    </li>
  );
}

function RowActs(
  props: RowProps & Pick<Sending, 'busy' | 'send'> & { row: React.RefObject<HTMLLIElement> }
): JSX.Element {
  const { site, of, onDone, busy, send, row } = props;
  const [asking, setAsking] = React.useState(false);
  const path = `invitations/${encodeURIComponent(of.id)}`;
  const resend = () =>
    send(async () => {
      await site.http.post<Invitation>(`${path}/resend`, {});
      onDone(`Another mail is on its way to ${of.email}.`);
    });
  const withdraw = () =>
    send(async () => {
      await site.http.remove<Invitation>(path);
      onDone(`The invitation of ${of.email} counts no more.`);
      // The buttons go; whoever uses the keyboard stays at the row.
      row.current?.focus();
    });
  const about = { send: `Send again to ${of.email}`, withdraw: `Withdraw the invitation of ${of.email}` };
  return (
    <span className="ag-row">
      <Button disabled={busy} aria-label={about.send} onClick={() => void resend()}>
        {busy ? 'One moment…' : 'Send again'}
      </Button>
      {of.state === 'waiting' && (
        <Button kind="quiet" disabled={busy} aria-label={about.withdraw} onClick={() => setAsking(true)}>
          Withdraw…
        </Button>
      )}
      {asking && (
        <Confirm
          title={`${about.withdraw}?`}
          act="Withdraw"
          keep="Keep it"
          onAct={() => void withdraw()}
          onClose={() => setAsking(false)}
        >
          <p>The link in the mail leads nowhere from then on.</p>
        </Confirm>
      )}
    </span>
  );
}

function about(of: Invitation, now: number, tz: string): string {
  const ends = of.expires ? `ends ${moment(Date.parse(of.expires), now, tz)}` : '';
  return [levelWords(of.level), ends, of.group && `group ${of.group}`].filter(Boolean).join(' · ');
}

function stateWords(of: Invitation, now: number, tz: string): string {
  const at = (instant: string) => moment(Date.parse(instant), now, tz);
  switch (of.state) {
    case 'waiting':
      return `Sent ${at(of.mailed)} by ${of.by}; the link counts until ${at(of.until)}.`;
    case 'expired':
      return `The link was not used until ${at(of.until)}.`;
    case 'withdrawn':
      return 'Withdrawn.';
    default:
      return 'Has come';
  }
}

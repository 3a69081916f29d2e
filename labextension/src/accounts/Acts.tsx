/** Suspend, resume, merge and delete: each says first what it does, and what is lost. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { list, memory } from '../calendar/words';
import { Problem, wrongAt } from '../site/http';
import { Field } from '../site/parts';
import type { Account, Holdings } from '../wire';
import type { SectionProps } from './AccountPage';
import { FormDialog, Note, TypedName, useSending } from './parts';
import { countWords } from './words';

type Act = 'suspend' | 'resume' | 'merge' | 'delete';

/** The buttons, and the dialog of the one that was pressed. */
export function Acts(props: SectionProps): JSX.Element {
  const { site, account } = props;
  const [act, setAct] = React.useState<Act | null>(null);
  if (account.name === site.config.user) {
    return <p className="ag-muted">This is you.</p>;
  }
  const one = { ...props, onClose: () => setAct(null) };
  return (
    <div className="ag-acts">
      {account.suspended ? (
        <Button kind="primary" onClick={() => setAct('resume')}>
          Resume…
        </Button>
      ) : (
        <Button onClick={() => setAct('suspend')}>Suspend…</Button>
      )}
      <Button onClick={() => setAct('merge')}>Merge into…</Button>
      <Button kind="danger" onClick={() => setAct('delete')}>
        Delete…
      </Button>
      {act === 'suspend' && <Suspend {...one} />}
      {act === 'resume' && <Resume {...one} />}
      {act === 'merge' && <Merge {...one} />}
      {act === 'delete' && <Delete {...one} />}
    </div>
  );
}

type DialogProps = SectionProps & { onClose: () => void };

const pathOf = (account: Account) => `accounts/${encodeURIComponent(account.name)}`;

function Suspend(props: DialogProps): JSX.Element {
  const { site, account, holdings, onDone, onClose } = props;
  const [reason, setReason] = React.useState('');
  const [bookings, setBookings] = React.useState<'keep' | 'release'>('keep');
  const [note, setNote] = React.useState('');
  const sending = useSending();
  const { problem, setProblem, send } = sending;
  const act = () => {
    if (!reason.trim()) {
      setProblem(wrongAt('reason', 'Say why: they read it when they try to log in.'));
      return;
    }
    void send(async () => {
      const body = { reason: reason.trim(), bookings, note: note.trim() };
      await site.http.post<Account>(`${pathOf(account)}/suspend`, body);
      onClose();
      onDone(`${account.display} is suspended.`);
    });
  };
  return (
    <FormDialog
      title={`Suspend ${account.display}?`}
      act="Suspend"
      danger
      {...{ sending, onClose }}
      onAct={act}
    >
      <p>
        They can’t log in from now on.
        {holdings.server && ' Open notebooks are saved, then the lab stops.'} Files stay.
      </p>
      <Reason value={reason} problem={problem} onChange={setReason} />
      {holdings.bookings ? (
        <BookingsChoice count={holdings.bookings} chosen={bookings} onChoose={setBookings} />
      ) : null}
      <Note value={note} onChange={setNote} />
    </FormDialog>
  );
}

function Reason(props: {
  value: string;
  problem: Problem | null;
  onChange: (value: string) => void;
}): JSX.Element {
  return (
    <Field name="reason" label="Reason" problem={props.problem} hint="They read it when they try to log in.">
      {own => (
        <input
          {...own}
          type="text"
          maxLength={300}
          required
          autoComplete="off"
          value={props.value}
          onChange={event => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function BookingsChoice(props: {
  count: number;
  chosen: 'keep' | 'release';
  onChoose: (chosen: 'keep' | 'release') => void;
}): JSX.Element {
  return (
    <fieldset className="ag-choice">
      <legend>{countWords(props.count, 'booking')} not over yet</legend>
      {(['keep', 'release'] as const).map(one => (
        <label key={one}>
          <input
            type="radio"
            name="bookings"
            checked={props.chosen === one}
            onChange={() => props.onChoose(one)}
          />
          {one === 'keep'
            ? 'Keep them: they count until they are over'
            : 'Release them: others can have the time'}
        </label>
      ))}
    </fieldset>
  );
}

function Resume(props: DialogProps): JSX.Element {
  const { site, account, onDone, onClose } = props;
  const [note, setNote] = React.useState('');
  const sending = useSending();
  const act = () =>
    void sending.send(async () => {
      await site.http.post<Account>(`${pathOf(account)}/resume`, { note: note.trim() });
      onClose();
      onDone(`${account.display} can log in again.`);
    });
  return (
    <FormDialog title={`Let ${account.display} in again?`} act="Resume" {...{ sending, onClose }} onAct={act}>
      <p>They can log in at once, with everything that they had but what was released.</p>
      <Note value={note} onChange={setNote} />
    </FormDialog>
  );
}

function OtherAccount(props: {
  label: string;
  problem: Problem | null;
  into: string;
  setInto: (into: string) => void;
}): JSX.Element {
  const { label, problem, into, setInto } = props;
  return (
    <Field name="into" label={label} problem={problem} hint="Its name, as in the list.">
      {own => (
        <input
          {...own}
          type="text"
          maxLength={63}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={into}
          onChange={event => setInto(event.target.value)}
        />
      )}
    </Field>
  );
}

function Merge(props: DialogProps): JSX.Element {
  const { site, account, onDone, onClose } = props;
  const [files, setFiles] = React.useState(true);
  const [into, setInto] = React.useState('');
  const sending = useSending();
  const { problem, setProblem, send } = sending;
  const act = () => {
    if (!into.trim()) {
      setProblem(wrongAt('into', 'Write the name of the account that stays.'));
      return;
    }
    void send(async () => {
      await site.http.post<object>(`${pathOf(account)}/merge`, { into: into.trim(), files });
      onClose();
      onDone(`It becomes part of ${into.trim()} within a minute.`);
    });
  };
  return (
    <FormDialog
      title={`Merge ${account.name} into another account?`}
      act="Merge"
      danger
      {...{ sending, onClose }}
      onAct={act}
    >
      <p>
        Its ways in, keys and bookings become the other’s, its lab is saved and stopped, and{' '}
        <b>{account.name}</b> is gone for good.
      </p>
      <OtherAccount label="The account that stays" {...{ problem, into, setInto }} />
      <label className="ag-tick-label">
        <input type="checkbox" checked={files} onChange={event => setFiles(event.target.checked)} />
        Its files too, into a folder of their own
      </label>
    </FormDialog>
  );
}

/** What somebody would lose: `2 bookings that are not over`, `12 files, 3 GiB of saved data`. */
function lossWords(holdings: Holdings): string[] {
  const spaces = holdings.spaces.filter(one => one.files);
  return [
    holdings.server ? 'the lab that runs, and what runs in it' : '',
    holdings.bookings ? `${countWords(holdings.bookings, 'booking')} not over yet` : '',
    ...spaces.map(one => `${countWords(one.files, 'file')} in ${one.space}, ${memory(one.size)}`),
    holdings.keys ? countWords(holdings.keys, 'key') : ''
  ].filter(Boolean);
}

function FilesChoice(props: { handsOver: boolean; onChoose: (handsOver: boolean) => void }): JSX.Element {
  const { handsOver, onChoose } = props;
  return (
    <fieldset className="ag-choice">
      <legend>Its files</legend>
      <label>
        <input type="radio" name="files" checked={!handsOver} onChange={() => onChoose(false)} />
        Delete them
      </label>
      <label>
        <input type="radio" name="files" checked={handsOver} onChange={() => onChoose(true)} />
        Hand them to another account, into a folder of their own
      </label>
    </fieldset>
  );
}

/** The account's name, to be typed by whoever means it. */
function Delete(props: DialogProps): JSX.Element {
  const { site, account, holdings, onClose } = props;
  const [typed, setTyped] = React.useState('');
  const [handsOver, setHandsOver] = React.useState(false);
  const [into, setInto] = React.useState('');
  const sending = useSending();
  const { problem, setProblem, send } = sending;
  const lost = lossWords(handsOver ? { ...holdings, spaces: [] } : holdings);
  const alone = holdings.alone;
  const act = () => {
    const to = into.trim();
    if (handsOver && !to) {
      setProblem(wrongAt('into', 'Write the name of the account that gets the files.'));
      return;
    }
    void send(async () => {
      if (handsOver) {
        await site.http.post<object>(`${pathOf(account)}/merge`, { into: to, only_files: true });
      } else {
        await site.http.remove<object>(pathOf(account));
      }
      window.location.assign(site.page('accounts'));
    });
  };
  return (
    <FormDialog
      title={`Delete ${account.display} for good?`}
      act="Delete account"
      danger
      disabled={typed !== account.name}
      {...{ sending, onClose }}
      onAct={act}
    >
      <p>There is no way back. This goes:</p>
      <ul className="ag-loss">
        {lost.map(one => (
          <li key={one}>{one}</li>
        ))}
        <li>{handsOver ? 'every way in' : 'the home with all its files, and every way in'}</li>
      </ul>
      <FilesChoice handsOver={handsOver} onChoose={setHandsOver} />
      {handsOver && <OtherAccount label="The account that gets them" {...{ problem, into, setInto }} />}
      {alone.length > 0 && (
        <p className="ag-wrong">They are the only owner of {list(alone)}: name another first.</p>
      )}
      <TypedName name={account.name} typed={typed} onType={setTyped} />
    </FormDialog>
  );
}

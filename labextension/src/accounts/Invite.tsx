/** The dialog that invites an address. */
import * as React from 'react';
import { fromField, iso } from '../calendar/time';
import { Problem, wrongAt } from '../site/http';
import { Field, Said, Site } from '../site/parts';
import type { Invitation } from '../wire';
import { FormDialog, useSending } from './parts';

interface InviteProps {
  site: Site;
  onClose: () => void;
  onDone?: (made: Invitation) => void;
}

const EMPTY = { email: '', level: '1', expires: '', group: '', note: '' };

/** The dialog; it stays open for the next address until it is closed. */
export function Invite({ site, onClose, onDone }: InviteProps): JSX.Element {
  const [draft, setDraft] = React.useState(EMPTY);
  const [said, setSaid] = React.useState('');
  const sending = useSending();
  const { problem, setProblem, send } = sending;
  const act = () => {
    const email = draft.email.trim();
    if (!email.includes('@')) {
      setProblem(wrongAt('email', 'Write an email address.'));
      return;
    }
    const at = fromField(draft.expires, site.tz);
    void send(async () => {
      const made = await site.http.post<Invitation>('invitations/create', {
        email,
        level: Number(draft.level) || 1,
        expires: at === null ? null : iso(at),
        group: draft.group.trim(),
        note: draft.note.trim()
      });
      setSaid(`An invitation is on its way to ${made.email}.`);
      setDraft({ ...draft, email: '' });
      onDone?.(made);
    });
  };
  return (
    <FormDialog
      title="Invite somebody"
      act="Send invitation"
      cancel="Close"
      {...{ sending, onClose }}
      onAct={act}
    >
      <p>They get a mail with a link, and register by any way in. The account is then as you say here.</p>
      <Fields {...{ draft, problem }} tz={site.tz} onChange={setDraft} />
      <Said words={said} />
    </FormDialog>
  );
}

function Fields(props: {
  tz: string;
  draft: typeof EMPTY;
  problem: Problem | null;
  onChange: (draft: typeof EMPTY) => void;
}): JSX.Element {
  const { draft, problem, onChange } = props;
  const field = (name: keyof typeof EMPTY) => ({
    value: draft[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
      onChange({ ...draft, [name]: event.target.value })
  });
  return (
    <>
      <Field name="email" label="Email" problem={problem}>
        {own => (
          <input {...own} type="email" maxLength={255} required autoComplete="off" {...field('email')} />
        )}
      </Field>
      <div className="ag-fields">
        <Field name="level" label="Level" problem={problem}>
          {own => (
            <input {...own} className="ag-number" type="number" min={1} max={100} {...field('level')} />
          )}
        </Field>
        <Field
          name="expires"
          label="Account ends"
          problem={problem}
          hint={`Empty: never. ${props.tz.replace(/_/g, ' ')}.`}
        >
          {own => <input {...own} type="datetime-local" {...field('expires')} />}
        </Field>
      </div>
      <Field name="group" label="Group" problem={problem} hint="Empty: none.">
        {own => <input {...own} type="text" maxLength={63} autoComplete="off" {...field('group')} />}
      </Field>
      <Field name="note" label="A line in the mail" problem={problem}>
        {own => <input {...own} type="text" maxLength={120} autoComplete="off" {...field('note')} />}
      </Field>
    </>
  );
}

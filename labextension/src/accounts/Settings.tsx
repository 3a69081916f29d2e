/** The editor of an account: who it is, its level, its end, and what is set for it by hand. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { Problem, wrongAt } from '../site/http';
import { Field } from '../site/parts';
import type { Account, Space, SpaceName } from '../wire';
import type { SectionProps } from './AccountPage';
import { Note, Wrong, useFocusAtWrong, useSending } from './parts';
import {
  Draft,
  SPACES,
  SpaceDraft,
  allowanceOf,
  draftOf,
  limitWords,
  mistake,
  newerLines,
  settingsOf,
  spaceDraft,
  spaceWords
} from './words';

interface FormState {
  draft: Draft;
  problem: Problem | null;
  onChange: (draft: Draft) => void;
}

/** The section. */
export function Settings(props: SectionProps): JSX.Element {
  const { site } = props;
  const { base, newer, draft, change, take, busy, problem, send } = useSettings(props);
  const form = React.useRef<HTMLFormElement>(null);
  useFocusAtWrong(form, problem);
  const isChanged = Object.keys(settingsOf(draft, base, site.tz)).length > 0;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    void send();
  };
  const state = { draft, problem, onChange: change };
  return (
    <section className="ag-card" aria-label="Settings">
      <h2>Settings</h2>
      {newer ? (
        <Newer {...props} old={base} newer={newer} onTake={take} />
      ) : (
        problem && !problem.field && <Wrong problem={problem} />
      )}
      <form className="ag-form" ref={form} onSubmit={submit} noValidate aria-label="Settings">
        <Person {...state} tz={site.tz} />
        <ByHand {...props} {...state} />
        <Note value={draft.note} onChange={note => change({ ...draft, note })} />
        <div className="ag-row">
          <Button kind="primary" disabled={busy || !isChanged || newer !== null} {...{ type: 'submit' }}>
            {busy ? 'Saving…' : 'Save'}
          </Button>
          {isChanged && (
            <Button kind="quiet" onClick={() => change(draftOf(base, site.tz))}>
              Undo
            </Button>
          )}
        </div>
      </form>
    </section>
  );
}

function useSettings(props: SectionProps) {
  const { site, account } = props;
  const [base, setBase] = React.useState(account);
  const [newer, setNewer] = React.useState<Account | null>(null);
  const [draft, setDraft] = React.useState(() => draftOf(account, site.tz));
  const { setProblem, ...sending } = useSettingsSend(props, base, draft, setNewer);
  const change = (next: Draft) => {
    setDraft(next);
    setProblem(null);
  };
  const take = (mine: boolean) => {
    if (newer) {
      setBase(newer);
      setDraft(mine ? draft : draftOf(newer, site.tz));
      setNewer(null);
    }
  };
  return { base, newer, draft, change, take, ...sending };
}

function useSettingsSend(
  props: SectionProps,
  base: Account,
  draft: Draft,
  onNewer: (account: Account) => void
) {
  const { site, onDone } = props;
  const sending = useSending();
  const send = async () => {
    const wrong = mistake(draft);
    if (wrong) {
      sending.setProblem(wrongAt(wrong.field, wrong.message));
      return;
    }
    const path = `accounts/${encodeURIComponent(base.name)}`;
    await sending.send(async () => {
      try {
        await site.http.post<Account>(`${path}/settings`, settingsOf(draft, base, site.tz));
        onDone('Saved.');
      } catch (error) {
        if (error instanceof Problem && error.rule === 'version') {
          onNewer(await site.http.get<Account>(path));
        } else {
          throw error;
        }
      }
    });
  };
  return { ...sending, send };
}

/** Somebody else was quicker: what they set, and whose is to count. */
function Newer(
  props: SectionProps & { old: Account; newer: Account; onTake: (mine: boolean) => void }
): JSX.Element {
  const { site, now, old, newer, onTake } = props;
  const lines = newerLines(old, newer, now, site.tz);
  const box = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => box.current?.focus(), []);
  return (
    <div className="ag-hit ag-hit-some" role="alert" tabIndex={-1} ref={box}>
      <h3>
        <b>Somebody else has changed this account meanwhile.</b>
      </h3>
      <p>Nothing of yours is saved yet. Theirs:</p>
      <ul className="ag-loss">
        {lines.map(line => (
          <li key={line}>{line}</li>
        ))}
        {!lines.length && <li>a change that was undone again</li>}
      </ul>
      <div className="ag-row">
        <Button onClick={() => onTake(false)}>Take theirs</Button>
        <Button onClick={() => onTake(true)}>Keep mine, to look over and save</Button>
      </div>
    </div>
  );
}

function Person({ draft, problem, onChange, tz }: FormState & { tz: string }): JSX.Element {
  const text = (name: 'display' | 'affiliation' | 'level' | 'expires') => ({
    value: draft[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
      onChange({ ...draft, [name]: event.target.value })
  });
  return (
    <div className="ag-fields">
      <Field name="display" label="Name" problem={problem}>
        {own => <input {...own} type="text" maxLength={120} autoComplete="off" {...text('display')} />}
      </Field>
      <Field name="affiliation" label="Affiliation" problem={problem}>
        {own => <input {...own} type="text" maxLength={200} autoComplete="off" {...text('affiliation')} />}
      </Field>
      <Field name="level" label="Level" problem={problem} hint="0 visitor, 1 member, from 2 by hand.">
        {own => <input {...own} className="ag-number" type="number" min={0} max={100} {...text('level')} />}
      </Field>
      <Field name="expires" label="Ends" problem={problem} hint={`Empty: never. ${tz.replace(/_/g, ' ')}.`}>
        {own => <input {...own} type="datetime-local" {...text('expires')} />}
      </Field>
    </div>
  );
}

function ByHand(props: SectionProps & FormState): JSX.Element {
  const { policy, draft, problem, onChange } = props;
  const level = allowanceOf(policy, Number(draft.level) || 0);
  const change = (name: SpaceName, space: SpaceDraft) =>
    onChange({ ...draft, spaces: { ...draft.spaces, [name]: space } });
  return (
    <fieldset className="ag-by-hand">
      <legend>For this account alone</legend>
      <div className="ag-fields">
        <Field name="package" label="Usual package" problem={problem} hint="Empty: as the level has it.">
          {own => (
            <input
              {...own}
              type="text"
              maxLength={40}
              autoComplete="off"
              placeholder={level.package}
              value={draft.package}
              onChange={event => onChange({ ...draft, package: event.target.value })}
            />
          )}
        </Field>
      </div>
      {SPACES.map(name => (
        <OneSpace
          key={name}
          name={name}
          of={draft.spaces[name]}
          level={level[name]}
          problem={problem}
          onChange={space => change(name, space)}
        />
      ))}
    </fieldset>
  );
}

interface SpaceProps {
  name: SpaceName;
  of: SpaceDraft;
  level: Space;
  problem: Problem | null;
  onChange: (space: SpaceDraft) => void;
}

function OneSpace(props: SpaceProps): JSX.Element {
  const { name, of, level, onChange } = props;
  const words = spaceWords(name);
  return (
    <div className="ag-one-space" role="group" aria-label={words}>
      <label className="ag-tick-label">
        <input
          type="checkbox"
          checked={of.own}
          onChange={event =>
            onChange(event.target.checked ? spaceDraft(level, true) : spaceDraft(null, false))
          }
        />
        {words}
        {!of.own && <span className="ag-muted"> as the level has it: {limitWords(level)}</span>}
      </label>
      {of.own && <SpaceFields {...props} />}
    </div>
  );
}

function SpaceFields({ name, of, level, problem, onChange }: SpaceProps): JSX.Element {
  const placeholder = spaceDraft(level, false);
  const text = (field: 'files' | 'size' | 'kept', label: string, hint?: string) => (
    <Field name={`${name} ${field}`} label={label} problem={problem} hint={hint}>
      {own => (
        <input
          {...own}
          className="ag-number"
          type="text"
          inputMode={field === 'kept' ? 'text' : 'numeric'}
          maxLength={40}
          autoComplete="off"
          placeholder={placeholder[field] || (field === 'kept' ? 'for good' : 'no limit')}
          value={of[field]}
          onChange={event => onChange({ ...of, [field]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <div className="ag-fields">
      {text('files', 'Files')}
      {text('size', 'Size (MiB)')}
      {text('kept', 'Kept', 'As 6 months.')}
      <Field name={`${name} keep`} label="Past that" problem={problem}>
        {own => (
          <select
            {...own}
            value={of.keep}
            onChange={event => onChange({ ...of, keep: event.target.value as SpaceDraft['keep'] })}
          >
            <option value="no">it goes</option>
            <option value="again">may be kept again</option>
            <option value="always">may be kept for good</option>
          </select>
        )}
      </Field>
    </div>
  );
}

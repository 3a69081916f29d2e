/** The dialog that opens a workshop. */
import * as React from 'react';
import { fromField, iso } from '../calendar/time';
import { Problem, newKey, wrongAt } from '../site/http';
import { Field, Site } from '../site/parts';
import type { WorkshopCards } from '../wire';
import { FormDialog, useSending } from './parts';
import { EraseChoice, UntilField } from './workshopParts';
import { Draft, EMPTY, mistake } from './workshopWords';

/** The dialog; what it has made is given on. */
export function OpenWorkshop(props: {
  site: Site;
  onClose: () => void;
  onMade: (made: WorkshopCards) => void;
}): JSX.Element {
  const { site, onClose, onMade } = props;
  const [draft, setDraft] = React.useState(EMPTY);
  // Pressed twice, or sent again after an answer that got lost, the same form opens one workshop.
  const [key, setKey] = React.useState(newKey);
  const sending = useSending();
  const edit = (next: Draft) => {
    setDraft(next);
    setKey(newKey());
  };
  const act = () => {
    const wrong = mistake(draft, site.clock.now(), site.tz);
    if (wrong) {
      sending.setProblem(wrongAt(wrong.field, wrong.message));
      return;
    }
    const body = {
      name: draft.name.trim(),
      number: Number(draft.number),
      level: Number(draft.level),
      until: iso(fromField(draft.until, site.tz) ?? 0),
      erase: draft.erase
    };
    void sending.send(async () => {
      onMade(await site.http.post<WorkshopCards>('workshops/create?qr=true', body, key));
    });
  };
  return (
    <FormDialog title="Open a workshop" act="Open" {...{ sending, onClose }} onAct={act}>
      <Fields site={site} draft={draft} problem={sending.problem} onChange={edit} />
    </FormDialog>
  );
}

function Fields(props: {
  site: Site;
  draft: Draft;
  problem: Problem | null;
  onChange: (draft: Draft) => void;
}): JSX.Element {
  const { site, draft, problem, onChange } = props;
  const field = (name: 'number' | 'level') => ({
    value: draft[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
      onChange({ ...draft, [name]: event.target.value })
  });
  return (
    <>
      <NameField name={draft.name} problem={problem} onChange={name => onChange({ ...draft, name })} />
      <div className="ag-fields">
        <Field name="number" label="Accounts" problem={problem} hint="1 to 500">
          {own => (
            <input
              {...own}
              className="ag-number"
              type="number"
              min={1}
              max={500}
              required
              {...field('number')}
            />
          )}
        </Field>
        <Field name="level" label="Level" problem={problem} hint="1 is a member’s">
          {own => (
            <input {...own} className="ag-number" type="number" min={1} max={100} {...field('level')} />
          )}
        </Field>
      </div>
      <UntilField
        tz={site.tz}
        value={draft.until}
        problem={problem}
        onChange={until => onChange({ ...draft, until })}
      />
      <EraseChoice chosen={draft.erase} onChoose={erase => onChange({ ...draft, erase })} />
    </>
  );
}

function NameField(props: {
  name: string;
  problem: Problem | null;
  onChange: (name: string) => void;
}): JSX.Element {
  const { name, problem, onChange } = props;
  const example = /^[a-z][a-z0-9-]*$/.test(name) ? name : 'gaia';
  const hint = `Accounts are called ${example}-01, ${example}-02, and so on.`;
  return (
    <Field name="name" label="Name" problem={problem} hint={hint}>
      {own => (
        <input
          {...own}
          type="text"
          maxLength={24}
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={event => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

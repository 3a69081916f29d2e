/** What is done with a workshop: more accounts, another end, new links, its end; each says what it does. */
import * as React from 'react';
import { Button, Skeleton } from '../calendar/parts';
import { fromField, iso, toField } from '../calendar/time';
import { memory } from '../calendar/words';
import { newKey, wrongAt } from '../site/http';
import { Failed, Field, useLoaded } from '../site/parts';
import type { Workshop, WorkshopCards, WorkshopHoldings } from '../wire';
import type { WorkshopProps } from './WorkshopPage';
import { FormDialog, TypedName, useSending } from './parts';
import { countWords } from './words';
import { EraseChoice, UntilField } from './workshopParts';
import { chosenWords, endLines, isOver, numberMistake, untilMistake } from './workshopWords';

type Act = 'add' | 'edit' | 'end';

type DialogProps = WorkshopProps & { onClose: () => void };

const pathOf = (workshop: Workshop) => `workshops/${encodeURIComponent(workshop.name)}`;

/** The buttons, and the dialog of the one that was pressed. */
export function WorkshopActs(props: WorkshopProps): JSX.Element {
  const { workshop, now } = props;
  const [act, setAct] = React.useState<Act | null>(null);
  const one = { ...props, onClose: () => setAct(null) };
  const over = isOver(workshop, now);
  return (
    <div className="ag-acts">
      {!over && <Button onClick={() => setAct('add')}>Add accounts…</Button>}
      {workshop.accounts > 0 && (
        <>
          <Button onClick={() => setAct('edit')}>{over ? 'Open again…' : 'Change the end…'}</Button>
          <Button kind="danger" onClick={() => setAct('end')}>
            {over ? 'Delete what is left…' : 'End now…'}
          </Button>
        </>
      )}
      {act === 'add' && <Add {...one} />}
      {act === 'edit' && <Edit {...one} />}
      {act === 'end' && <End key={workshop.version} {...one} over={over} />}
    </div>
  );
}

function Add(props: DialogProps): JSX.Element {
  const { site, workshop, onMade, onClose } = props;
  const [number, setNumber] = React.useState('');
  const [key, setKey] = React.useState(newKey);
  const sending = useSending();
  const act = () => {
    const wrong = numberMistake(number);
    if (wrong) {
      sending.setProblem(wrongAt(wrong.field, wrong.message));
      return;
    }
    void sending.send(async () => {
      const path = `${pathOf(workshop)}/accounts?qr=true`;
      onMade(await site.http.post<WorkshopCards>(path, { number: Number(number) }, key));
    });
  };
  return (
    <FormDialog title={`Add accounts to ${workshop.name}`} act="Add" {...{ sending, onClose }} onAct={act}>
      <p>They end with the others. You get a card for each.</p>
      <Field name="number" label="How many" problem={sending.problem}>
        {own => (
          <input
            {...own}
            className="ag-number"
            type="number"
            min={1}
            max={500}
            required
            value={number}
            onChange={event => {
              setNumber(event.target.value);
              setKey(newKey());
            }}
          />
        )}
      </Field>
    </FormDialog>
  );
}

function Edit(props: DialogProps): JSX.Element {
  const { site, workshop, now, onDone, onClose } = props;
  const over = isOver(workshop, now);
  const was = toField(Date.parse(workshop.until), site.tz);
  const [until, setUntil] = React.useState(over ? '' : was);
  const [erase, setErase] = React.useState(workshop.erase);
  const sending = useSending();
  const act = () => {
    const wrong = until === was ? null : untilMistake(until, site.clock.now(), site.tz);
    if (wrong) {
      sending.setProblem(wrongAt(wrong.field, wrong.message));
      return;
    }
    void sending.send(async () => {
      const end = until === was ? {} : { until: iso(fromField(until, site.tz) ?? 0) };
      await site.http.post<Workshop>(pathOf(workshop), { ...end, erase, version: workshop.version });
      onClose();
      onDone('Saved.');
    });
  };
  return (
    <FormDialog
      title={over ? `Open ${workshop.name} again` : `Change the end of ${workshop.name}`}
      act="Save"
      {...{ sending, onClose }}
      onAct={act}
    >
      <p>
        The links on the cards count until then; what is printed on them stays as it was. An account whose end
        was set by itself stays as it is.
      </p>
      <UntilField tz={site.tz} value={until} problem={sending.problem} onChange={setUntil} />
      <EraseChoice chosen={erase} onChoose={setErase} />
    </FormDialog>
  );
}

function End(props: DialogProps & { over: boolean }): JSX.Element {
  const { site, workshop, over, onDone, onClose } = props;
  const { data, problem, again } = useLoaded(workshop.name, () =>
    site.http.get<WorkshopHoldings>(`${pathOf(workshop)}/holdings`)
  );
  const [erase, setErase] = React.useState(over || workshop.erase);
  const [typed, setTyped] = React.useState('');
  const sending = useSending();
  const { name } = workshop;
  const act = () =>
    void sending.send(async () => {
      await site.http.post<Workshop>(`${pathOf(workshop)}/end`, { erase });
      onClose();
      onDone(erase ? `All that was of ${name} is being deleted.` : `${name} is over.`);
    });
  return (
    <FormDialog
      title={over ? `Delete what is left of ${name}?` : `End ${name} now?`}
      act={erase ? 'Delete everything' : 'End it'}
      danger
      disabled={!data || (erase && typed !== name)}
      {...{ sending, onClose }}
      onAct={act}
    >
      {problem && !data && <Failed problem={problem} again={again} />}
      {!data && !problem && <Skeleton lines={3} label="Loading what would be lost" />}
      {data && (
        <>
          <p>{erase ? 'There is no way back. This goes:' : 'Files are kept. This goes:'}</p>
          <ul className="ag-loss">
            {endLines(data, erase, memory).map(one => (
              <li key={one}>{one}</li>
            ))}
          </ul>
          {data.apart > 0 && <p>{countWords(data.apart, 'account')} with an end set by hand: not touched.</p>}
          {!over && <EraseChoice legend="What they have" chosen={erase} onChoose={setErase} />}
          {erase && <TypedName name={name} typed={typed} onType={setTyped} />}
        </>
      )}
    </FormDialog>
  );
}

/** The dialog that gives accounts new links. */
export function NewLinks(props: DialogProps & { names: string[] }): JSX.Element {
  const { site, workshop, names, onMade, onClose } = props;
  const [logOut, setLogOut] = React.useState(true);
  const sending = useSending();
  const act = () =>
    void sending.send(async () => {
      const body = { accounts: names, log_out: logOut };
      onMade(await site.http.post<WorkshopCards>(`${pathOf(workshop)}/links?qr=true`, body));
    });
  return (
    <FormDialog
      title={`New links for ${chosenWords(names)}?`}
      act="Make new links"
      danger
      {...{ sending, onClose }}
      onAct={act}
    >
      <p>The cards that are out lead nowhere from then on. What the accounts have stays.</p>
      <label className="ag-tick-label">
        <input type="checkbox" checked={logOut} onChange={event => setLogOut(event.target.checked)} />
        Log out whoever is in by the old link. Labs go on.
      </label>
    </FormDialog>
  );
}

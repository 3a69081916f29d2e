/** Small pieces of the pages of accounts: forms in dialogs, states, rows that come page by page. */
import * as React from 'react';
import { Button, useModal } from '../calendar/parts';
import { Problem } from '../site/http';
import { Field, Site } from '../site/parts';
import type { Account } from '../wire';
import { State, stateOf } from './words';

const SIGNS: Record<State, string> = { active: '✓', visitor: '○', suspended: '!', ended: '✕' };

/** How an account stands, as a word with a sign of its own. */
export function Standing({ account, now }: { account: Account; now: number }): JSX.Element {
  const state = stateOf(account, now);
  return (
    <span className={`ag-state ag-state-${state}`}>
      <i aria-hidden="true">{SIGNS[state]}</i>
      {state}
    </span>
  );
}

/** A form in a dialog. Escape leaves everything as it is, and the focus goes back to where it was. */
export function FormDialog(props: {
  title: string;
  act: string;
  /** What leaves everything as it is. */
  cancel?: string;
  sending: Sending;
  danger?: boolean;
  disabled?: boolean;
  children: React.ReactNode;
  onAct: () => void;
  onClose: () => void;
}): JSX.Element {
  const { busy, problem, setProblem } = props.sending;
  const dialog = useModal();
  const title = React.useId();
  useFocusAtWrong(dialog, problem);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (!busy && !props.disabled) {
      props.onAct();
    }
  };
  // What is wrong with a field is said until somebody mends that field.
  const edit = (event: React.FormEvent) => {
    if (problem && (!problem.field || problem.field === (event.target as HTMLInputElement).name)) {
      setProblem(null);
    }
  };
  const cancel = (event: React.SyntheticEvent) => {
    event.preventDefault();
    props.onClose();
  };
  return (
    <dialog ref={dialog} className="ag-dialog ag-form-dialog" aria-labelledby={title} onCancel={cancel}>
      <form onSubmit={submit} onInput={edit} noValidate>
        <h2 id={title}>{props.title}</h2>
        {props.children}
        {problem && !problem.field && <Wrong problem={problem} />}
        <div className="ag-row ag-end">
          <Button onClick={props.onClose}>{props.cancel ?? 'Cancel'}</Button>
          <Button
            kind={props.danger ? 'danger' : 'primary'}
            disabled={busy || props.disabled}
            {...{ type: 'submit' }}
          >
            {busy ? 'One moment…' : props.act}
          </Button>
        </div>
      </form>
    </dialog>
  );
}

/** Lead to the field that something is wrong with. */
export function useFocusAtWrong(form: React.RefObject<HTMLElement>, problem: Problem | null): void {
  React.useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form, problem]);
}

/** What is wrong, and what helps. */
export function Wrong({ problem }: { problem: Problem }): JSX.Element {
  return (
    <p className="ag-wrong" role="alert">
      {problem.message} {problem.help}
    </p>
  );
}

/** What is being sent, and what was wrong with it. */
export interface Sending {
  busy: boolean;
  problem: Problem | null;
  setProblem: (problem: Problem | null) => void;
  send: (act: () => Promise<void>) => Promise<void>;
}

/** Send something, and say what is wrong where that failed. */
export function useSending(): Sending {
  const [busy, setBusy] = React.useState(false);
  const [problem, setProblem] = React.useState<Problem | null>(null);
  const send = async (act: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Problem)) {
        throw error;
      }
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, setProblem, send };
}

/** The field that has to hold a name before what bears it is deleted. */
export function TypedName(props: {
  name: string;
  typed: string;
  onType: (typed: string) => void;
}): JSX.Element {
  const { name, typed, onType } = props;
  return (
    <Field name="name" label={`Type ${name} to delete it`}>
      {own => (
        <input
          {...own}
          type="text"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={event => onType(event.target.value)}
        />
      )}
    </Field>
  );
}

/** The field for what other admins read in the trail. */
export function Note(props: { value: string; onChange: (value: string) => void }): JSX.Element {
  return (
    <Field name="note" label="Note for other admins" hint="It goes into the trail.">
      {own => (
        <input
          {...own}
          type="text"
          maxLength={500}
          autoComplete="off"
          value={props.value}
          onChange={event => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** A page of rows, with the address of the next one. */
export interface Rows<T> {
  rows: T[];
  next?: string | null;
}

/** The first page of rows and those that were asked for since; `more` is undefined where there are none left. */
export function useMore<T>(site: Site, path: string, query: Record<string, string>, first: Rows<T>) {
  const [older, setOlder] = React.useState<{ of: Rows<T>; pages: Rows<T>[] }>({ of: first, pages: [] });
  const { busy, problem, send } = useSending();
  const pages = [first, ...(older.of === first ? older.pages : [])];
  const next = pages[pages.length - 1].next;
  const more = () =>
    send(async () => {
      const after = new URLSearchParams(next?.split('?')[1] ?? '').get('after') ?? '';
      const page = await site.http.get<Rows<T>>(path, { ...query, after });
      setOlder({ of: first, pages: [...pages.slice(1), page] });
    });
  return { rows: pages.flatMap(page => page.rows), busy, problem, more: next ? more : undefined };
}

/** The button for more rows. */
export function More(props: {
  busy: boolean;
  problem: Problem | null;
  more?: () => void;
  label: string;
}): JSX.Element {
  return (
    <>
      {props.problem && <Wrong problem={props.problem} />}
      {props.more && (
        <div className="ag-more">
          <Button onClick={props.more} disabled={props.busy}>
            {props.busy ? 'Loading…' : props.label}
          </Button>
        </div>
      )}
    </>
  );
}

/** Where one is among the pages of accounts. */
export function Sections({ site, here }: { site: Site; here: string }): JSX.Element {
  const all = [
    ['accounts', 'Accounts'],
    ['workshops', 'Workshops'],
    ['invitations', 'Invitations'],
    ['import', 'Import'],
    ['policy', 'Policy']
  ];
  return (
    <nav className="ag-sections" aria-label="Accounts">
      {all.map(([name, words]) => (
        <a key={name} href={site.page(name)} aria-current={name === here ? 'page' : undefined}>
          {words}
        </a>
      ))}
    </nav>
  );
}

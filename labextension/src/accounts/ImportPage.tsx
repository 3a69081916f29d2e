/** Accounts from a document: tried first, row by row; then made. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { list } from '../calendar/words';
import { Problem, wrongAt } from '../site/http';
import { Field, Said, Site } from '../site/parts';
import type { ImportRow, Imported } from '../wire';
import { Format, formatOf, rowsShown, textOf } from './documents';
import { Sections, Wrong, useSending } from './parts';
import { countWords } from './words';

interface Sheet {
  text: string;
  format: Format;
  /** Whether whoever is new gets an invitation. */
  mail: boolean;
}

// So many rows are asked for together: one sees how far it is, and no answer takes long.
const AT_ONCE = 500;

/** Import a document, or see what that would do, some rows at a time; `tell` hears how far it is. */
async function importAll(
  site: Site,
  sheet: Sheet,
  dry: boolean,
  tell: (words: string) => void
): Promise<Imported> {
  const body = { document: sheet.text, format: sheet.format, mail: sheet.mail };
  const rows: ImportRow[] = [];
  for (;;) {
    const path = `accounts/import?dry_run=${dry}&start=${rows.length + 1}&most=${AT_ONCE}`;
    const found = await site.http.post<Imported>(path, body);
    rows.push(...found.rows);
    const of = found.of ?? rows.length;
    if (!found.rows.length || rows.length >= of) {
      return { ...found, rows };
    }
    tell(`${rows.length.toLocaleString('en-GB')} of ${countWords(of, 'row')}…`);
  }
}

function useImport(site: Site) {
  const [sheet, setSheet] = React.useState<Sheet>({ text: '', format: 'csv', mail: false });
  const [tried, setTried] = React.useState<Imported | null>(null);
  const [said, setSaid] = React.useState('');
  const { setProblem, send, ...sending } = useSending();
  const edit = (next: Sheet) => {
    setSheet(next);
    setTried(null);
    setProblem(null);
  };
  const [done, setDone] = React.useState('');
  const run = (dry: boolean) =>
    void send(async () => {
      setDone('');
      const found = await importAll(site, sheet, dry, setDone);
      setTried(found);
      setSaid(dry ? '' : doneWords(found));
    });
  return { sheet, tried, said, done, edit, run, setProblem, ...sending };
}

/** The page. */
export function ImportPage({ site }: { site: Site }): JSX.Element {
  const { tried, said, run, busy, done, ...form } = useImport(site);
  const results = React.useRef<HTMLElement>(null);
  React.useEffect(() => results.current?.focus(), [tried]);
  return (
    <>
      <Sections site={site} here="import" />
      <section className="ag-card" aria-label="Import">
        <h1>Import accounts</h1>
        <p>
          A CSV with a line of names on top, or YAML, as the export writes them. Nothing is done before you
          have seen what each row would do; the same document twice changes nothing.
        </p>
        <ImportForm {...form} busy={busy} done={done} isTried={tried !== null} onTry={() => run(true)} />
      </section>
      {tried && (
        <section className="ag-card ag-results" aria-label="What it does" tabIndex={-1} ref={results}>
          <Results site={site} of={tried} />
          {tried.dry_run && <Apply of={tried} busy={busy} done={done} onApply={() => run(false)} />}
        </section>
      )}
      <Said words={said} />
    </>
  );
}

interface FormProps {
  sheet: Sheet;
  problem: Problem | null;
  busy: boolean;
  /** How far it is. */
  done: string;
  isTried: boolean;
  edit: (sheet: Sheet) => void;
  setProblem: (problem: Problem) => void;
  onTry: () => void;
}

function ImportForm({ busy, done, isTried, onTry, ...form }: FormProps): JSX.Element {
  const { sheet, problem, edit } = form;
  const { text, format, mail } = sheet;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    onTry();
  };
  return (
    <form className="ag-form" aria-label="Import" onSubmit={submit}>
      <Documents {...form} />
      <label className="ag-tick-label">
        <input
          type="checkbox"
          checked={mail}
          onChange={event => edit({ ...sheet, mail: event.target.checked })}
        />
        Mail an invitation to whoever is new
      </label>
      {problem && !['document', 'file'].includes(problem.field ?? '') && <Wrong problem={problem} />}
      <div className="ag-row">
        <Button kind={isTried ? 'plain' : 'primary'} disabled={busy || !text.trim()} {...{ type: 'submit' }}>
          {busy ? done || 'One moment…' : 'See what it would do'}
        </Button>
        <span className="ag-muted">{text.trim() && `read as ${format.toUpperCase()}`}</span>
      </div>
    </form>
  );
}

type DocumentsProps = Pick<FormProps, 'sheet' | 'problem' | 'edit' | 'setProblem'>;

function Documents({ sheet, problem, edit, setProblem }: DocumentsProps): JSX.Element {
  const open = async (file: File | undefined) => {
    if (file) {
      const text = textOf(new Uint8Array(await file.arrayBuffer()));
      edit({ ...sheet, text: text ?? '', format: formatOf(file.name, text ?? '') });
      if (text === null) {
        setProblem(NO_TEXT);
      }
    }
  };
  return (
    <>
      <Field name="file" label="A file" problem={problem}>
        {own => (
          <input
            {...own}
            type="file"
            accept=".csv,.yaml,.yml,text/csv"
            onChange={event => void open(event.target.files?.[0])}
          />
        )}
      </Field>
      <Field name="document" label="or its text" wide problem={problem}>
        {own => (
          <textarea
            {...own}
            rows={8}
            spellCheck={false}
            placeholder={'email,level,display\nann@example.org,1,Ann'}
            value={sheet.text}
            onChange={event =>
              edit({ ...sheet, text: event.target.value, format: formatOf('', event.target.value) })
            }
          />
        )}
      </Field>
    </>
  );
}

const NO_TEXT = wrongAt('file', 'This file is not in UTF-8. Save it so: in Excel, as CSV UTF-8.');

const ACTIONS: Record<ImportRow['action'], [string, string]> = {
  created: ['would be new', 'is new'],
  changed: ['would change', 'changed'],
  unchanged: ['stays as it is', 'stays as it is'],
  refused: ['can’t be', 'was refused']
};

const SUMS: Record<ImportRow['action'], string> = {
  created: 'new',
  changed: 'changed',
  unchanged: 'as they are',
  refused: 'refused'
};

function countsOf(of: Imported): [ImportRow['action'], number][] {
  const actions = Object.keys(ACTIONS) as ImportRow['action'][];
  return actions.map(action => [action, of.rows.filter(row => row.action === action).length]);
}

function doneWords(of: Imported): string {
  const found = Object.fromEntries(countsOf(of));
  return `${found.created} new, ${found.changed} changed, ${found.unchanged} as they were, ${found.refused} refused.`;
}

function Results({ site, of }: { site: Site; of: Imported }): JSX.Element {
  const counts = countsOf(of).filter(([, count]) => count);
  const word = (action: ImportRow['action']) => ACTIONS[action][of.dry_run ? 0 : 1];
  const shown = rowsShown(of.rows);
  return (
    <>
      <h2>{of.dry_run ? 'What it would do' : 'What was done'}</h2>
      <p>
        {countWords(of.rows.length, 'row')}
        {counts.length > 0 && `: ${list(counts.map(([action, count]) => `${count} ${SUMS[action]}`))}`}.
        {of.dry_run && ' Nothing is done yet.'}
      </p>
      {of.rows.length > 0 && (
        <table className="ag-people" aria-label="Rows">
          <thead>
            <tr>
              {['Row', 'Account', 'What', 'Details'].map(words => (
                <th key={words} scope="col">
                  {words}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(row => (
              <tr key={row.row} className={row.action === 'refused' ? 'ag-bad-row' : ''}>
                <td data-label="Row">{row.row}</td>
                <th scope="row">
                  {row.name &&
                  (row.action === 'unchanged' || row.action === 'changed' || !of.dry_run) &&
                  row.action !== 'refused' ? (
                    <a href={site.page('accounts', row.name)}>{row.name}</a>
                  ) : (
                    row.name || '–'
                  )}
                </th>
                <td data-label="What">{word(row.action)}</td>
                <td data-label="Details">{row.error || list(row.fields ?? [])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {shown.length < of.rows.length && (
        <p className="ag-muted">{countWords(of.rows.length - shown.length, 'row')} more are not shown.</p>
      )}
    </>
  );
}

function Apply(props: { of: Imported; busy: boolean; done: string; onApply: () => void }): JSX.Element {
  const [created, changed, , refused] = countsOf(props.of).map(([, count]) => count);
  if (!created && !changed) {
    return <p className="ag-empty">There is nothing to do.</p>;
  }
  return (
    <div className="ag-row ag-next-step">
      <Button kind="primary" disabled={props.busy} onClick={props.onApply}>
        {props.busy ? props.done || 'Importing…' : `Import ${countWords(created + changed, 'row')}`}
      </Button>
      {refused > 0 && <span className="ag-muted">{countWords(refused, 'row')} left out.</span>}
    </div>
  );
}

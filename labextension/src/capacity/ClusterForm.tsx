/** The forms of a cluster: a new one, and how one counts. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { Problem, wrongAt } from '../site/http';
import { Field, Site } from '../site/parts';
import type { Cluster } from '../wire';
import { bufferMinutes } from './words';

interface FormProps {
  site: Site;
  /** The cluster that is changed; a new one is made without. */
  of?: Cluster;
  onDone: (cluster: Cluster) => void;
  onClose?: () => void;
}

interface Draft {
  name: string;
  overcommit: string;
  buffer: string;
}

const FIELDS = ['name', 'overcommit', 'buffer'];

/** The form. */
export function ClusterForm(props: FormProps): JSX.Element {
  const { of, onClose } = props;
  const [draft, setDraft] = React.useState<Draft>({
    name: of?.name ?? '',
    overcommit: String(Number(of?.overcommit ?? 1)),
    buffer: String(of ? bufferMinutes(of.buffer) : 0)
  });
  const { busy, problem, send } = useSend(props, draft);
  const form = React.useRef<HTMLFormElement>(null);
  React.useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    void send();
  };
  return (
    <form
      className="ag-form"
      ref={form}
      onSubmit={submit}
      noValidate
      aria-label={of ? 'How it counts' : 'New cluster'}
    >
      {problem && !FIELDS.includes(problem.field) && (
        <p className="ag-wrong" role="alert">
          {problem.message} {problem.help}
        </p>
      )}
      <Fields draft={draft} problem={problem} isNew={!of} onChange={setDraft} />
      <div className="ag-row">
        <Button kind="primary" disabled={busy} {...{ type: 'submit' }}>
          {busy ? 'Saving…' : of ? 'Save' : 'Make it'}
        </Button>
        {onClose && (
          <Button kind="quiet" onClick={onClose}>
            Not now
          </Button>
        )}
      </div>
    </form>
  );
}

function useSend(props: FormProps, draft: Draft) {
  const { site, of, onDone } = props;
  const [busy, setBusy] = React.useState(false);
  const [problem, setProblem] = React.useState<Problem | null>(null);
  const send = async () => {
    const minutes = Number(draft.buffer || 0);
    if (!(minutes >= 0)) {
      setProblem(wrongAt('buffer', 'Write minutes, from 0.'));
      return;
    }
    const body = { overcommit: draft.overcommit, buffer: `PT${Math.round(minutes * 60)}S` };
    setBusy(true);
    setProblem(null);
    try {
      onDone(
        of
          ? await site.http.post<Cluster>(`clusters/${encodeURIComponent(of.name)}`, body)
          : await site.http.post<Cluster>('clusters/create', { ...body, name: draft.name.trim() })
      );
    } catch (error) {
      setProblem(error as Problem);
    }
    setBusy(false);
  };
  return { busy, problem, send };
}

function Fields(props: {
  draft: Draft;
  problem: Problem | null;
  isNew: boolean;
  onChange: (draft: Draft) => void;
}): JSX.Element {
  const { draft, problem, isNew, onChange } = props;
  const text = (name: keyof Draft) => ({
    value: draft[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
      onChange({ ...draft, [name]: event.target.value })
  });
  return (
    <div className="ag-fields">
      {isNew && (
        <Field name="name" label="Name" problem={problem} hint="Small letters, digits and hyphens.">
          {own => <input {...own} type="text" maxLength={63} autoComplete="off" {...text('name')} />}
        </Field>
      )}
      <Field
        name="overcommit"
        label="Over-commit"
        problem={problem}
        hint="Shared bookings that use each core at once."
      >
        {own => (
          <input
            {...own}
            className="ag-number"
            type="number"
            min={1}
            max={100}
            step="any"
            {...text('overcommit')}
          />
        )}
      </Field>
      <Field
        name="buffer"
        label="Buffer (minutes)"
        problem={problem}
        hint="How long servers rest after a reserved booking."
      >
        {own => <input {...own} className="ag-number" type="number" min={0} step="any" {...text('buffer')} />}
      </Field>
    </div>
  );
}

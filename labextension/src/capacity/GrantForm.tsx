/** The form of a grant or blackout. Whom it would hit is shown before it is done. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { RESOURCES, ResourceName, resourceName } from '../site/amounts';
import { Problem, wrongAt } from '../site/http';
import { Field, Site } from '../site/parts';
import type { Booking, Grant, Hit } from '../wire';
import { HitQuestion, bookingsWords } from './hit';
import { Draft, Takes, mistake, requestOf, unitOf } from './words';

const FIELDS = ['startdate', 'enddate', 'share', 'note', ...RESOURCES];
// What is asked for at once; the rest is behind *More*.
const USUAL: ResourceName[] = ['cores', 'memory', 'gpus', 'servers'];

interface FormProps {
  site: Site;
  now: number;
  first: Draft;
  /** The grant that is changed; a new one is made without. */
  of?: Grant;
  onDone: (grant: Grant, words: string) => void;
  onClose?: () => void;
}

/** A change that was asked for: under way, refused, or waiting for the answer to whom it hits. */
interface Asked {
  busy: boolean;
  problem: Problem | null;
  hit: Booking[] | null;
}

const QUIET: Asked = { busy: false, problem: null, hit: null };

function areSame(some: Booking[], others: Booking[]): boolean {
  return some.length === others.length && some.every(one => others.some(other => other.id === one.id));
}

function doneWords(draft: Draft, of: Grant | undefined, hit: Booking[]): string {
  const done = of ? 'Changed' : draft.blackout ? 'Taken away' : 'Added';
  return hit.length ? `${done}. ${bookingsWords(hit.length)} cancelled.` : `${done}.`;
}

/** What the form does: ask whom it hits, and do it, after a question where it hits somebody or takes something away. */
function useChange(props: FormProps, draft: Draft) {
  const { site, of, onDone } = props;
  const [asked, setAsked] = React.useState<Asked>(QUIET);
  const preview = async () => (await site.http.post<Hit>('resources/preview', requestOf(draft, site.tz))).hit;
  const send = async (hit: Booking[]) => {
    const body = { ...requestOf(draft, site.tz), hit: hit.length ? 'cancel' : 'refuse' };
    const grant = await site.http.post<Grant>(
      of ? `resources/${encodeURIComponent(of.id)}` : 'resources/create',
      body
    );
    setAsked(QUIET);
    onDone(grant, doneWords(draft, of, hit));
  };
  const attempt = async (act: () => Promise<void>) => {
    setAsked(old => ({ ...old, busy: true, problem: null }));
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Problem)) {
        throw error;
      }
      // Somebody has booked meanwhile, or it is a change of what is there: the refusal names whom it hits.
      setAsked({ busy: false, hit: error.hit, problem: error.hit ? null : error });
    }
  };
  return {
    asked,
    forget: () => setAsked(QUIET),
    ask: () => {
      const wrong = mistake(draft, site.tz);
      if (wrong) {
        setAsked({ ...QUIET, problem: wrongAt(wrong.field, wrong.message) });
        return;
      }
      void attempt(async () => {
        if (of) {
          return send([]);
        }
        const hit = await preview();
        return draft.blackout || hit.length ? setAsked({ busy: false, problem: null, hit }) : send([]);
      });
    },
    confirm: (shown: Booking[]) =>
      void attempt(async () => {
        const hit = of ? shown : await preview();
        return areSame(hit, shown) ? send(hit) : setAsked({ busy: false, problem: null, hit });
      })
  };
}

/** The form. */
export function GrantForm(props: FormProps): JSX.Element {
  const { site, now, of, onClose } = props;
  const [draft, setDraft] = React.useState(props.first);
  const { asked, ask, confirm, forget } = useChange(props, draft);
  const form = React.useRef<HTMLFormElement>(null);
  const { problem, hit, busy } = asked;
  React.useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);
  const edit = (change: Partial<Draft>) => {
    setDraft({ ...draft, ...change });
    forget();
  };
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    ask();
  };
  const act = of ? 'Change it' : draft.takes === 'everything' ? `Close ${draft.cluster}` : 'Take it away';
  const section = { ...props, draft, problem, edit };
  return (
    <form className="ag-form" ref={form} onSubmit={submit} noValidate aria-label={formTitle(draft, of)}>
      {!of && <h3 className="ag-form-title">{formTitle(draft, of)}</h3>}
      {problem && !FIELDS.includes(problem.field) && (
        <p className="ag-wrong" role="alert">
          {problem.message} {problem.help}
        </p>
      )}
      <div className="ag-fields">
        <When {...section} />
        {draft.blackout && <What {...section} />}
        {(!draft.blackout || draft.takes === 'amounts') && <Amounts {...section} />}
        <Note {...section} />
      </div>
      {hit ? (
        <HitQuestion {...{ site, now, hit, act, busy }} onAct={() => confirm(hit)} onKeep={forget} />
      ) : (
        <div className="ag-row">
          <Button kind="primary" disabled={busy} {...{ type: 'submit' }}>
            {submitWords(draft, of, busy)}
          </Button>
          {onClose && (
            <Button kind="quiet" onClick={onClose}>
              Not now
            </Button>
          )}
        </div>
      )}
    </form>
  );
}

function formTitle(draft: Draft, of?: Grant): string {
  if (of) {
    return draft.blackout ? 'Change this blackout' : 'Change this grant';
  }
  return draft.blackout
    ? `Close ${draft.cluster}, or a part of it, for a while`
    : `Add capacity to ${draft.cluster}`;
}

function submitWords(draft: Draft, of: Grant | undefined, busy: boolean): string {
  if (busy) {
    return draft.blackout && !of ? 'Looking…' : 'Saving…';
  }
  return of ? 'Save' : draft.blackout ? 'See whom it hits' : 'Add';
}

interface PartProps extends FormProps {
  draft: Draft;
  problem: Problem | null;
  edit: (change: Partial<Draft>) => void;
}

function When({ draft, problem, edit }: PartProps): JSX.Element {
  return (
    <>
      <Field name="startdate" label="From" problem={problem}>
        {own => (
          <input
            {...own}
            type="datetime-local"
            value={draft.start}
            onChange={event => edit({ start: event.target.value })}
          />
        )}
      </Field>
      <Field name="enddate" label="Until" problem={problem}>
        {own => (
          <input
            {...own}
            type="datetime-local"
            value={draft.end}
            onChange={event => edit({ end: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

const TAKES: [Takes, string][] = [
  ['everything', 'Everything: nothing can be booked'],
  ['share', 'A part of everything'],
  ['amounts', 'These amounts']
];

function What({ draft, problem, edit }: PartProps): JSX.Element {
  const name = React.useId();
  return (
    <>
      <fieldset className="ag-takes-what">
        <legend>Takes away</legend>
        {TAKES.map(([value, words]) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={draft.takes === value}
              onChange={() => edit({ takes: value })}
            />
            {words}
          </label>
        ))}
      </fieldset>
      {draft.takes === 'share' && (
        <Field name="share" label="Percent" problem={problem}>
          {own => (
            <input
              {...own}
              type="number"
              min={1}
              max={100}
              value={draft.share}
              onChange={event => edit({ share: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}

function Amounts(props: PartProps): JSX.Element {
  const { draft, problem } = props;
  const rest = RESOURCES.filter(name => !USUAL.includes(name));
  const isOpen = rest.some(name => draft.amounts[name] || problem?.field === name);
  const [open, setOpen] = React.useState(isOpen);
  return (
    <>
      {USUAL.map(name => (
        <AmountField key={name} {...props} name={name} />
      ))}
      {open || isOpen ? (
        rest.map(name => <AmountField key={name} {...props} name={name} />)
      ) : (
        <Button kind="quiet" className="ag-more-amounts" onClick={() => setOpen(true)}>
          Disks…
        </Button>
      )}
    </>
  );
}

function AmountField({ name, draft, problem, edit }: PartProps & { name: ResourceName }): JSX.Element {
  const unit = unitOf(name);
  return (
    <Field
      name={name}
      label={unit ? `${resourceName(name)} (${unit})` : resourceName(name)}
      problem={problem}
    >
      {own => (
        <input
          {...own}
          className="ag-number"
          type="number"
          min={0}
          step="any"
          placeholder="0"
          value={draft.amounts[name]}
          onChange={event => edit({ amounts: { ...draft.amounts, [name]: event.target.value } })}
        />
      )}
    </Field>
  );
}

function Note({ draft, problem, edit }: PartProps): JSX.Element {
  const hint = draft.blackout ? 'Whoever loses a booking is told this.' : undefined;
  return (
    <Field name="note" label={draft.blackout ? 'Why' : 'Note'} problem={problem} hint={hint} wide>
      {own => (
        <input
          {...own}
          type="text"
          maxLength={200}
          value={draft.note}
          onChange={event => edit({ note: event.target.value })}
        />
      )}
    </Field>
  );
}

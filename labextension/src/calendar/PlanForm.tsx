/** The exact times of what is chosen, when it may start, how it repeats, and with whom it shares. */
import * as React from 'react';
import type { Package } from '../wire';
import { ChargeTo } from './Charge';
import { Choice, Field } from './Choice';
import { Button, SectionProps } from './parts';
import {
  LENGTHS,
  MOST_TIMES,
  Plan,
  Repeat,
  SHARINGS,
  WEEKDAYS,
  WINDOWS,
  daysFrom,
  repeatWords,
  weekdayName,
  weekdayOf,
  weekly,
  windowLength
} from './plan';
import { Selection, choose, exactly, fromRanges, ranges } from './selection';
import { DAY, Interval, fromField, toField } from './time';
import { length, moment } from './words';

interface FormProps extends SectionProps {
  selection: Selection;
  packages: Package[];
  wrong: string;
}

/** The form under what is chosen; everything in it counts at once. */
export function PlanForm(props: FormProps): JSX.Element {
  const { selection, store, packages, wrong } = props;
  const several = selection.more.length > 0;
  return (
    <div className="ag-edit">
      <Choice
        label="Package"
        value={selection.package}
        options={packages.map(({ name }) => [name, name])}
        onChange={name => store.select({ ...selection, package: name })}
      />
      {several ? <Several {...props} /> : <One {...props} />}
      <ChargeTo {...props} value={props.state.plan.group} onChange={group => store.plan({ group })} />
      {wrong && (
        <p className="ag-wrong" role="alert">
          {wrong}
        </p>
      )}
      <More {...props} />
    </div>
  );
}

/** A start and an end. The fields are filled anew when the range is changed elsewhere, not while they are typed in. */
function Times(props: {
  range: Interval;
  tz: string;
  which?: string;
  onChange: (times: Partial<Interval>) => void;
}): JSX.Element {
  const { range, tz, which = '', onChange } = props;
  const id = React.useId();
  const field = (name: 'start' | 'end', label: string) => (
    <Field id={id + name} label={`${label}${which}`}>
      <DateTime
        id={id + name}
        value={range[name]}
        tz={tz}
        onChange={instant => onChange({ [name]: instant })}
      />
    </Field>
  );
  return (
    <>
      {field('start', 'Start')}
      {field('end', 'End')}
    </>
  );
}

/** A field for a date and time: what is typed stays as it is until it means another instant. */
export function DateTime(props: {
  id: string;
  value: number;
  tz: string;
  invalid?: boolean;
  disabled?: boolean;
  onChange: (instant: number) => void;
}): JSX.Element {
  const { id, value, tz, invalid, disabled, onChange } = props;
  const [text, setText] = React.useState(() => toField(value, tz));
  React.useEffect(() => {
    setText(old => (fromField(old, tz) === Math.floor(value / 60_000) * 60_000 ? old : toField(value, tz)));
  }, [value, tz]);
  return (
    <input
      id={id}
      type="datetime-local"
      value={text}
      disabled={disabled}
      aria-invalid={invalid}
      onChange={event => {
        setText(event.target.value);
        const instant = fromField(event.target.value, tz);
        if (instant !== null) {
          onChange(instant);
        }
      }}
    />
  );
}

function One(props: FormProps): JSX.Element {
  const { selection, store, state, now } = props;
  const { plan } = state;
  const from = Math.max(selection.start, now);
  const set = (times: Partial<Interval>) => store.select(exactly(selection, { ...selection, ...times }));
  const another = () => {
    const next = { start: selection.start + DAY, end: selection.end + DAY };
    store.select(choose(selection.package, next, ranges(selection)));
  };
  return (
    <>
      <Times range={selection} tz={store.tz} onChange={set} />
      <Length size={selection.end - from} onChange={ms => set({ end: from + ms })} />
      <Choice
        label="May start"
        value={plan.window}
        options={[
          ['', 'exactly then'],
          ...WINDOWS.map(([value, words]) => [value, `any time within ${words}`])
        ]}
        onChange={window => store.plan({ window, repeat: null })}
      />
      <Choice
        label="Repeat"
        value={plan.repeat ? 'weekly' : ''}
        options={[
          ['', 'once'],
          ['weekly', 'weekly']
        ]}
        onChange={value => store.plan({ window: '', repeat: value ? weekly(from, store.tz) : null })}
      />
      {!plan.repeat && !plan.window && (
        <Button kind="quiet" className="ag-another" onClick={another}>
          Add another time
        </Button>
      )}
      {plan.window && <p className="ag-plan-words">{latest(plan, from, now, store.tz)}</p>}
      {plan.repeat && <Weekly {...props} repeat={plan.repeat} at={{ start: from, end: selection.end }} />}
    </>
  );
}

function Length(props: { size: number; onChange: (ms: number) => void }): JSX.Element {
  const { size, onChange } = props;
  const lengths = LENGTHS.includes(size) ? LENGTHS : [size, ...LENGTHS];
  return (
    <Choice
      label="Length"
      value={String(size)}
      options={lengths.map(ms => [String(ms), length(ms)])}
      onChange={value => onChange(Number(value))}
    />
  );
}

function latest(plan: Plan, from: number, now: number, tz: string): string {
  const last = from + windowLength(plan.window);
  return `It starts as early as it fits: at ${moment(from, now, tz)} at the earliest, at ${moment(last, now, tz)} at the latest.`;
}

/** On which days of the week, and how often; the rule is said in words. */
function Weekly(props: FormProps & { repeat: Repeat; at: Interval }): JSX.Element {
  const { repeat, at, store } = props;
  const id = React.useId();
  const days = daysFrom(repeat, at.start, store.tz);
  const first = weekdayOf(at.start, store.tz);
  const set = (change: Partial<Repeat>) => store.plan({ repeat: { ...repeat, ...change } });
  return (
    <fieldset className="ag-weekly">
      <legend>Every week on</legend>
      {WEEKDAYS.map(day => (
        <label key={day} className="ag-day">
          <input
            type="checkbox"
            checked={days.includes(day)}
            disabled={day === first}
            aria-label={weekdayName(day)}
            onChange={event =>
              set({ days: event.target.checked ? [...days, day] : days.filter(one => one !== day) })
            }
          />
          <span aria-hidden="true">{weekdayName(day).slice(0, 2)}</span>
        </label>
      ))}
      <label htmlFor={id}>times in all</label>
      <input
        id={id}
        type="number"
        min={2}
        max={MOST_TIMES}
        value={repeat.times}
        onChange={event =>
          set({ times: Math.min(MOST_TIMES, Math.max(1, Math.round(Number(event.target.value)) || 1)) })
        }
      />
      <p className="ag-plan-words" aria-live="polite">
        {repeatWords(at, repeat, store.tz)}.
      </p>
    </fieldset>
  );
}

/** Several ranges, each with its own times. */
function Several(props: FormProps): JSX.Element {
  const { selection, store } = props;
  // As they were chosen, so that none changes its place while it is edited.
  const all: Interval[] = [...selection.more, selection].map(({ start, end }) => ({ start, end }));
  const set = (next: Interval[]) => store.select(fromRanges(selection.package, next));
  return (
    <div className="ag-several">
      {all.map((range, index) => (
        <div key={index} className="ag-row">
          <Times
            range={range}
            tz={store.tz}
            which={` of time ${index + 1}`}
            onChange={times => set(all.map((one, at) => (at === index ? { ...one, ...times } : one)))}
          />
          <Button
            kind="quiet"
            aria-label={`Remove time ${index + 1}`}
            onClick={() => set(all.filter((_, at) => at !== index))}
          >
            Remove
          </Button>
        </div>
      ))}
      <Button
        kind="quiet"
        onClick={() => set([...all, { start: selection.start + DAY, end: selection.end + DAY }])}
      >
        Add another time
      </Button>
    </div>
  );
}

/** What is rarely wanted: a lab that is there at the start, and with whom the booking shares. */
function More(props: FormProps): JSX.Element {
  const { store, state } = props;
  const name = React.useId();
  return (
    <details className="ag-more">
      <summary>More</summary>
      <label className="ag-prepare">
        <input
          type="checkbox"
          checked={state.plan.prepare}
          onChange={event => store.plan({ prepare: event.target.checked })}
        />
        <span>
          <b>Have my lab ready at the start.</b> It is started for you shortly before.
        </span>
      </label>
      <fieldset>
        <legend>Sharing</legend>
        {SHARINGS.map(([value, words, sentence]) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              checked={state.plan.sharing === value}
              onChange={() => store.plan({ sharing: value })}
            />
            <span>
              <b>{words}.</b> {sentence}
            </span>
          </label>
        ))}
      </fieldset>
    </details>
  );
}

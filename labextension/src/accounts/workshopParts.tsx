/** Small pieces of the pages of workshops. */
import * as React from 'react';
import { Problem } from '../site/http';
import { Field } from '../site/parts';
import type { Workshop } from '../wire';
import { stateWords } from './workshopWords';

/** How a workshop stands, as words with a sign of their own. */
export function WorkshopState({ of, now }: { of: Workshop; now: number }): JSX.Element {
  const words = stateWords(of, now);
  const state = words === 'open' ? 'active' : words === 'over' ? 'ended' : 'suspended';
  return (
    <span className={`ag-state ag-state-${state}`}>
      <i aria-hidden="true">{{ active: '✓', ended: '✕', suspended: '!' }[state]}</i>
      {words}
    </span>
  );
}

/** The field for when a workshop ends. */
export function UntilField(props: {
  tz: string;
  value: string;
  problem: Problem | null;
  onChange: (until: string) => void;
}): JSX.Element {
  return (
    <Field name="until" label="Ends" problem={props.problem} hint={`${props.tz.replace(/_/g, ' ')}.`}>
      {own => (
        <input
          {...own}
          type="datetime-local"
          required
          value={props.value}
          onChange={event => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** What becomes of the accounts at the end. */
export function EraseChoice(props: {
  chosen: boolean;
  legend?: string;
  onChoose: (erase: boolean) => void;
}): JSX.Element {
  return (
    <fieldset className="ag-choice">
      <legend>{props.legend ?? 'Then'}</legend>
      {[false, true].map(erase => (
        <label key={String(erase)}>
          <input
            type="radio"
            name="erase"
            checked={props.chosen === erase}
            onChange={() => props.onChoose(erase)}
          />
          {erase ? 'Delete the accounts with everything' : 'Let nobody in, and keep files'}
        </label>
      ))}
    </fieldset>
  );
}

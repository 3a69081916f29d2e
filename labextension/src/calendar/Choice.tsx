/** One of a few, with a label. */
import * as React from 'react';

/** A label over what is filled in. */
export function Field(props: { id: string; label: string; children: React.ReactNode }): JSX.Element {
  return (
    <span className="ag-field">
      <label htmlFor={props.id}>{props.label}</label>
      {props.children}
    </span>
  );
}

/** One of a few; `options` are values with what they are called. */
export function Choice(props: {
  label: string;
  value: string;
  options: string[][];
  onChange: (value: string) => void;
}): JSX.Element {
  const id = React.useId();
  return (
    <Field id={id} label={props.label}>
      <select id={id} value={props.value} onChange={event => props.onChange(event.target.value)}>
        {props.options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </Field>
  );
}

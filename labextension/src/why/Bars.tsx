/** How each resource stood at the tightest moment of a trial: bars of what was taken, needed, left and short. */
import * as React from 'react';
import { RESOURCES, ResourceName, amountOf, figure, isInMiB, resourceName } from '../site/amounts';
import type { Trial } from '../wire';
import { Parts, partsOf, shortOf } from './words';

/** A bar for each resource that was needed, those that were short first. */
export function Bars(props: { trial: Trial; owner: string }): JSX.Element {
  const { trial, owner } = props;
  const short = shortOf(trial);
  const needed = RESOURCES.filter(name => trial.need[name] > 0);
  const rows = [...short, ...needed.filter(name => !short.includes(name))];
  return (
    <>
      <ul className="ag-amounts" aria-label={`What ${trial.cluster} had, and what was needed`}>
        {rows.map(name => (
          <Row key={name} name={name} trial={trial} short={short.includes(name)} />
        ))}
      </ul>
      <Key parts={rows.map(name => partsOf(name, trial))} owner={owner} />
    </>
  );
}

function Row(props: { name: ResourceName; trial: Trial; short: boolean }): JSX.Element {
  const { name, trial, short } = props;
  const left = Math.max(0, trial.least[name]);
  const missing = trial.need[name] - left;
  return (
    <li className={short ? 'ag-is-short' : ''}>
      <b>{resourceName(name)}</b>
      <Bar parts={partsOf(name, trial)} />
      <span className="ag-figures-said">
        {short ? (
          <strong>
            <i aria-hidden="true">▲</i> {isInMiB(name) ? figure(name, missing) : amountOf(name, missing)}{' '}
            short
          </strong>
        ) : (
          <span className="ag-enough">enough</span>
        )}
        <span>
          needs <b>{figure(name, trial.need[name])}</b>, {left ? figure(name, left) : 'nothing'} left of{' '}
          {figure(name, trial.granted[name])}
        </span>
      </span>
    </li>
  );
}

const SEGMENTS: (keyof Parts)[] = ['others', 'mine', 'inside', 'over', 'left'];

function Bar({ parts }: { parts: Parts }): JSX.Element {
  const percent = (value: number) => `${(value * 100).toFixed(2)}%`;
  return (
    <span className="ag-amount" aria-hidden="true">
      {SEGMENTS.filter(name => parts[name] > 0).map(name => (
        <i key={name} className={`ag-part ag-part-${name}`} style={{ width: percent(parts[name]) }} />
      ))}
      {parts.over > 0 && <i className="ag-part-edge" style={{ left: percent(parts.granted) }} />}
    </span>
  );
}

function Key(props: { parts: Parts[]; owner: string }): JSX.Element {
  const words: [keyof Parts, string][] = [
    ['others', 'taken by others'],
    ['mine', props.owner],
    ['inside', 'needed, and there'],
    ['over', 'needed, and short'],
    ['left', 'still left']
  ];
  const shown = words.filter(([name]) => props.parts.some(parts => parts[name] > 0));
  return (
    <div className="ag-key" aria-hidden="true">
      {shown.map(([name, text]) => (
        <span key={name}>
          <i className={`ag-part ag-part-${name}`} />
          {text}
        </span>
      ))}
      {props.parts.some(parts => parts.over > 0) && (
        <span>
          <i className="ag-part-edge" />
          all that the cluster had
        </span>
      )}
    </div>
  );
}

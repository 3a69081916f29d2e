/** The request as it was sent, folded away: in words, and letter by letter. */
import * as React from 'react';
import { plain } from '../calendar/words';
import { isInMiB, figure, RESOURCES, ResourceName } from '../site/amounts';
import type { SectionProps } from './Why';
import { lengthWords } from './words';

const NAMES: Record<string, string> = {
  startdate: 'from',
  enddate: 'until',
  duration: 'for',
  window: 'may start later by',
  shortest: 'at least',
  smallest: 'no smaller than',
  tz: 'zone',
  user: 'user disk',
  temporary: 'temporary disk',
  data: 'data disk'
};

/** The section. */
export function Sent(props: SectionProps): JSX.Element {
  const { decision, now, site } = props;
  const words = (name: string, value: unknown) => {
    if (RESOURCES.includes(name as ResourceName) && isInMiB(name as ResourceName)) {
      return figure(name as ResourceName, Number(value));
    }
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return lengthWords(value) || plain(text, now, site.tz);
  };
  return (
    <details className="ag-folded ag-sent">
      <summary>The request as it was sent</summary>
      <div className="ag-card">
        <dl>
          {Object.entries(decision.request).map(([name, value]) => (
            <div key={name}>
              <dt>{NAMES[name] ?? name}</dt>
              <dd>{words(name, value)}</dd>
            </div>
          ))}
        </dl>
        <pre tabIndex={0} aria-label="Letter by letter">
          {JSON.stringify(decision.request, null, 2)}
        </pre>
      </div>
    </details>
  );
}

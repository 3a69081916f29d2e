/** Space in the panel: one quiet line as long as there is room, or how full each space is and what to do. */
import * as React from 'react';
import { Button } from '../calendar/parts';
import { useAsked } from './asked';
import {
  Going,
  Space,
  SpacesInfo,
  goingSoon,
  largestWords,
  quietWords,
  sizeWords,
  spaceName,
  stateOf,
  untilWords,
  useWords
} from './spaces';

const EVERY = 10_000;
const SHOWN = 3;

interface SpaceProps {
  /** Asks how full the spaces are; null where that is not known. */
  ask: () => Promise<SpacesInfo | null>;
  /** Has something kept; throws what to tell where it can't be. */
  keep: (going: Going) => Promise<SpacesInfo>;
  seen: () => boolean;
  now: () => number;
  tz: string;
  /** The page about all that is stored. */
  page: () => string;
}

/** The section *Space*. */
export function SpaceCard({ ask, keep, seen, now, tz, page }: SpaceProps): JSX.Element | null {
  const [info, setInfo] = useAsked(ask, seen, EVERY);
  const [trouble, setTrouble] = React.useState('');
  if (!info?.known) {
    return null;
  }
  const shown = info.spaces.filter(one => stateOf(one) !== 'none');
  const tight = shown.some(one => stateOf(one) !== 'room');
  const soon = goingSoon(info, now());
  const all = (
    <a href={page()} target="_blank" rel="noopener">
      All that is stored
    </a>
  );
  const onKeep = async (going: Going) => {
    try {
      setTrouble('');
      setInfo(await keep(going));
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section className="ag-card ag-sparks ag-space" aria-label="Space">
      <h3>Space</h3>
      {tight ? (
        <dl className="ag-uses">
          {shown.map(one => (
            <SpaceRow key={one.space} space={one} />
          ))}
        </dl>
      ) : (
        <p>
          {quietWords(info)} {all}
        </p>
      )}
      {info.stays && !info.visitor && <p>What you save stays when this lab ends.</p>}
      {soon.length > 0 && (
        <Soon going={soon.slice(0, SHOWN)} now={now()} tz={tz} onKeep={one => void onKeep(one)} />
      )}
      {trouble && (
        <p className="ag-excess" role="alert">
          {trouble}
        </p>
      )}
      {info.gone.length > 0 && <Gone paths={info.gone.map(one => one.path)} />}
      {(tight || soon.length > SHOWN) && <p>{all}</p>}
    </section>
  );
}

interface SoonProps {
  going: Going[];
  now: number;
  tz: string;
  onKeep: (going: Going) => void;
}

/** What is deleted before long, and keeping it where that may be. */
function Soon({ going, now, tz, onKeep }: SoonProps): JSX.Element {
  return (
    <ul className="ag-going" aria-label="Deleted before long">
      {going.map(one => (
        <li className="ag-row" key={`${one.space} ${one.path}`}>
          <div className="ag-grow">
            <b>{one.path}</b>
            <p>
              {sizeWords(one.size)}, deleted {untilWords(one, now, tz)}
            </p>
          </div>
          {one.may !== 'no' && (
            <Button onClick={() => onKeep(one)} aria-label={`Keep ${one.path}`}>
              Keep
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What was deleted while this lab ran. */
function Gone({ paths }: { paths: string[] }): JSX.Element {
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return (
    <p role="status">
      Deleted, as its time was over: {paths.slice(-SHOWN).join(', ')}
      {more}.
    </p>
  );
}

/** One space: its figures, a bar, and where it is full, what to delete. */
function SpaceRow({ space }: { space: Space }): JSX.Element {
  const state = stateOf(space);
  const kind = state === 'full' ? 'ag-full-use' : state === 'near' ? 'ag-near-use' : '';
  return (
    <div>
      <dt>{spaceName(space.space)}</dt>
      <dd>
        <span>{useWords(space)}</span>
        <div className={`ag-meter ${kind}`} aria-hidden="true">
          <i style={{ width: `${Math.min(1, space.part) * 100}%` }} />
        </div>
        {state === 'near' && <p>Nearly full.</p>}
      </dd>
      {state === 'full' && (
        <dd className="ag-excess" role="alert">
          Full: what is there can be saved, nothing new fits. Delete what you don’t need
          {space.largest.length > 0 && <>; the largest: {largestWords(space)}</>}.
        </dd>
      )}
    </div>
  );
}

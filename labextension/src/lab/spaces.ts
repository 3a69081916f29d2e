/** The spaces of the home, as the lab's own server knows them: how full they are, and what goes before long. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { list, shortMoment } from '../calendar/words';

export type SpaceName = 'notebooks' | 'saved' | 'temporary';

/** What can be kept or deleted as a whole: a file, or a folder. */
export interface Named {
  path: string;
  files: number;
  size: number;
}

/** One space; sizes in bytes, and what may be in it, null where nothing limits it. `part` is how full it is: 1 is full. */
export interface Space {
  space: SpaceName;
  files: number;
  size: number;
  most_files: number | null;
  most_size: number | null;
  part: number;
  largest: Named[];
}

/** What is deleted at `until`, unless it is kept as it `may` be. */
export interface Going extends Named {
  space: SpaceName;
  until: string | null;
  may: 'no' | 'again' | 'always';
}

/** What the lab's route `aglais/spaces` answers. */
export interface SpacesInfo {
  known: boolean;
  visitor: boolean;
  /** Whether the home outlasts this lab. */
  stays: boolean;
  spaces: Space[];
  soon: Going[];
  gone: { space: SpaceName; path: string }[];
}

const NEAR = 0.9;
const DAY = 86_400_000;
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];
const NAMES: Record<SpaceName, string> = { notebooks: 'Notebooks', saved: 'Data', temporary: 'temp/' };

/** Asks the lab's server; null where there is no answer. */
export async function askSpaces(settings: ServerConnection.ISettings): Promise<SpacesInfo | null> {
  try {
    const response = await ServerConnection.makeRequest(
      URLExt.join(settings.baseUrl, 'aglais', 'spaces'),
      { cache: 'no-store' },
      settings
    );
    return response.ok ? ((await response.json()) as SpacesInfo) : null;
  } catch {
    return null;
  }
}

/** Has an item kept once more. Throws with what to tell where that can't be. */
export async function keepGoing(settings: ServerConnection.ISettings, going: Going): Promise<SpacesInfo> {
  const url = URLExt.join(settings.baseUrl, 'aglais', 'spaces', 'keep');
  const keep = going.may === 'always' ? 'always' : 'again';
  const body = JSON.stringify({ space: going.space, path: going.path, keep });
  const response = await ServerConnection.makeRequest(url, { method: 'POST', body }, settings);
  const answer = (await response.json()) as SpacesInfo & { error?: { message: string; help?: string } };
  if (!response.ok) {
    throw new Error(
      [answer.error?.message, answer.error?.help].filter(Boolean).join(' ') || 'It could not be kept.'
    );
  }
  return answer;
}

/** What a space is called. */
export function spaceName(space: SpaceName): string {
  return NAMES[space];
}

/** `812 bytes`, `1.5 MiB`, `12 GiB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) {
    return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  }
  let amount = bytes / 1024;
  let unit = 0;
  while (Math.round(amount) >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount < 9.95 ? Number(amount.toFixed(1)) : Math.round(amount)} ${UNITS[unit]}`;
}

/** `1 file`, `12,000 files`. */
export function filesWords(files: number): string {
  return files === 1 ? '1 file' : `${files.toLocaleString('en-GB')} files`;
}

/** `12 of 500 MiB · 34 of 500 files`; what nothing limits has no `of`. */
export function useWords(space: Space): string {
  const size =
    space.most_size === null ? sizeWords(space.size) : of(sizeWords(space.size), sizeWords(space.most_size));
  const files =
    space.most_files === null
      ? filesWords(space.files)
      : `${space.files.toLocaleString('en-GB')} of ${filesWords(space.most_files)}`;
  return `${size} · ${files}`;
}

/** How it stands with a space: whether there is room. */
export function stateOf(space: Space): 'none' | 'room' | 'near' | 'full' {
  if (space.most_size === 0 || space.most_files === 0) {
    return space.files ? 'full' : 'none';
  }
  return space.part >= 1 ? 'full' : space.part >= NEAR ? 'near' : 'room';
}

/** Everything in one line, where there is room in all spaces: `12 MiB of notebooks, 340 MiB of data, 2 GiB in temp/`. */
export function quietWords(info: SpacesInfo): string {
  const words = info.spaces
    .filter(one => one.files)
    .map(one =>
      one.space === 'temporary'
        ? `${sizeWords(one.size)} in temp/`
        : `${sizeWords(one.size)} of ${NAMES[one.space].toLowerCase()}`
    );
  return words.length ? `${list(words)}. There is room for more.` : 'Nothing yet: there is room.';
}

/** What to delete, the largest first: `user/run (1.2 GiB, 12 files), a.csv (3 KiB, 1 file)`. */
export function largestWords(space: Space): string {
  return space.largest
    .map(one => `${one.path} (${sizeWords(one.size)}, ${filesWords(one.files)})`)
    .join(', ');
}

/** What goes so soon that it is said here: within two weeks, or within a day where it is meant to go. */
export function goingSoon(info: SpacesInfo, now: number): Going[] {
  return info.soon.filter(
    one => one.until && (one.space !== 'temporary' || Date.parse(one.until) - now < DAY)
  );
}

/** `on Wed 25 Nov 14:00`, `soon`. */
export function untilWords(going: Going, now: number, tz: string): string {
  return going.until && Date.parse(going.until) > now
    ? shortMoment(Date.parse(going.until), now, tz)
    : 'soon';
}

/** `12 of 500 MiB`, `3 KiB of 1 GiB`. */
function of(used: string, most: string): string {
  const [figure, unit] = used.split(' ');
  return most.endsWith(` ${unit}`) ? `${figure} of ${most}` : `${used} of ${most}`;
}

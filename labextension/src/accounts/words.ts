/** Accounts in words, and requests made of what a form holds. Pure. */
import { fromField, iso, toField } from '../calendar/time';
import { length, list, memory, moment } from '../calendar/words';
import type { Account, AccountChange, Allowance, Attributes, Policy, Space, SpaceName } from '../wire';

/** The spaces that files are counted in, in the order in which they are told. */
export const SPACES: SpaceName[] = ['notebooks', 'saved', 'temporary'];

const SPACE_WORDS: Record<string, string> = {
  notebooks: 'Notebooks',
  saved: 'Saved data',
  temporary: 'Temporary data',
  shared: 'Shared data'
};

/** `Notebooks`, `Saved data`: what a space is called. */
export function spaceWords(name: string): string {
  return SPACE_WORDS[name] ?? name;
}

/** `visitor`, `member`, `level 3` */
export function levelWords(level: number): string {
  return level === 0 ? 'visitor' : level === 1 ? 'member' : `level ${level}`;
}

/** How an account stands. */
export type State = 'suspended' | 'ended' | 'visitor' | 'active';

/** Whether an account is a way in, and if not why. */
export function stateOf(account: Account, now: number): State {
  if (account.suspended) {
    return 'suspended';
  }
  if (account.expires && Date.parse(account.expires) <= now) {
    return 'ended';
  }
  return account.level === 0 ? 'visitor' : 'active';
}

/** What a way in is called: `Email`, `GitHub`. */
export function wayWords(kind: string): string {
  const known: Record<string, string> = {
    email: 'Email',
    github: 'GitHub',
    gitlab: 'GitLab',
    cilogon: 'CILogon'
  };
  return known[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1);
}

/** All ways into an account: `Email, GitHub`; `none` for a visitor. */
export function waysWords(account: Account): string {
  const kinds = account.identities.map(identity => wayWords(identity.kind));
  return [...new Set(kinds)].join(', ') || 'none';
}

/** When somebody was last here, or that they never were. */
export function seenWords(account: Pick<Account, 'seen'>, now: number, tz: string): string {
  if (!account.seen) {
    return 'never';
  }
  const ago = now - Date.parse(account.seen);
  return ago < 60_000
    ? 'just now'
    : ago < 86_400_000
      ? `${length(ago)} ago`
      : moment(Date.parse(account.seen), now, tz);
}

/** When an account ends: `never`, `ended 17:20 yesterday`, `Thu 3 Dec 06:00`. */
export function expiresWords(expires: string | null | undefined, now: number, tz: string): string {
  if (!expires) {
    return 'never';
  }
  const at = Date.parse(expires);
  return at <= now ? `ended ${moment(at, now, tz)}` : moment(at, now, tz);
}

/** `1 account`, `12 accounts` */
export function countWords(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;
}

// ---- lengths of time, as the policy has them

const UNITS: [string, string, RegExp][] = [
  ['Y', 'year', /^y(ears?)?$/],
  ['M', 'month', /^mo(nths?)?$/],
  ['W', 'week', /^w(eeks?)?$/],
  ['D', 'day', /^d(ays?)?$/],
  ['H', 'hour', /^h(ours?)?$/]
];

/** `P6M` as `6 months`, `PT12H` as `12 hours`, `P1Y6M` as `1 year and 6 months`. */
export function lastingWords(lasting: string): string {
  const [date, time = ''] = lasting.slice(1).split('T');
  const parts = [...date.matchAll(/(\d+)([YMWD])/g), ...time.matchAll(/(\d+)([HM])/g)];
  const words = parts.map(([, count, unit], index) => {
    const inTime = index >= [...date.matchAll(/\d+[YMWD]/g)].length;
    const name = inTime && unit === 'M' ? 'minute' : (UNITS.find(([letter]) => letter === unit)?.[1] ?? '');
    return countWords(Number(count), name);
  });
  return list(words) || lasting;
}

/** `6 months` as `P6M`; null where it is no length of time. What is on the wire already stays. */
export function lastingFrom(text: string): string | null {
  const typed = text.trim();
  if (/^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?)?$/.test(typed)) {
    return typed;
  }
  const found = new Map<string, string>();
  for (const part of typed.toLowerCase().split(/\s*(?:,|\band\b)\s*/)) {
    const [, count, unit] = /^(\d{1,4})\s*([a-z]+)$/.exec(part) ?? [];
    const letter = UNITS.find(([, , known]) => known.test(unit ?? ''))?.[0];
    if (!letter || found.has(letter)) {
      return null;
    }
    found.set(letter, count);
  }
  const of = (letters: string) =>
    [...letters].map(one => (found.has(one) ? found.get(one) + one : '')).join('');
  const hours = of('H');
  return `P${of('YMWD')}${hours ? `T${hours}` : ''}`;
}

// ---- what one may have

/** What a space holds at most: `500 files, 9.8 GiB`; `no limit`; `nothing`. */
export function limitWords(space: Space): string {
  if (space.files === 0 || space.size === 0) {
    return 'nothing';
  }
  const words = [
    typeof space.files === 'number' ? countWords(space.files, 'file') : '',
    typeof space.size === 'number' ? memory(space.size) : ''
  ];
  return words.filter(Boolean).join(', ') || 'no limit';
}

/** How long a space keeps what is in it, and whether that can be put off. */
export function keptWords(space: Space): string {
  if (space.files === 0 || space.size === 0) {
    return '';
  }
  if (!space.kept) {
    return 'for as long as the account is there';
  }
  const longer = {
    no: '',
    again: '; you can put that off, for as long again',
    always: '; you can keep it for good'
  }[space.keep ?? 'no'];
  return `until ${lastingWords(space.kept)} after its last change${longer}`;
}

/** The allowance of a level: its own, or that of the next lower one that is named. */
export function allowanceOf(policy: Policy, level: number): Allowance {
  const named = Object.keys(policy.levels).map(Number);
  const below = named.filter(one => one <= level);
  return policy.levels[String(Math.max(...(below.length ? below : [Math.min(...named)])))];
}

// ---- the trail

/** A value of a change in words. */
function valueWords(value: unknown, now: number, tz: string): string {
  if (value === null || value === undefined || value === '') {
    return 'nothing';
  }
  if (typeof value === 'boolean') {
    return value ? 'yes' : 'no';
  }
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) {
    return moment(Date.parse(value), now, tz);
  }
  if (typeof value === 'string' && /^P\d|^PT\d/.test(value)) {
    return lastingWords(value);
  }
  if (Array.isArray(value)) {
    return list(value.map(one => valueWords(one, now, tz))) || 'nothing';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}

function flat(value: Record<string, unknown> | null | undefined, under = ''): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, one] of Object.entries(value ?? {})) {
    const own = key === 'attributes' ? 'by hand' : key;
    const name = under ? `${under} ${own}` : own;
    if (one && typeof one === 'object' && !Array.isArray(one)) {
      flat(one as Record<string, unknown>, name).forEach((inner, path) => found.set(path, inner));
    } else {
      found.set(name, one);
    }
  }
  return found;
}

/** What was so before and after, a line for each thing that differs: `level: 1 → 2`. */
export function changeLines(
  change: Pick<AccountChange, 'before' | 'after'>,
  now: number,
  tz: string
): string[] {
  const [before, after] = [flat(change.before), flat(change.after)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  // Nothing that becomes a thing with parts is told by its parts.
  const whole = (name: string) => !names.some(other => other.startsWith(`${name} `));
  return names
    .filter(whole)
    .filter(name => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name)))
    .map(name => {
      const [was, is] = [before, after].map(one => valueWords(one.get(name), now, tz));
      return before.has(name) ? `${name}: ${was} → ${is}` : `${name}: ${is}`;
    });
}

const THROUGH: Record<string, string> = { api: 'a script', page: '', cli: 'the command line', platform: '' };

/** Who made a change: `you`, `ben, by a script`, `the platform`. */
export function byWords(change: Pick<AccountChange, 'by' | 'through' | 'account'>, viewer: string): string {
  if (!change.by) {
    return 'the platform';
  }
  const who = change.by === viewer ? 'you' : change.by;
  return THROUGH[change.through] ? `${who}, by ${THROUGH[change.through]}` : who;
}

// ---- the form of an account

/** A space in the form: texts as they are typed. */
export interface SpaceDraft {
  /** Whether it is set for this account alone. */
  own: boolean;
  files: string;
  size: string;
  kept: string;
  keep: 'no' | 'again' | 'always';
}

/** What the form of an account holds. */
export interface Draft {
  display: string;
  affiliation: string;
  level: string;
  expires: string;
  package: string;
  spaces: Record<SpaceName, SpaceDraft>;
  note: string;
}

/** What a space's fields hold where they show `space`. */
export function spaceDraft(space: Space | null | undefined, own: boolean): SpaceDraft {
  return {
    own,
    files: typeof space?.files === 'number' ? String(space.files) : '',
    size: typeof space?.size === 'number' ? String(space.size) : '',
    kept: space?.kept ? lastingWords(space.kept) : '',
    keep: space?.keep ?? 'no'
  };
}

/** A form that holds an account. */
export function draftOf(account: Account, tz: string): Draft {
  const own = account.attributes;
  return {
    display: account.display,
    affiliation: account.affiliation,
    level: String(account.level),
    expires: account.expires ? toField(Date.parse(account.expires), tz) : '',
    package: own?.package ?? '',
    spaces: {
      notebooks: spaceDraft(own?.notebooks, Boolean(own?.notebooks)),
      saved: spaceDraft(own?.saved, Boolean(own?.saved)),
      temporary: spaceDraft(own?.temporary, Boolean(own?.temporary))
    },
    note: ''
  };
}

/** What is wrong with a form, at which field; nothing where it can be sent. */
export function mistake(draft: Draft): { field: string; message: string } | null {
  if (!draft.display.trim()) {
    return { field: 'display', message: 'Write a name.' };
  }
  if (!/^\d{1,3}$/.test(draft.level) || Number(draft.level) > 100) {
    return { field: 'level', message: 'Write a level from 0 to 100.' };
  }
  for (const name of SPACES.filter(one => draft.spaces[one].own)) {
    const space = draft.spaces[name];
    for (const field of ['files', 'size'] as const) {
      if (!/^\d{0,9}$/.test(space[field].trim())) {
        return { field: `${name} ${field}`, message: 'Write a whole number, or nothing for no limit.' };
      }
    }
    if (space.kept.trim() && lastingFrom(space.kept) === null) {
      return { field: `${name} kept`, message: 'Write a length of time, as 6 months, or nothing for good.' };
    }
  }
  return null;
}

function attributesOf(draft: Draft): Attributes | null {
  const number = (text: string) => (text.trim() ? Number(text) : null);
  const own: Attributes = {};
  if (draft.package.trim()) {
    own.package = draft.package.trim();
  }
  for (const name of SPACES.filter(one => draft.spaces[one].own)) {
    const { files, size, kept, keep } = draft.spaces[name];
    own[name] = {
      files: number(files),
      size: number(size),
      kept: kept.trim() ? lastingFrom(kept) : null,
      keep
    };
  }
  return Object.keys(own).length ? own : null;
}

/** The request that a form without mistakes makes: what is not as it was, and the version that it was looked at in. */
export function settingsOf(draft: Draft, account: Account, tz: string): Record<string, unknown> {
  const was = draftOf(account, tz);
  const found: Record<string, unknown> = {};
  if (draft.display.trim() !== was.display) {
    found.display = draft.display.trim();
  }
  if (draft.affiliation.trim() !== was.affiliation) {
    found.affiliation = draft.affiliation.trim();
  }
  if (draft.level !== was.level) {
    found.level = Number(draft.level);
  }
  if (draft.expires !== was.expires) {
    const at = fromField(draft.expires, tz);
    found.expires = at === null ? null : iso(at);
  }
  if (draft.package !== was.package || JSON.stringify(draft.spaces) !== JSON.stringify(was.spaces)) {
    found.attributes = attributesOf(draft);
  }
  if (!Object.keys(found).length) {
    return {};
  }
  return { ...found, version: account.version, ...(draft.note.trim() ? { note: draft.note.trim() } : {}) };
}

/** What of an account is another than it was, for whoever edited the old one: `level: 1 → 2`. */
export function newerLines(old: Account, newer: Account, now: number, tz: string): string[] {
  const told = (one: Account) => ({
    name: one.display,
    affiliation: one.affiliation,
    level: one.level,
    ends: one.expires ?? null,
    suspended: one.suspended ?? null,
    'by hand': one.attributes ? (JSON.parse(JSON.stringify(one.attributes)) as Record<string, unknown>) : null
  });
  return changeLines({ before: told(old), after: told(newer) }, now, tz);
}

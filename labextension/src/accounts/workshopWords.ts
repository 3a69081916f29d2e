/** Workshops in words, and what their forms hold. Pure. */
import { fromField } from '../calendar/time';
import { length, list, moment } from '../calendar/words';
import type { Card, Workshop, WorkshopAccount, WorkshopHoldings } from '../wire';
import { countWords } from './words';

/** `open`, `ends in 3 h`, `over` */
export function stateWords(of: Workshop, now: number): string {
  const left = Date.parse(of.until) - now;
  return isOver(of, now) ? 'over' : of.state === 'ending' ? `ends in ${length(left)}` : 'open';
}

/** Whether it was over when it was looked at, or is meanwhile. */
export function isOver(of: Workshop, now: number): boolean {
  return of.state === 'over' || Date.parse(of.until) <= now;
}

/** What becomes of the accounts at the end. */
export function thenWords(erase: boolean): string {
  return erase ? 'everything is deleted' : 'files are kept';
}

/** How many accounts there are, and of how many where some are gone: `30 accounts`, `28 of 30 accounts`. */
export function accountsWords(of: Workshop): string {
  return of.accounts < of.opened
    ? `${of.accounts} of ${countWords(of.opened, 'account')}`
    : countWords(of.accounts, 'account');
}

/** An end as it goes on paper, where no day is today: `Friday 4 December 2026, 18:00 (Europe/London)`. */
export function paperWords(until: string, tz: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: tz,
    hourCycle: 'h23',
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit'
  }).formatToParts(Date.parse(until));
  const part = (type: string) => parts.find(one => one.type === type)?.value ?? '';
  const day = ['weekday', 'day', 'month', 'year'].map(part).join(' ');
  return `${day}, ${part('hour')}:${part('minute')} (${tz.replace(/_/g, ' ')})`;
}

/** What a card has been good for: `no link`, `not used yet`, `used 17:20 today`. */
export function cardWords(of: WorkshopAccount, now: number, tz: string): string {
  if (!of.linked) {
    return 'no link';
  }
  return of.used ? `used ${moment(Date.parse(of.used), now, tz)}` : 'not used yet';
}

/** What is another about an account than about most of its workshop. */
export function apartWords(of: WorkshopAccount, workshop: Workshop, now: number, tz: string): string {
  const ends = of.expires ? `ends ${moment(Date.parse(of.expires), now, tz)}` : 'never ends';
  return [
    of.ending ? 'being deleted' : of.suspended ? 'suspended' : '',
    !of.ending && of.expires !== workshop.until ? ends : ''
  ]
    .filter(Boolean)
    .join(', ');
}

/** Which accounts are shown. */
export type Shown = '' | 'absent' | 'lab';

/** The accounts that are shown. */
export function shownOf(rows: WorkshopAccount[], shown: Shown): WorkshopAccount[] {
  return rows.filter(one => (shown === 'absent' ? !one.seen : shown === 'lab' ? one.lab : true));
}

/** Whether a link can lead into an account. */
export function isWayIn(of: WorkshopAccount, now: number): boolean {
  return !of.ending && Boolean(of.expires) && Date.parse(of.expires ?? '') > now;
}

/** `1 card`, `gaia-01 and gaia-02`, `30 cards`: of which accounts. */
export function chosenWords(names: string[]): string {
  return names.length <= 3 ? list(names) : countWords(names.length, 'account');
}

/** What is lost when a workshop ends, a line each. */
export function endLines(held: WorkshopHoldings, erase: boolean, memory: (mib: number) => string): string[] {
  const files = `${countWords(held.files, 'file')}, ${memory(held.size)}`;
  return [
    held.labs
      ? `${countWords(held.labs, 'lab')} that ${held.labs === 1 ? 'runs' : 'run'} now, and code that runs in ${held.labs === 1 ? 'it' : 'them'}`
      : '',
    held.bookings ? countWords(held.bookings, 'booking') : '',
    `every way into ${countWords(held.accounts, 'account')}: the links on their cards lead nowhere`,
    erase ? `the accounts with all their files: ${files}` : ''
  ].filter(Boolean);
}

/** What the form of a new workshop holds. */
export interface Draft {
  name: string;
  number: string;
  level: string;
  until: string;
  erase: boolean;
}

/** A new workshop that nothing is known of. */
export const EMPTY: Draft = { name: '', number: '', level: '1', until: '', erase: false };

/** What is wrong with a form, at the first such field. */
export function mistake(draft: Draft, now: number, tz: string): { field: string; message: string } | null {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(draft.name.trim()) || draft.name.trim().length > 24) {
    const message = 'Write at most 24 lower-case letters, digits and single dashes, a letter first.';
    return { field: 'name', message };
  }
  return numberMistake(draft.number) ?? levelMistake(draft.level) ?? untilMistake(draft.until, now, tz);
}

/** What is wrong with a number of accounts. */
export function numberMistake(number: string): { field: string; message: string } | null {
  const isGood = /^\d{1,3}$/.test(number.trim()) && Number(number) >= 1 && Number(number) <= 500;
  return isGood ? null : { field: 'number', message: 'Write a number from 1 to 500.' };
}

function levelMistake(level: string): { field: string; message: string } | null {
  const isGood = /^\d{1,3}$/.test(level.trim()) && Number(level) >= 1 && Number(level) <= 100;
  return isGood ? null : { field: 'level', message: 'Write a level from 1 to 100.' };
}

/** What is wrong with an end. */
export function untilMistake(
  until: string,
  now: number,
  tz: string
): { field: string; message: string } | null {
  const at = fromField(until, tz);
  if (at === null) {
    return { field: 'until', message: 'Choose a day and a time.' };
  }
  return at > now ? null : { field: 'until', message: 'This time has been. Choose one that is to come.' };
}

/** The cards as a table for a spreadsheet or a mail merge. */
export function cardsAsCsv(cards: Card[], until: string): string {
  return (
    ['account,link,until', ...cards.map(one => `${one.account},${one.url},${until}`)].join('\r\n') + '\r\n'
  );
}

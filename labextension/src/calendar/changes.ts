/** What has changed of a booking, in words. Pure. */
import type { Change } from '../wire';
import { spansWords } from './spans';
import type { Interval } from './time';
import { list, plain, span } from './words';

const FIELDS: Record<string, string> = {
  start: 'the start',
  end: 'the end',
  until: 'when its server stops',
  package: 'the package',
  cluster: 'the cluster',
  sharing: 'the sharing',
  note: 'the note'
};

// What changes along with these, and says nothing more.
const SILENT = ['version', 'modified', 'package_version', 'kind', 'why', 'url', 'outage', 'lost'];

const PHASES: Record<string, string> = {
  OFFERED: 'held as an offer',
  ACCEPTED: 'booked',
  WAITING: 'waiting for its time',
  PREPARING: 'being prepared',
  AVAILABLE: 'ready, without a server',
  RUNNING: 'running',
  RELEASING: 'ending',
  COMPLETED: 'over',
  REJECTED: 'declined',
  EXPIRED: 'not taken in time',
  CANCELLED: 'cancelled',
  FAILED: 'failed'
};

/** A phase as it goes on after *it is*. */
export function phaseName(phase: string): string {
  return PHASES[phase] ?? phase.toLowerCase();
}

/** What changed, a sentence for each field: `The end: 17:00 today, before 16:00 today`. */
export function changeLines(change: Change, now: number, tz: string): string[] {
  const names = Object.keys(change.fields).filter(name => !SILENT.includes(name));
  // The spans say it all, where they changed and are several; otherwise start and end do.
  const several = names.includes('spans') && change.fields.spans.some(value => asSpans(value).length > 1);
  return names
    .filter(name => (several ? name !== 'start' && name !== 'end' && name !== 'until' : name !== 'spans'))
    .filter(name => name !== 'until' || !names.includes('end'))
    .filter(name => name !== 'reason' || !names.includes('phase'))
    .map(name => changeLine(name, change.fields, now, tz))
    .filter(Boolean);
}

function changeLine(name: string, fields: Change['fields'], now: number, tz: string): string {
  const [old, fresh] = fields[name];
  if (name === 'phase') {
    const words = phaseName(String(fresh));
    const reason = plain(String(fields.reason?.[1] ?? ''), now, tz);
    return `It is ${words}${reason && reason !== words ? `: ${reason}` : ''}`;
  }
  if (name === 'reason') {
    return fresh ? plain(String(fresh), now, tz).replace(/\.$/, '') : '';
  }
  if (name === 'spans') {
    return `Its time: ${spansWords(asSpans(fresh), now, tz)}`;
  }
  if (name === 'group') {
    return `It is charged to ${fresh ? plain(String(fresh), now, tz) : 'no group'}, before to ${old ? plain(String(old), now, tz) : 'none'}`;
  }
  if (name === 'resources') {
    return 'Its size';
  }
  const label = FIELDS[name] ?? name.replace(/_/g, ' ');
  const head = label.charAt(0).toUpperCase() + label.slice(1);
  const before = valueWords(old, now, tz);
  const value = valueWords(fresh, now, tz) || 'none';
  return before ? `${head}: ${value}, before ${before}` : `${head}: ${value}`;
}

function valueWords(value: unknown, now: number, tz: string): string {
  if (value === null || value === undefined || value === '') {
    return '';
  }
  if (typeof value === 'string') {
    return plain(value, now, tz);
  }
  return typeof value === 'number' ? String(value) : list(asSpans(value).map(one => span(one, now, tz)));
}

function asSpans(value: unknown): Interval[] {
  const rows = Array.isArray(value) ? (value as { start?: string; end?: string }[]) : [];
  return rows
    .map(row => ({ start: Date.parse(row.start ?? ''), end: Date.parse(row.end ?? '') }))
    .filter(row => Number.isFinite(row.start) && Number.isFinite(row.end));
}

/** Who made a change, as seen by the account that the booking belongs to. */
export function byWords(change: Change, account: string): string {
  return change.by === account ? 'You' : change.by.charAt(0).toUpperCase() + change.by.slice(1);
}

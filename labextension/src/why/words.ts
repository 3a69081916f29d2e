/** A decision in words: what was asked, how it ended, what stood in the way, what became of its offers. Pure. */
import { phaseName } from '../calendar/changes';
import { ruleInWords } from '../calendar/plan';
import { lengthsWords, spansWords } from '../calendar/spans';
import { Interval, dayInterval } from '../calendar/time';
import { countdown, length, list, moment, plain, span } from '../calendar/words';
import {
  NOTHING,
  RESOURCES,
  ResourceName,
  amountOf,
  amountsWords,
  figure,
  resourceName
} from '../site/amounts';
import type { Booking, Decision, DecisionRow, Resources, Taker, Trial } from '../wire';

type Sent = Record<string, unknown>;

/** What was asked for: a package, a share of a cluster, or amounts. */
export function wantedWords(sent: Sent): string {
  if (sent.package) {
    return String(sent.package);
  }
  if (sent.share) {
    return `${String(sent.share)} of ${sent.cluster ? String(sent.cluster) : 'a cluster'}`;
  }
  const own: Resources = { ...NOTHING };
  for (const name of RESOURCES) {
    own[name] = Number(sent[name] ?? 0);
  }
  return amountsWords(own);
}

/** The spans that were tried, in order, each once. */
export function spansTried(trials: Trial[]): Interval[] {
  const found = new Map<string, Interval>();
  for (const { span: one } of trials) {
    found.set(`${one.start}/${one.end}`, { start: Date.parse(one.start), end: Date.parse(one.end) });
  }
  return [...found.values()].sort((a, b) => a.start - b.start);
}

/** When it was asked for, as far as the request says: `Wed 25 Nov 06:00 to 12:00`, `now for 2 h`. */
export function whenSent(sent: Sent, now: number, tz: string): string {
  const zone = typeof sent.tz === 'string' ? sent.tz : 'UTC';
  const repeat = sent.recurrence ? `, ${ruleInWords(String(sent.recurrence))}` : '';
  if (Array.isArray(sent.spans)) {
    const rows = sent.spans as (string | { start?: string; end?: string })[];
    const spans = rows
      .map(row => (typeof row === 'string' ? row.split('/') : [row.start, row.end]))
      .map(([start, end]) => ({ start: edge(start, zone, 'start'), end: edge(end ?? start, zone, 'end') }));
    return spans.every(one => Number.isFinite(one.start) && Number.isFinite(one.end))
      ? spansWords(spans, now, tz)
      : `${rows.length} times`;
  }
  const lasting = lengthWords(sent.duration);
  const start = edge(sent.startdate, zone, 'start');
  const end = edge(sent.enddate, zone, 'end');
  if (!Number.isFinite(start)) {
    return (
      (Number.isFinite(end) ? `now until ${moment(end, now, tz)}` : `now${lasting && ` for ${lasting}`}`) +
      repeat
    );
  }
  const once = Number.isFinite(end)
    ? span({ start, end }, now, tz)
    : `${moment(start, now, tz)}${lasting && ` for ${lasting}`}`;
  return once + repeat;
}

function edge(text: unknown, zone: string, side: keyof Interval): number {
  if (typeof text !== 'string') {
    return NaN;
  }
  try {
    return /^\d{4}-\d\d-\d\d$/.test(text) ? dayInterval(text, zone)[side] : Date.parse(text);
  } catch {
    return NaN;
  }
}

/** An ISO 8601 duration in words, `2 h 30 min`; nothing where it can't be read. */
export function lengthWords(duration: unknown): string {
  const found = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(
    String(duration ?? '')
  );
  if (!found) {
    return '';
  }
  const [weeks, days, hours, minutes, seconds] = found.slice(1).map(part => Number(part ?? 0));
  const whole = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds;
  return whole ? length(whole * 1000) : '';
}

/** How a decision is headed: `large did not fit Tue 24 Nov 09:00 to 17:00`. */
export function titleOf(decision: DecisionRow, trials: Trial[], now: number, tz: string): string {
  const name = wantedWords(decision.request);
  const spans = spansTried(trials);
  const when = spans.length ? spansWords(spans, now, tz) : whenSent(decision.request, now, tz);
  const whole = spans.length > 1 ? `${when} (${lengthsWords(spans)})` : when;
  if (decision.outcome === 'accepted') {
    return `${name} was booked: ${whole}`;
  }
  if (decision.outcome === 'offered') {
    return `Offers for ${name}: ${whole}`;
  }
  return decision.rule === 'capacity' ? `${name} did not fit: ${whole}` : `${name} was refused: ${whole}`;
}

/**
 * The trial that says most: the tightest of the cluster that was booked, or of the one that came nearest. A cluster is
 * as good as its tightest span.
 */
export function tellingTrial(decision: Decision, booking: Booking | null): Trial | null {
  const tightest = new Map<string, Trial>();
  for (const trial of decision.trials) {
    const known = tightest.get(trial.cluster);
    if (!known || slackOf(trial) < slackOf(known)) {
      tightest.set(trial.cluster, trial);
    }
  }
  const found = [...tightest.values()].filter(trial => !booking || trial.cluster === booking.cluster);
  return found.reduce<Trial | null>(
    (best, one) => (best && slackOf(best) >= slackOf(one) ? best : one),
    null
  );
}

/** How much more than needed is left, in parts of the need, of the resource that is nearest to its end. */
function slackOf(trial: Trial): number {
  const needed = RESOURCES.filter(name => trial.need[name] > 0);
  return Math.min(...needed.map(name => (trial.least[name] - trial.need[name]) / trial.need[name]));
}

/** What stood in the way, or what was left: one sentence of figures. */
export function tellingWords(decision: Decision, booking: Booking | null, now: number, tz: string): string {
  const trial = tellingTrial(decision, booking);
  if (trial === null) {
    return plain(decision.message, now, tz);
  }
  const at = `${trial.cluster}, ${moment(Date.parse(trial.at), now, tz)}`;
  if (trial.fits) {
    const tight = tightest(trial);
    const left = `${amountOf(tight, trial.least[tight])} left of ${figure(tight, trial.granted[tight])}`;
    return `At the tightest moment (${at}) it had ${left}, and this needs ${figure(tight, trial.need[tight])}.`;
  }
  if (booking) {
    const start = moment(Date.parse(booking.start), now, tz);
    return `It did not fit at once. It was open to start later, and from ${start} on it fitted on ${trial.cluster}.`;
  }
  return shortWords(trial, moment(Date.parse(trial.at), now, tz)) + nearestWords(decision);
}

function shortWords(trial: Trial, at: string): string {
  const short = shortOf(trial);
  if (!short.length) {
    return `${trial.cluster} has been given nothing then that it could be a part of.`;
  }
  const needs = list(short.map(name => amountOf(name, trial.need[name])));
  const none = short.filter(name => trial.granted[name] <= 0);
  if (none.length) {
    return `It needs ${needs}, and ${trial.cluster} had no ${list(none.map(plural))} at all (${at}).`;
  }
  const left = (name: ResourceName) => figure(name, Math.max(0, trial.least[name]));
  const had = list(short.map(name => `${left(name)} of ${amountOf(name, trial.granted[name])}`));
  return `It needs ${needs}, and only ${had} were left (${trial.cluster}, ${at}).`;
}

function nearestWords(decision: Decision): string {
  const count = new Set(decision.trials.map(trial => trial.cluster)).size;
  return count > 1 && decision.outcome === 'refused' ? ` Of ${count} clusters it came nearest.` : '';
}

function plural(name: ResourceName): string {
  return name === 'gpus' ? 'GPUs' : resourceName(name).toLowerCase();
}

/** The resources that were not enough, by name. */
export function shortOf(trial: Trial): ResourceName[] {
  return RESOURCES.filter(name => trial.short.includes(name));
}

function tightest(trial: Trial): ResourceName {
  const needed = RESOURCES.filter(name => trial.need[name] > 0);
  const slack = (name: ResourceName) => (trial.least[name] - trial.need[name]) / trial.need[name];
  return needed.reduce((best, one) => (slack(best) <= slack(one) ? best : one), needed[0] ?? 'cores');
}

/** The parts of a bar, each as a part of its whole length; `granted` is where the cluster ends. */
export interface Parts {
  others: number;
  mine: number;
  inside: number;
  left: number;
  over: number;
  granted: number;
}

/** How one resource stood in a trial, as the parts of a bar. */
export function partsOf(name: ResourceName, trial: Trial): Parts {
  const granted = Math.max(0, trial.granted[name]);
  const least = trial.least[name];
  const need = trial.need[name];
  const taken = Math.max(0, granted - least);
  const own = trial.takers.filter(taker => taker.mine).reduce((sum, taker) => sum + taker.resources[name], 0);
  const mine = Math.min(taken, own);
  const inside = Math.min(need, Math.max(0, least));
  const whole = Math.max(granted, taken + need) || 1;
  const part = (value: number) => value / whole;
  return {
    others: part(taken - mine),
    mine: part(mine),
    inside: part(inside),
    left: part(Math.max(0, least - inside)),
    over: part(need - inside),
    granted: part(granted)
  };
}

/** The takers as they are listed: one's own first, then by what they have of what was short. */
export function inOrder(takers: Taker[], short: ResourceName[]): Taker[] {
  const names = short.length ? short : (['cores', 'memory'] as ResourceName[]);
  const size = (taker: Taker) => taker.resources[names[0]];
  return [...takers].sort((one, other) => Number(other.mine) - Number(one.mine) || size(other) - size(one));
}

/** Why it was refused, without saying again what was. */
export function shortReason(row: DecisionRow, now: number, tz: string): string {
  const said = plain(row.message, now, tz).replace(/^.{1,80}? does not fit: /, '');
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/** What became of an offer; `open` while it can still be taken. */
export function offerFate(
  offer: Booking,
  now: number,
  tz: string
): { open: boolean; taken: boolean; words: string } {
  if (offer.phase === 'OFFERED') {
    const left = Date.parse(offer.expires ?? '') - now;
    return left > 0
      ? { open: true, taken: false, words: `kept for ${countdown(left)}` }
      : { open: false, taken: false, words: 'not taken in time' };
  }
  const reason = plain(offer.reason, now, tz).replace(/\.$/, '');
  if (offer.phase === 'REJECTED' || offer.phase === 'EXPIRED') {
    const words = phaseName(offer.phase);
    return { open: false, taken: false, words: reason && reason !== words ? `${words}: ${reason}` : words };
  }
  return { open: false, taken: true, words: `taken, and ${sinceWords(offer, now, tz)}` };
}

/** What a booking is by now: `running`, `cancelled: its capacity was taken away`. */
export function sinceWords(booking: Booking, now: number, tz: string): string {
  const reason = plain(booking.reason, now, tz).replace(/\.$/, '');
  return `${phaseName(booking.phase)}${reason ? `: ${reason}` : ''}`;
}

import { describe, expect, it } from 'vitest';
import { NOTHING } from '../site/amounts';
import type { Booking, Decision, DecisionRow, Resources, Taker, Trial } from '../wire';
import {
  inOrder,
  lengthWords,
  offerFate,
  partsOf,
  shortReason,
  tellingWords,
  titleOf,
  wantedWords,
  whenSent
} from './words';

const TZ = 'Europe/London';
const NOW = Date.parse('2026-06-08T09:00:00Z');

function amounts(some: Partial<Resources>): Resources {
  return { ...NOTHING, ...some };
}

function trial(some: Partial<Trial>): Trial {
  return {
    cluster: 'local',
    span: { start: '2026-06-09T08:00:00Z', end: '2026-06-09T16:00:00Z' },
    fits: false,
    need: amounts({ cores: 8, memory: 32768 }),
    least: amounts({ cores: 2, memory: 49152 }),
    at: '2026-06-09T09:00:00Z',
    granted: amounts({ cores: 12, memory: 49152 }),
    short: ['cores'],
    takers: [],
    ...some
  };
}

function decision(some: Partial<Decision>): Decision {
  return {
    id: 'one',
    url: '',
    account: 'ada',
    made: '2026-06-08T09:00:00Z',
    outcome: 'refused',
    rule: 'capacity',
    message: 'large does not fit: the capacity is taken by other bookings.',
    request: { package: 'large' },
    booking: null,
    change: 1,
    trials: [trial({})],
    offers: [],
    agrees: true,
    ...some
  };
}

describe('what was asked for', () => {
  it.each([
    [{ package: 'large' }, 'large'],
    [{ share: '20%', cluster: 'north' }, '20% of north'],
    [{ share: '20%' }, '20% of a cluster'],
    [{ cores: '1.5', memory: 2048, gpus: 1 }, '1.5 cores, 2 GiB of memory and 1 GPU'],
    [{ cores: 1 }, '1 core']
  ])('%j is %s', (sent, words) => {
    expect(wantedWords(sent)).toBe(words);
  });

  it.each([
    [{ startdate: '2026-06-09T08:00:00Z', enddate: '2026-06-09T16:00:00Z' }, 'Tue 9 Jun 09:00 to 17:00'],
    [{ startdate: '2026-06-09', enddate: '2026-06-10', tz: TZ }, 'Tue 9 Jun 00:00 to Thu 11 Jun 00:00'],
    [{ duration: 'PT2H' }, 'now for 2 h'],
    [{}, 'now'],
    [{ enddate: '2026-06-08T16:00:00Z' }, 'now until 17:00 today'],
    [{ startdate: '2026-06-08T10:00:00Z', duration: 'PT90M' }, '11:00 today for 1 h 30 min'],
    [{ spans: ['2026-06-09T08:00:00Z/2026-06-09T09:00:00Z'] }, 'Tue 9 Jun 09:00 to 10:00'],
    [{ spans: [{ start: '2026-06-09T08:00:00Z', end: '2026-06-09T09:00:00Z' }] }, 'Tue 9 Jun 09:00 to 10:00'],
    [{ spans: ['2026-06-09T08:00:00Z/PT1H', '2026-06-10'] }, '2 times'],
    [{ startdate: 'nonsense', tz: 'No/Where' }, 'now']
  ])('%j is %s', (sent, words) => {
    expect(whenSent(sent, NOW, TZ)).toBe(words);
  });

  it('has lengths in words', () => {
    expect(lengthWords('P1DT2H')).toBe('26 h');
    expect(lengthWords('2026-06-08')).toBe('');
    expect(lengthWords('PT0S')).toBe('');
  });
});

describe('the answer', () => {
  it('is headed by what happened to it', () => {
    const title = (some: Partial<Decision>) => titleOf(decision(some), [trial({})], NOW, TZ);
    expect(title({})).toBe('large did not fit: Tue 9 Jun 09:00 to 17:00');
    expect(title({ rule: 'level' })).toBe('large was refused: Tue 9 Jun 09:00 to 17:00');
    expect(title({ outcome: 'accepted' })).toBe('large was booked: Tue 9 Jun 09:00 to 17:00');
    expect(title({ outcome: 'offered' })).toBe('Offers for large: Tue 9 Jun 09:00 to 17:00');
  });

  it('names the resource that was short, with its figures', () => {
    expect(tellingWords(decision({}), null, NOW, TZ)).toBe(
      'It needs 8 cores, and only 2 of 12 cores were left (local, 10:00 tomorrow).'
    );
    const none = trial({
      granted: amounts({}),
      least: amounts({}),
      short: ['gpus'],
      need: amounts({ gpus: 1 })
    });
    expect(tellingWords(decision({ trials: [none] }), null, NOW, TZ)).toBe(
      'It needs 1 GPU, and local had no GPUs at all (10:00 tomorrow).'
    );
  });

  it('tells of the cluster that came nearest where none had room', () => {
    const far = trial({ cluster: 'far', least: amounts({ cores: 0 }) });
    const near = trial({ cluster: 'near', least: amounts({ cores: 7, memory: 49152 }) });
    const said = tellingWords(decision({ trials: [far, near] }), null, NOW, TZ);
    expect(said).toContain('(near, ');
    expect(said).toContain('only 7 of 12 cores');
    expect(said).toContain('Of 2 clusters it came nearest.');
  });

  it('tells of the cluster that was booked', () => {
    const fits = { fits: true, short: [], least: amounts({ cores: 9, memory: 49152 }) };
    const trials = [trial({ ...fits, cluster: 'north' }), trial({ ...fits, cluster: 'south' })];
    const made = { cluster: 'south' } as Booking;
    const said = tellingWords(decision({ outcome: 'accepted', trials }), made, NOW, TZ);
    expect(said).toBe(
      'At the tightest moment (south, 10:00 tomorrow) it had 9 cores left of 12, and this needs 8.'
    );
  });

  it('says the message where no cluster was looked at', () => {
    expect(tellingWords(decision({ trials: [], message: 'No.' }), null, NOW, TZ)).toBe('No.');
  });

  it('is short in a list', () => {
    expect(shortReason(decision({}) as DecisionRow, NOW, TZ)).toBe(
      'The capacity is taken by other bookings.'
    );
  });
});

describe('a bar', () => {
  const taker = (mine: boolean, cores: number): Taker => ({
    start: '',
    end: '',
    resources: amounts({ cores }),
    phase: 'WAITING',
    mine,
    booking: null,
    account: null
  });

  it('holds what was taken, what was there, and what was not', () => {
    const parts = partsOf('cores', trial({ takers: [taker(true, 4), taker(false, 6)] }));
    expect(parts).toEqual({
      others: 6 / 18,
      mine: 4 / 18,
      inside: 2 / 18,
      left: 0,
      over: 6 / 18,
      granted: 12 / 18
    });
  });

  it('ends where the cluster ends if all fits', () => {
    const parts = partsOf('memory', trial({}));
    expect(parts.granted).toBe(1);
    expect(parts.inside + parts.left).toBe(1);
    expect(parts.over).toBe(0);
  });

  it('has no part that is negative where more is claimed than granted', () => {
    const parts = partsOf('cores', trial({ least: amounts({ cores: -3 }) }));
    expect(Math.min(...Object.values(parts))).toBe(0);
    expect(parts.others + parts.mine + parts.inside + parts.left + parts.over).toBeCloseTo(1);
  });

  it('lists the viewer’s own takers first, then the largest', () => {
    const order = inOrder([taker(false, 1), taker(false, 5), taker(true, 2)], ['cores']);
    expect(order.map(one => one.resources.cores)).toEqual([2, 5, 1]);
  });
});

describe('an offer', () => {
  const fate = (some: Partial<Booking>) =>
    offerFate({ phase: 'OFFERED', reason: '', ...some } as Booking, NOW, TZ);

  it('is open until it expires', () => {
    expect(fate({ expires: '2026-06-08T09:04:30Z' })).toEqual({
      open: true,
      taken: false,
      words: 'kept for 4:30'
    });
    expect(fate({ expires: '2026-06-08T08:59:00Z' }).words).toBe('not taken in time');
  });

  it('was declined, or taken', () => {
    expect(fate({ phase: 'REJECTED', reason: 'another offer was taken' }).words).toBe(
      'declined: another offer was taken'
    );
    expect(fate({ phase: 'RUNNING' })).toEqual({ open: false, taken: true, words: 'taken, and running' });
    expect(fate({ phase: 'EXPIRED', reason: 'not taken in time' }).words).toBe('not taken in time');
  });
});

import { describe, expect, it } from 'vitest';
import type { Account, Allowance, Policy, Space } from '../wire';
import {
  allowanceOf,
  byWords,
  changeLines,
  draftOf,
  keptWords,
  lastingFrom,
  lastingWords,
  limitWords,
  mistake,
  newerLines,
  seenWords,
  settingsOf,
  stateOf,
  waysWords
} from './words';

const TZ = 'Europe/London';
const NOW = Date.parse('2026-11-23T09:00:00Z');

const space = (some: Partial<Space> = {}): Space => ({ keep: 'no', ...some });

const may = (name: string): Allowance => ({
  package: name,
  notebooks: space(),
  saved: space(),
  temporary: space()
});

function person(some: Partial<Account> = {}): Account {
  return {
    name: 'vera',
    url: '/accounts/vera',
    level: 1,
    display: 'Vera Rubin',
    admin: false,
    package: 'small',
    allowance: may('small'),
    terms: '',
    asks: [],
    reason: '',
    identities: [],
    affiliation: 'Carnegie',
    created: '2026-01-01T00:00:00Z',
    version: 4,
    ...some
  };
}

describe('how an account stands', () => {
  it('is said by what matters most', () => {
    expect(stateOf(person(), NOW)).toBe('active');
    expect(stateOf(person({ level: 0 }), NOW)).toBe('visitor');
    expect(stateOf(person({ level: 0, expires: '2026-11-23T09:00:00Z' }), NOW)).toBe('ended');
    expect(stateOf(person({ suspended: '2026-11-01T00:00:00Z', expires: '2026-11-02T00:00:00Z' }), NOW)).toBe(
      'suspended'
    );
  });
  it('has its ways in, each kind once', () => {
    const way = (id: number, kind: string) => ({
      id,
      kind,
      subject: 'x',
      label: '',
      email: null,
      verified: null
    });
    expect(waysWords(person({ identities: [way(1, 'email'), way(2, 'github'), way(3, 'github')] }))).toBe(
      'Email, GitHub'
    );
    expect(waysWords(person())).toBe('none');
  });
  it('was seen', () => {
    expect(seenWords(person(), NOW, TZ)).toBe('never');
    expect(seenWords(person({ seen: '2026-11-23T08:59:30Z' }), NOW, TZ)).toBe('just now');
    expect(seenWords(person({ seen: '2026-11-23T07:00:00Z' }), NOW, TZ)).toBe('2 h ago');
    expect(seenWords(person({ seen: '2026-11-20T07:00:00Z' }), NOW, TZ)).toBe('Fri 20 Nov 07:00');
  });
});

describe('a length of time', () => {
  it.each([
    ['P6M', '6 months'],
    ['P1Y', '1 year'],
    ['P7D', '7 days'],
    ['P2W', '2 weeks'],
    ['PT12H', '12 hours'],
    ['P1Y6M', '1 year and 6 months']
  ])('%s is %s, there and back', (wire, words) => {
    expect(lastingWords(wire)).toBe(words);
    expect(lastingFrom(words)).toBe(wire);
  });
  it('tells minutes from months', () => {
    expect(lastingWords('PT30M')).toBe('30 minutes');
    expect(lastingFrom('30 minutes')).toBeNull();
    expect(lastingFrom('PT30M')).toBe('PT30M');
  });
  it.each(['two moons', '6', 'P', 'PT', '6 months and 2 months', '-1 day', ''])('%j is none', text => {
    expect(lastingFrom(text)).toBeNull();
  });
});

describe('what one may have', () => {
  const policy: Policy = { levels: { '0': may('tiny'), '2': may('large') } };
  it('is that of the next lower level that is named', () => {
    expect(allowanceOf(policy, 0).package).toBe('tiny');
    expect(allowanceOf(policy, 1).package).toBe('tiny');
    expect(allowanceOf(policy, 7).package).toBe('large');
    expect(allowanceOf({ levels: { '1': may('small') } }, 0).package).toBe('small');
  });
  it('is told in words', () => {
    expect(limitWords(space({ files: 500, size: 10_240 }))).toBe('500 files, 10 GiB');
    expect(limitWords(space({ files: 1 }))).toBe('1 file');
    expect(limitWords(space({}))).toBe('no limit');
    expect(limitWords(space({ files: 0, size: 0 }))).toBe('nothing');
    expect(keptWords(space({ kept: 'P6M', keep: 'again' }))).toBe(
      'until 6 months after its last change; you can put that off, for as long again'
    );
    expect(keptWords(space({}))).toBe('for as long as the account is there');
  });
});

describe('a change', () => {
  it('is told thing by thing, and what is the same is not', () => {
    const before = { level: 1, expires: null, attributes: null, display: 'Vera' };
    const after = {
      level: 2,
      expires: '2026-11-24T06:00:00Z',
      attributes: { saved: { size: 500, kept: 'P6M' } },
      display: 'Vera'
    };
    expect(changeLines({ before, after }, NOW, TZ)).toEqual([
      'level: 1 → 2',
      'expires: nothing → 06:00 tomorrow',
      'by hand saved size: 500',
      'by hand saved kept: 6 months'
    ]);
    expect(changeLines({ before: null, after: { name: 'laptop' } }, NOW, TZ)).toEqual(['name: laptop']);
  });
  it('says who made it', () => {
    const by = (name: string, through: 'page' | 'cli' | 'platform') =>
      byWords({ by: name, through, account: 'vera' }, 'root');
    expect([by('root', 'page'), by('ben', 'cli'), by('', 'platform')]).toEqual([
      'you',
      'ben, by the command line',
      'the platform'
    ]);
  });
  it('of another admin is told beside what was there', () => {
    expect(newerLines(person(), person({ level: 3, version: 5 }), NOW, TZ)).toEqual(['level: 1 → 3']);
  });
});

describe('the form', () => {
  const account = person({ attributes: { saved: { files: 10, size: 20, kept: 'P1Y', keep: 'always' } } });
  const draft = draftOf(account, TZ);
  it('sends nothing where nothing is another', () => {
    expect(settingsOf(draft, account, TZ)).toEqual({});
    expect(settingsOf({ ...draft, note: 'why' }, account, TZ)).toEqual({});
  });
  it('sends what is another, with the version that was looked at', () => {
    expect(
      settingsOf({ ...draft, level: '2', expires: '2027-06-01T12:00', note: 'grant' }, account, TZ)
    ).toEqual({
      level: 2,
      expires: '2027-06-01T11:00:00Z',
      version: 4,
      note: 'grant'
    });
  });
  it('takes an end and what was set by hand away', () => {
    const ending = person({ ...account, expires: '2027-06-01T11:00:00Z' });
    const empty = draftOf(ending, TZ);
    const without = {
      ...empty,
      expires: '',
      spaces: { ...empty.spaces, saved: { ...empty.spaces.saved, own: false } }
    };
    expect(settingsOf(without, ending, TZ)).toEqual({ expires: null, attributes: null, version: 4 });
  });
  it('keeps the other spaces that are set by hand', () => {
    const more = { own: true, files: '', size: ' 500 ', kept: '', keep: 'no' as const };
    const sent = settingsOf({ ...draft, spaces: { ...draft.spaces, temporary: more } }, account, TZ);
    expect(sent.attributes).toEqual({
      saved: { files: 10, size: 20, kept: 'P1Y', keep: 'always' },
      temporary: { files: null, size: 500, kept: null, keep: 'no' }
    });
  });
  it('tells what is wrong, and where', () => {
    expect(mistake(draft)).toBeNull();
    expect(mistake({ ...draft, level: '-1' })?.field).toBe('level');
    expect(mistake({ ...draft, display: ' ' })?.field).toBe('display');
    const saved = { ...draft.spaces.saved, size: '1.5' };
    expect(mistake({ ...draft, spaces: { ...draft.spaces, saved } })?.field).toBe('saved size');
  });
});

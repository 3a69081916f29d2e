import { describe, expect, it } from 'vitest';
import type { Workshop, WorkshopAccount } from '../wire';
import {
  EMPTY,
  accountsWords,
  apartWords,
  cardsAsCsv,
  chosenWords,
  endLines,
  mistake,
  paperWords,
  shownOf,
  stateWords
} from './workshopWords';

const NOW = Date.parse('2026-11-23T09:00:00Z');
const TZ = 'Europe/Berlin';
const WORKSHOP: Workshop = {
  name: 'gaia',
  url: '',
  state: 'open',
  level: 1,
  until: '2026-12-04T17:00:00Z',
  erase: false,
  created: '2026-11-20T09:00:00Z',
  by: 'root',
  opened: 30,
  accounts: 28,
  come: 3,
  version: 1
};

describe('a workshop', () => {
  it('says how it stands and how many accounts are left', () => {
    expect(stateWords(WORKSHOP, NOW)).toBe('open');
    expect(stateWords({ ...WORKSHOP, state: 'ending', until: '2026-11-23T12:00:00Z' }, NOW)).toBe(
      'ends in 3 h'
    );
    expect(stateWords(WORKSHOP, Date.parse(WORKSHOP.until))).toBe('over');
    expect(accountsWords(WORKSHOP)).toBe('28 of 30 accounts');
    expect(accountsWords({ ...WORKSHOP, opened: 1, accounts: 1 })).toBe('1 account');
  });
  it('ends on paper at a day that is never today, in the zone that is named', () => {
    expect(paperWords(WORKSHOP.until, TZ)).toBe('Friday 4 December 2026, 18:00 (Europe/Berlin)');
    expect(paperWords('2026-12-31T23:30:00Z', TZ)).toBe('Friday 1 January 2027, 00:30 (Europe/Berlin)');
  });
});

describe('its accounts', () => {
  const rows: WorkshopAccount[] = [
    { account: 'gaia-01', seen: '2026-11-22T09:00:00Z', lab: true, expires: WORKSHOP.until },
    { account: 'gaia-02', expires: '2026-12-01T09:00:00Z', suspended: '2026-11-22T09:00:00Z' }
  ];
  it('are all shown, or who has not come, or who has a lab', () => {
    expect(shownOf(rows, '')).toHaveLength(2);
    expect(shownOf(rows, 'absent').map(one => one.account)).toEqual(['gaia-02']);
    expect(shownOf(rows, 'lab').map(one => one.account)).toEqual(['gaia-01']);
  });
  it('say what is different about them', () => {
    expect(apartWords(rows[0], WORKSHOP, NOW, TZ)).toBe('');
    expect(apartWords(rows[1], WORKSHOP, NOW, TZ)).toBe('suspended, ends Tue 1 Dec 10:00');
    expect(chosenWords(['a', 'b'])).toBe('a and b');
    expect(chosenWords(['a', 'b', 'c', 'd'])).toBe('4 accounts');
  });
  it('go into a spreadsheet', () => {
    const cards = [{ account: 'gaia-01', url: 'https://x.example/t?token=a_b', qr: '' }];
    expect(cardsAsCsv(cards, WORKSHOP.until)).toBe(
      'account,link,until\r\ngaia-01,https://x.example/t?token=a_b,2026-12-04T17:00:00Z\r\n'
    );
  });
});

describe('the end of a workshop', () => {
  it('names what is lost', () => {
    const held = { accounts: 3, apart: 0, labs: 1, bookings: 2, files: 1, size: 5 };
    expect(endLines(held, true, mib => `${mib} MiB`)).toEqual([
      '1 lab that runs now, and code that runs in it',
      '2 bookings',
      'every way into 3 accounts: the links on their cards lead nowhere',
      'the accounts with all their files: 1 file, 5 MiB'
    ]);
    expect(endLines({ ...held, labs: 0, bookings: 0 }, false, String)).toHaveLength(1);
  });
});

describe('a form', () => {
  const good = { ...EMPTY, name: 'gaia', number: '30', until: '2026-12-04T18:00' };
  it('says what is wrong at the first such field', () => {
    expect(mistake(good, NOW, TZ)).toBeNull();
    for (const name of ['', 'Gaia', 'gaia 1', '-gaia', 'x'.repeat(25)]) {
      expect(mistake({ ...good, name }, NOW, TZ)?.field).toBe('name');
    }
    for (const number of ['', '0', '-1', '501', '10000', '2.5']) {
      expect(mistake({ ...good, number }, NOW, TZ)?.field).toBe('number');
    }
    expect(mistake({ ...good, level: '0' }, NOW, TZ)?.field).toBe('level');
    expect(mistake({ ...good, until: '' }, NOW, TZ)?.field).toBe('until');
    expect(mistake({ ...good, until: '2026-11-23T10:00' }, NOW, TZ)?.message).toContain('has been');
    expect(mistake({ ...good, until: '2026-11-23T10:01' }, NOW, TZ)).toBeNull();
  });
});

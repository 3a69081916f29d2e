import { describe, expect, it } from 'vitest';
import {
  Going,
  Space,
  SpacesInfo,
  goingSoon,
  largestWords,
  quietWords,
  sizeWords,
  stateOf,
  untilWords,
  useWords
} from './spaces';

const MIB = 2 ** 20;
const NOW = Date.parse('2026-06-08T09:00:00Z');

function space(more: Partial<Space> = {}): Space {
  return {
    space: 'saved',
    files: 34,
    size: 12 * MIB,
    most_files: 500,
    most_size: 500 * MIB,
    part: 0.07,
    largest: [],
    ...more
  };
}

function info(more: Partial<SpacesInfo> = {}): SpacesInfo {
  return { known: true, visitor: false, stays: true, spaces: [], soon: [], gone: [], ...more };
}

function going(until: string, more: Partial<Going> = {}): Going {
  return { space: 'saved', path: 'user/a.csv', files: 1, size: 3000, until, may: 'again', ...more };
}

describe('a size', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [MIB - 1, '1 MiB'],
    [12345 * MIB, '12 GiB']
  ])('of %i is %s', (bytes, words) => expect(sizeWords(bytes)).toBe(words));
});

describe('what is in a space', () => {
  it('is told beside what may be', () => {
    expect(useWords(space())).toBe('12 of 500 MiB · 34 of 500 files');
    expect(useWords(space({ size: 3000, files: 1, most_files: 50_000 }))).toBe(
      '2.9 KiB of 500 MiB · 1 of 50,000 files'
    );
    expect(useWords(space({ most_size: null, most_files: null }))).toBe('12 MiB · 34 files');
  });

  it('leaves room, little of it, or none', () => {
    expect(stateOf(space())).toBe('room');
    expect(stateOf(space({ part: 0.9 }))).toBe('near');
    expect(stateOf(space({ part: 1 }))).toBe('full');
    expect(stateOf(space({ most_size: 0, most_files: 0, files: 0, part: 0 }))).toBe('none');
    expect(stateOf(space({ most_size: 0, most_files: 0, files: 2, part: 1 }))).toBe('full');
  });

  it('is one line where there is room', () => {
    const three = [
      space({ space: 'notebooks' }),
      space({ size: 340 * MIB }),
      space({ space: 'temporary', size: 2048 * MIB })
    ];
    expect(quietWords(info({ spaces: three }))).toBe(
      '12 MiB of notebooks, 340 MiB of data and 2 GiB in temp/. There is room for more.'
    );
    expect(quietWords(info())).toBe('Nothing yet: there is room.');
  });

  it('is named, the largest first', () => {
    const largest = [
      { path: 'user/run', files: 12, size: 40 * MIB },
      { path: 'a.csv', files: 1, size: 3000 }
    ];
    expect(largestWords(space({ largest }))).toBe('user/run (40 MiB, 12 files), a.csv (2.9 KiB, 1 file)');
  });
});

describe('what goes before long', () => {
  it('is told two weeks ahead, and a day ahead where it is meant to go', () => {
    const saved = going('2026-06-20T09:00:00Z');
    const temporary = going('2026-06-12T09:00:00Z', { space: 'temporary' });
    const today = going('2026-06-08T19:00:00Z', { space: 'temporary' });
    expect(goingSoon(info({ soon: [today, temporary, saved] }), NOW)).toEqual([today, saved]);
  });

  it('is told when', () => {
    expect(untilWords(going('2026-06-20T09:00:00Z'), NOW, 'UTC')).toBe('Sat 20 Jun 09:00');
    expect(untilWords(going('2026-06-08T08:00:00Z'), NOW, 'UTC')).toBe('soon');
  });
});

import { describe, expect, it } from 'vitest';
import type { ImportRow } from '../wire';
import { formatOf, rowsShown, textOf } from './documents';

describe('a document', () => {
  it('is known by its name, or by what is in it', () => {
    expect(formatOf('people.YML', '')).toBe('yaml');
    expect(formatOf('people.csv', '- name: x')).toBe('csv');
    expect(formatOf('', '- email: ann@example.org')).toBe('yaml');
    expect(formatOf('', 'accounts:\n- email: ann@example.org')).toBe('yaml');
    expect(formatOf('', 'email,level\nann@example.org,1')).toBe('csv');
  });
  it('is read as UTF-8 or UTF-16, and as nothing else', () => {
    const bytes = (...all: number[]) => new Uint8Array(all);
    expect(textOf(new TextEncoder().encode('Müller'))).toBe('Müller');
    expect(textOf(bytes(0xff, 0xfe, 0xe4, 0))).toBe('ä');
    expect(textOf(bytes(0xfe, 0xff, 0, 0xe4))).toBe('ä');
    expect(textOf(bytes(0x4d, 0xfc, 0x6c))).toBeNull();
  });
});

describe('the rows of a long import', () => {
  it('that were refused are shown first, all in their order', () => {
    const rows = Array.from({ length: 300 }, (_, at): ImportRow => ({
      row: at + 1,
      name: `p${at}`,
      action: at === 299 ? 'refused' : at === 250 ? 'changed' : 'created',
      fields: []
    }));
    const shown = rowsShown(rows).map(row => row.row);
    expect(shown).toHaveLength(200);
    expect(shown.slice(-2)).toEqual([251, 300]);
    expect(rowsShown(rows.slice(0, 5))).toHaveLength(5);
  });
});

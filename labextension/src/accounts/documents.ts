/** Documents of accounts: how they are written and read, and which rows of an answer are shown. Pure. */
import type { ImportRow } from '../wire';

/** How a document of accounts is written. */
export type Format = 'csv' | 'yaml';

/** The format of a document, by its name or what is in it. */
export function formatOf(name: string, text: string): Format {
  if (/\.ya?ml$/i.test(name)) {
    return 'yaml';
  }
  const isList = /^\s*(#.*\n\s*)*(-\s|---|\w+:\s*(\n|$))/.test(text);
  return name === '' && isList ? 'yaml' : 'csv';
}

/** The text of a file in UTF-8, or in UTF-16 with its mark in front; null where it is neither. */
export function textOf(data: Uint8Array): string | null {
  const mark = data.length > 1 ? data[0] * 256 + data[1] : 0;
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(data);
  } catch {
    return null;
  }
}

const SHOWN = 200;

/** The rows of an import to be shown: of a long one those that were refused, then the first ones that did something. */
export function rowsShown(rows: ImportRow[]): ImportRow[] {
  if (rows.length <= SHOWN) {
    return rows;
  }
  const rank = (row: ImportRow) => ['refused', 'changed', 'created', 'unchanged'].indexOf(row.action);
  const first = [...rows].sort((one, other) => rank(one) - rank(other)).slice(0, SHOWN);
  return first.sort((one, other) => one.row - other.row);
}

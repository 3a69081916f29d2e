import { describe, expect, it } from 'vitest';
import type { Booking } from '../wire';
import { preparedWords } from './prepared';

const NOW = Date.parse('2026-11-23T09:00:00Z');
const words = (more: Partial<Booking>) =>
  preparedWords({ prepare: true, phase: 'WAITING', reason: '', ...more } as Booking, NOW, 'Europe/London');

describe('a lab that is made ready', () => {
  it.each([
    [{ prepare: false }, ''],
    [{ prepares: '2026-11-23T09:55:00Z' }, 'Your lab is made ready at 09:55.'],
    [{ phase: 'PREPARING', reason: 'its lab is starting' }, 'Your lab is starting.'],
    [{ phase: 'PREPARING', reason: 'its lab is ready' }, 'Your lab is ready: open it.'],
    [{ prepares: '2026-11-23T08:55:00Z', reason: 'there is no room yet' }, 'There is no room yet.']
  ] as [Partial<Booking>, string][])('%j is told as %s', (more, said) => {
    expect(words(more)).toBe(said);
  });
});

import { describe, expect, it } from 'vitest';
import { ServerClock } from '../calendar/clock';
import { MINUTE } from '../calendar/time';
import { ahead, due } from './due';

describe('warnings', () => {
  it('count only what lies ahead when the lab opens', () => {
    expect(ahead(130 * MINUTE, [])).toEqual([60, 15, 5, 1]);
    expect(ahead(14 * MINUTE, [])).toEqual([5, 1]);
    expect(ahead(3 * MINUTE, [])).toEqual([1]);
    expect(ahead(30_000, [])).toEqual([]);
  });

  it('are not repeated after a reload', () => {
    expect(ahead(15 * MINUTE, [60, 15])).toEqual([5, 1]);
  });

  it('come when their minute has come', () => {
    expect(due([60, 15, 5, 1], 60 * MINUTE + 1)).toEqual({ show: null, rest: [60, 15, 5, 1] });
    expect(due([60, 15, 5, 1], 60 * MINUTE)).toEqual({ show: 60, rest: [15, 5, 1] });
  });

  it('after a sleep say only the last', () => {
    expect(due([60, 15, 5, 1], 4 * MINUTE)).toEqual({ show: 5, rest: [1] });
    expect(due([60, 15, 5, 1], -MINUTE)).toEqual({ show: null, rest: [] });
  });
});

describe('the server’s clock', () => {
  it('is followed when the browser’s is wrong', () => {
    let local = 1_000_000_000_000;
    const clock = new ServerClock(() => local);
    clock.learn(local + 3_600_000, local);
    expect(clock.now()).toBe(local + 3_600_000);
    local += 60_000;
    expect(clock.now()).toBe(local + 3_600_000);
  });

  it('is not moved by what whole seconds round away', () => {
    const local = Date.parse('2026-11-23T10:00:00.900Z');
    const clock = new ServerClock(() => local);
    clock.learnDate('Mon, 23 Nov 2026 10:00:00 GMT', local);
    expect(clock.now()).toBe(local);
    clock.learnDate('Mon, 23 Nov 2026 11:00:00 GMT', local);
    expect(clock.now() - local).toBeGreaterThan(3_500_000);
  });
});

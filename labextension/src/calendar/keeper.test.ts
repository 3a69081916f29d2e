import { describe, expect, it, vi } from 'vitest';
import type { Api } from './api';
import { ServerClock } from './clock';
import { Keeper } from './keeper';
import { HOUR, Interval, iso } from './time';

const NOW = Date.parse('2026-11-23T13:35:20Z');

/** A service on which one of each package is free throughout what it is asked for. */
function keeper(clock: ServerClock, answered = () => {}) {
  const available = vi.fn(async (range: Interval, _tz: string, { grain }: { grain: string }) => {
    answered();
    const row = { start: iso(range.start), end: iso(range.end), resources: {}, packages: { small: 1 } };
    return { rows: [row], grain };
  });
  const none = async () => [];
  const api = { packages: none, bookings: none, grants: none, available } as unknown as Api;
  return { kept: new Keeper(api, clock, () => 'ada'), available };
}

describe('what is free', () => {
  it('is asked for from now on, so that what was taken until a moment ago counts', async () => {
    const { kept, available } = keeper(new ServerClock(() => NOW));
    await kept.refresh();
    expect(available.mock.calls.map(([range]) => range.start)).toEqual([NOW]);
    expect(kept.snapshot().freeNow?.packages.small).toBe(1);
  });

  it('is asked for by the hour today and by the day from then on, in a month', async () => {
    const { kept, available } = keeper(new ServerClock(() => NOW));
    kept.show({ grain: 'month', day: '2026-11-23' });
    await vi.waitFor(() => expect(kept.snapshot().free).not.toBeNull());
    const asked = available.mock.calls.map(([range, , { grain }]) => [grain, range.start]);
    expect(asked[0]).toEqual(['hour', NOW]);
    expect(asked[1][0]).toBe('day');
    expect(asked[1][1]).toBe(available.mock.calls[0][0].end);
  });

  it('is not asked for where all of it is over', async () => {
    const { kept, available } = keeper(new ServerClock(() => NOW));
    kept.show({ grain: 'week', day: '2026-10-05' });
    await vi.waitFor(() => expect(kept.snapshot().free).toEqual([]));
    expect(available).not.toHaveBeenCalled();
  });

  it('is asked for again where the browser thought that it is later', async () => {
    const clock = new ServerClock(() => NOW + 2 * HOUR);
    const { kept, available } = keeper(clock, () => clock.learn(NOW, NOW + 2 * HOUR));
    await kept.refresh();
    expect(available.mock.calls.map(([range]) => range.start)).toEqual([NOW + 2 * HOUR, NOW]);
    expect(kept.snapshot().freeNow?.start).toBe(iso(NOW));
  });
});

import { describe, expect, it, vi } from 'vitest';
import type { Booking } from '../wire';
import type { Api, Edit } from './api';
import { ServerClock } from './clock';
import { choose } from './selection';
import { BookingStore } from './store';
import { HOUR, Interval, iso } from './time';

const NOW = Date.parse('2026-11-23T13:35:20Z');
const SOON: Interval = { start: NOW + HOUR, end: NOW + 2 * HOUR };

function booked(version: number, phase: Booking['phase'] = 'WAITING'): Booking {
  const [start, end] = [iso(SOON.start), iso(SOON.end)];
  return { id: 'b', version, phase, package: 'small', start, end, spans: [{ start, end }] } as Booking;
}

/** A service with one booking, whose questions may be left without an answer. */
class Service {
  free = 1;
  found = booked(1);
  answers = Promise.resolve();

  readonly edit = vi.fn(async (booking: Booking, change: Edit) => {
    this.found = booked(booking.version + 1, change.phase as Booking['phase']);
    return this.found;
  });

  async bookings(): Promise<Booking[]> {
    await this.answers;
    return [this.found];
  }

  async available({ start, end }: Interval) {
    return { rows: [{ start: iso(start), end: iso(end), resources: {}, packages: { small: this.free } }] };
  }

  readonly offers = vi.fn(async () => ({ offers: [], why: null }));
  readonly none = async () => [];
}

async function opened() {
  const service = new Service();
  const { none } = service;
  const api = Object.assign(service, { packages: none, grants: none }) as unknown as Api;
  const store = new BookingStore(api, new ServerClock(() => NOW), { account: 'ada', pages: '/' });
  await store.refresh();
  return { service, store };
}

describe('what is chosen', () => {
  it('is lost to whoever takes it, however soon', async () => {
    const { service, store } = await opened();
    store.select(choose('small', SOON));
    service.free = 0;
    await store.refresh();
    expect(store.snapshot().lost).toBe(true);
    expect(service.offers).toHaveBeenCalledTimes(1);
  });

  it('is not lost where it was never free', async () => {
    const { service, store } = await opened();
    service.free = 0;
    await store.refresh();
    store.select(choose('small', SOON));
    await store.refresh();
    expect(store.snapshot().lost).toBe(false);
  });
});

describe('a change', () => {
  it('is of the booking as the one before has left it, before all is asked for again', async () => {
    const { service, store } = await opened();
    service.answers = new Promise(() => undefined);
    for (const version of [1, 2]) {
      const [booking] = store.snapshot().bookings ?? [];
      expect(booking.version).toBe(version);
      void store.change(booking, { enddate: iso(SOON.end + HOUR), phase: 'WAITING' });
      await vi.waitFor(() => expect(store.snapshot().bookings?.[0].version).toBe(version + 1));
    }
    expect(service.edit.mock.calls.map(([one]) => one.version)).toEqual([1, 2]);
  });

  it('leaves no booking that is cancelled', async () => {
    const { service, store } = await opened();
    service.answers = new Promise(() => undefined);
    void store.cancel(booked(1));
    await vi.waitFor(() => expect(store.snapshot().bookings).toEqual([]));
  });
});

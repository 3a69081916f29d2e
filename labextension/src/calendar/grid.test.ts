import { describe, expect, it } from 'vitest';
import type { AvailableRow, Booking, Grant, Package } from '../wire';
import { columnFigure, columns, gridRows, turn, viewInterval, why } from './cells';
import { begin, exactly, freeThroughout, moveCursor, reach } from './selection';
import { HOUR, Interval, hourSteps, iso, overlaps } from './time';

const TZ = 'Europe/London';
const at = (text: string) => Date.parse(text);
const NOW = at('2026-11-23T13:00:00Z');
const NONE = { cores: 0, memory: 0, temporary: 0, user: 0, data: 0, servers: 0, gpus: 0 };

const medium = {
  name: 'medium',
  rank: 2,
  size: { resources: { ...NONE, cores: 4, memory: 16384 } }
} as unknown as Package;

function rowsOf(range: Interval, free: (start: number) => number): AvailableRow[] {
  return hourSteps(range).map(({ start, end }) => ({
    start: iso(start),
    end: iso(end),
    resources: NONE,
    packages: { medium: free(start) }
  }));
}

const grant = {
  start: '2026-11-01T00:00:00Z',
  end: '2026-11-28T00:00:00Z',
  resources: { ...NONE, cores: 24, memory: 24 * 4096 }
} as unknown as Grant;

const mine = {
  package: 'medium',
  phase: 'WAITING',
  start: '2026-11-25T06:00:00Z',
  end: '2026-11-25T18:00:00Z',
  spans: [{ start: '2026-11-25T06:00:00Z', end: '2026-11-25T18:00:00Z' }]
} as unknown as Booking;

const WEEK = { grain: 'week', day: '2026-11-25' } as const;

function draw(free: (start: number) => number, bookings: Booking[] = [mine]) {
  const cols = columns(WEEK, NOW, TZ);
  const range = viewInterval(WEEK, NOW, TZ);
  const data = { packages: [medium], free: rowsOf(range, free), grants: [grant], bookings };
  return gridRows(data, cols, NOW)[0].columns;
}

describe('the view', () => {
  it('is a week from Monday', () => {
    expect(columns(WEEK, NOW, TZ).map(column => column.label)).toEqual([
      'Mon 23',
      'Tue 24',
      'Wed 25',
      'Thu 26',
      'Fri 27',
      'Sat 28',
      'Sun 29'
    ]);
  });

  it('of this week begins today once most of it is over', () => {
    const sunday = at('2026-11-22T02:00:00Z');
    expect(columns({ grain: 'week', day: '2026-11-22' }, sunday, TZ)[0].label).toBe('Sun 22');
    expect(columns({ grain: 'week', day: '2026-11-12' }, sunday, TZ)[0].label).toBe('Mon 9');
  });

  it('turns by weeks and by days', () => {
    expect(turn(WEEK, 1).day).toBe('2026-12-02');
    expect(turn({ grain: 'hours', day: '2026-11-25' }, -1).day).toBe('2026-11-24');
  });

  it('of a month has its days, week by week', () => {
    const december = columns({ grain: 'month', day: '2026-12-25' }, NOW, TZ);
    expect(december.map(column => column.steps.length)).toEqual([6, 7, 7, 7, 4]);
    const range = viewInterval({ grain: 'month', day: '2026-12-25' }, NOW, TZ);
    expect([iso(range.start), iso(range.end)]).toEqual(['2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z']);
    expect(turn({ grain: 'month', day: '2026-12-25' }, 1).day).toBe('2027-01-01');
  });

  it('of this month goes on for five weeks once most of it is over', () => {
    const range = viewInterval({ grain: 'month', day: '2026-11-25' }, NOW, TZ);
    expect([iso(range.start), iso(range.end)]).toEqual(['2026-11-23T00:00:00Z', '2026-12-28T00:00:00Z']);
  });

  it('of hours has as many as the day', () => {
    const count = (day: string) =>
      columns({ grain: 'hours', day }, NOW, TZ).flatMap(column => column.steps).length;
    expect([count('2026-11-25'), count('2026-10-25'), count('2026-03-29')]).toEqual([24, 25, 23]);
  });
});

describe('a step', () => {
  it('shows the least of its hours', () => {
    const [, tuesday] = draw(start => (start === at('2026-11-24T08:00:00Z') ? 1 : 5));
    expect(tuesday.map(step => step.free)).toEqual([5, 1, 5, 5]);
    expect(tuesday.map(step => step.look)).toEqual(['free', 'few', 'free', 'free']);
    expect(columnFigure(tuesday)).toEqual({ text: '1', none: false });
  });

  it('leaves out what is over', () => {
    const [monday] = draw(start => (start < NOW ? 0 : 3));
    expect(monday.map(step => step.look)).toEqual(['past', 'past', 'some', 'some']);
    expect(monday[2].free).toBe(3);
  });

  it('is full, or closed where no capacity is planned, and says why', () => {
    const days = draw(() => 0);
    expect(days[2][0].look).toBe('full');
    expect(why(days[2][0], medium, NOW, TZ)).toContain('full');
    expect(days[6][0].look).toBe('closed');
    expect(why(days[6][0], medium, NOW, TZ)).toContain('no capacity is planned');
    expect(columnFigure(days[2]).text).toBe('full');
    expect(columnFigure(days[6]).text).toBe('closed');
  });

  it('is not mine where my booking in it has ended', () => {
    const spans = [{ start: iso(NOW - HOUR), end: iso(NOW) }];
    const ended = { ...mine, ...spans[0], spans, phase: 'RELEASING' } as Booking;
    const longer = { ...ended, spans: [{ ...spans[0], end: iso(NOW + 1) }] };
    const step = (booking: Booking) => draw(() => 2, [booking])[0][2];
    expect(step(longer).mine).toBe(longer);
    expect(step(ended).mine).toBeNull();
  });

  it('is mine while a booking of mine overlaps it', () => {
    const wednesday = draw(() => 2)[2];
    expect(wednesday.map(step => step.mine !== null)).toEqual([false, true, true, false]);
  });
});

describe('a selection', () => {
  const steps = draw(() => 2).flat();

  it('can’t begin in what is over', () => {
    expect(begin('medium', steps[0], NOW)).toBeNull();
  });

  it('reaches in both directions from where it began', () => {
    const first = begin('medium', steps[9], NOW);
    const further = first && reach(first, steps[12]);
    const back = further && reach(further, steps[8]);
    expect(further).toMatchObject({ start: steps[9].start, end: steps[12].end });
    expect(back).toMatchObject({ start: steps[8].start, end: steps[9].end });
    expect(steps.filter(step => further && overlaps(further, step))).toHaveLength(4);
  });

  it('knows how many are free throughout, as far as it can be seen', () => {
    const chosen = begin('medium', steps[9], NOW);
    const range = viewInterval(WEEK, NOW, TZ);
    const rows = rowsOf(range, start => (start === steps[9].start + HOUR ? 1 : 4));
    expect(chosen && freeThroughout('medium', chosen, rows, NOW)).toBe(1);
    const beyond = chosen && exactly(chosen, { start: steps[9].start, end: range.end + HOUR });
    expect(beyond && freeThroughout('medium', beyond, rows, NOW)).toBeNull();
  });
});

describe('the cursor', () => {
  it('stays in the grid', () => {
    expect(moveCursor({ row: 0, step: 0 }, 'ArrowUp', 4, 28)).toEqual({ row: 0, step: 0 });
    expect(moveCursor({ row: 0, step: 27 }, 'ArrowRight', 4, 28)).toEqual({ row: 0, step: 27 });
    expect(moveCursor({ row: 1, step: 5 }, 'ArrowDown', 4, 28)).toEqual({ row: 2, step: 5 });
    expect(moveCursor({ row: 1, step: 5 }, 'End', 4, 28)).toEqual({ row: 1, step: 27 });
    expect(moveCursor({ row: 1, step: 5 }, 'x', 4, 28)).toBeNull();
  });
});

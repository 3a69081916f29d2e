import { describe, expect, it } from 'vitest';
import { Executors, Spark, SparkInfo, Waiting, heldRows, heldWords, waitingWords, workWords } from './sparks';

const spark: Spark = {
  name: 'Aglais',
  pages: '/p',
  starting: false,
  executors: 0,
  tasks: 0,
  room: 4,
  excess: '',
  refused: ''
};
const alone: Executors = { used: 0, booked: 0, waiting: [] };
const apart: Executors = { used: 2, booked: 2, waiting: [] };
const queued: Waiting = { count: 2, reason: 'queued', place: 3 };
const info: SparkInfo = {
  sparks: [spark],
  executors: alone,
  memory: { used: 900, booked: 4096 },
  scratch: { used: 0, booked: 0 }
};

describe('what a Spark does', () => {
  it('is said in words where it runs its tasks itself', () => {
    expect(workWords(spark, alone)).toBe('idle, room for 4 tasks');
    expect(workWords({ ...spark, room: 1 }, alone)).toBe('idle, room for 1 task');
    expect(workWords({ ...spark, tasks: 3 }, alone)).toBe('3 of 4 tasks at work');
  });

  it('names its executors where they are apart', () => {
    expect(workWords({ ...spark, executors: 2, tasks: 4 }, apart)).toBe('2 executors · 4 of 4 tasks at work');
    expect(workWords({ ...spark, executors: 1 }, apart)).toBe('1 executor · idle, room for 4 tasks');
    expect(workWords({ ...spark, room: 0 }, apart)).toBe('no executor just now: the next job gets one');
  });

  it('tells that it starts, and why it can not', () => {
    const starts = { ...spark, room: 0, starting: true };
    expect(workWords(starts, alone)).toBe('is starting');
    const waits = { ...starts, refused: 'exceeded quota' };
    expect(workWords(waits, apart)).toBe('waits for an executor: other Sparks have all 2');
  });

  it('tells why it gets none', () => {
    const waits = { ...spark, room: 0, refused: 'pods "x" is forbidden: exceeded quota: session' };
    expect(workWords(waits, apart)).toBe('waits for an executor: other Sparks have all 2');
    expect(workWords(waits, { ...apart, used: 1 })).toBe('waits for an executor: other Sparks have 1 of 2');
    expect(workWords({ ...waits, refused: 'no such image' }, apart)).toBe(
      'waits for an executor: no such image'
    );
  });
});

describe('executors that wait', () => {
  const none: Executors = { used: 0, booked: 2, waiting: [queued] };

  it('are told with the reason', () => {
    expect(waitingWords(queued)).toBe('2 queued in the cluster, place 3');
    expect(waitingWords({ ...queued, place: null })).toBe('2 queued in the cluster');
    expect(waitingWords({ count: 1, reason: 'full', place: null })).toBe(
      '1 queued in the cluster: this queue has all that it may have'
    );
    expect(waitingWords({ count: 1, reason: 'no_machine', place: null })).toBe(
      '1 waits for a machine with room'
    );
    expect(waitingWords({ count: 2, reason: 'no_machine', place: null })).toBe(
      '2 wait for a machine with room'
    );
    expect(waitingWords({ count: 1, reason: 'starting', place: null })).toBe('1 is starting');
    expect(waitingWords({ count: 3, reason: 'starting', place: null })).toBe('3 are starting');
  });

  it('are what a Spark without any waits for', () => {
    expect(workWords({ ...spark, room: 0, starting: true }, none)).toBe('waits for its first executor');
    expect(workWords({ ...spark, room: 0 }, none)).toBe('waits for an executor');
    expect(workWords({ ...spark, room: 0, refused: 'exceeded quota' }, none)).toBe(
      'waits for an executor: other Sparks have or wait for all 2'
    );
  });
});

describe('what is held of the booking', () => {
  it('has units, and no limit where there is none', () => {
    expect(heldWords({ used: 900, booked: 4096 })).toBe('900 MiB of 4 GiB');
    expect(heldWords({ used: 12, booked: 0 })).toBe('12 MiB');
  });

  it('is told for what there is', () => {
    expect(heldRows(info).map(([name]) => name)).toEqual(['Memory']);
    const many = { ...info, executors: { ...apart, used: 1 }, scratch: { used: 5, booked: 1024 } };
    expect(heldRows(many).map(([name, , words]) => `${name} ${words}`)).toEqual([
      'Executors 1 of 2',
      'Memory 900 MiB of 4 GiB',
      'Scratch 5 MiB of 1 GiB'
    ]);
  });
});

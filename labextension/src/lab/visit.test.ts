import { afterEach, describe, expect, it, vi } from 'vitest';
import { Visit } from './visit';

const UNTIL = '2026-06-08T21:00:00Z';

/** A visit whose account is what `told` holds, or that is not answered while it is null. */
function visit(told: { level: number; expires: string | null; asks?: string[] }[]) {
  const asked: string[] = [];
  const send = async (path: string) => {
    asked.push(path);
    const account = told.length > 1 ? told.shift() : told[0];
    return new Response(JSON.stringify(account), { status: account ? 200 : 503 });
  };
  return { made: new Visit(send, () => "o'hara", '/hub/'), asked };
}

describe('Visit', () => {
  afterEach(() => vi.useRealTimers());

  it('knows a visitor and until when', async () => {
    const { made, asked } = visit([{ level: 0, expires: UNTIL }]);
    expect(made.isVisitor).toBe(false);
    await made.refresh();
    expect([made.isVisitor, made.hasJoined, made.ends]).toEqual([true, false, Date.parse(UNTIL)]);
    expect(asked).toEqual(["accounts/o'hara"]);
  });

  it('tells once when the visitor has become a member', async () => {
    const { made } = visit([
      { level: 0, expires: UNTIL },
      { level: 0, expires: UNTIL },
      { level: 1, expires: null }
    ]);
    const told = vi.fn();
    made.changed.connect(told);
    for (let look = 0; look < 4; look++) {
      await made.refresh();
    }
    expect(told).toHaveBeenCalledTimes(2);
    expect([made.isVisitor, made.hasJoined, made.ends]).toEqual([false, true, null]);
  });

  it('has nothing to tell a member', async () => {
    const { made } = visit([{ level: 1, expires: null }]);
    const told = vi.fn();
    made.changed.connect(told);
    await made.refresh();
    expect(told).not.toHaveBeenCalled();
    expect(made.hasJoined).toBe(false);
  });

  it('tells a member what is asked and when the account ends, each once, and when it is answered', async () => {
    const { made } = visit([
      { level: 1, expires: null, asks: [] },
      { level: 1, expires: null, asks: ['terms'] },
      { level: 1, expires: UNTIL, asks: ['terms'] },
      { level: 1, expires: UNTIL, asks: [] }
    ]);
    const told: unknown[] = [];
    made.changed.connect(() => told.push([made.asks, made.closes, made.hasJoined]));
    for (let look = 0; look < 6; look++) {
      await made.refresh();
    }
    expect(told).toEqual([
      [['terms'], null, false],
      [['terms'], Date.parse(UNTIL), false],
      [[], Date.parse(UNTIL), false]
    ]);
    expect(made.ends).toBeNull();
  });

  it('leads to the pages of the hub', () => {
    const { made } = visit([]);
    expect([made.register, made.answer, made.data]).toEqual([
      '/hub/register',
      '/hub/welcome?next=%2Fhub%2Fhome',
      '/hub/data'
    ]);
  });

  it('goes on looking once a member, so that new terms are noticed', async () => {
    vi.useFakeTimers();
    vi.stubGlobal('window', { addEventListener: vi.fn() });
    const { made, asked } = visit([
      { level: 1, expires: null },
      { level: 1, expires: null, asks: ['terms'] }
    ]);
    made.start();
    await vi.advanceTimersByTimeAsync(299_000);
    expect(asked.length).toBe(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(made.asks).toEqual(['terms']);
    await vi.advanceTimersByTimeAsync(16_000);
    expect(asked.length).toBe(3);
    vi.unstubAllGlobals();
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { Visit } from './visit';

const UNTIL = '2026-06-08T21:00:00Z';

/** A visit whose account is what `told` holds, or that is not answered while it is null. */
function visit(told: { level: number; expires: string | null }[]) {
  const asked: string[] = [];
  const send = async (path: string) => {
    asked.push(path);
    const account = told.length > 1 ? told.shift() : told[0];
    return new Response(JSON.stringify(account), { status: account ? 200 : 503 });
  };
  return { made: new Visit(send, () => "o'hara", '/hub/register'), asked };
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
});

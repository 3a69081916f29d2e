import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Listener, serverEvents, waitFor } from './live';

const bytes = (text: string) => new TextEncoder().encode(text);

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      chunks.forEach(chunk => controller.enqueue(bytes(chunk)));
      controller.close();
    }
  });
}

async function all(...chunks: string[]) {
  const found = [];
  for await (const event of serverEvents(streamOf(...chunks))) {
    found.push(event);
  }
  return found;
}

describe('a stream of events', () => {
  it('is read across the cuts of the network', async () => {
    expect(await all('event: cha', 'nge\ndata: {"change"', ': 4}\n', '\nevent: change\ndata: 5\n\n')).toEqual(
      [
        { event: 'change', data: '{"change": 4}' },
        { event: 'change', data: '5' }
      ]
    );
  });

  it('may have signs of life, several lines, and the ends of lines of any system', async () => {
    expect(await all(': still here\n\n', 'data: one\r\ndata: two\r\n\r\n', 'event: never ended')).toEqual([
      { event: 'message', data: '' },
      { event: 'message', data: 'one\ntwo' }
    ]);
  });
});

describe('the wait before the next attempt', () => {
  it('grows, but not for ever, and is not the same for everybody', () => {
    expect([0, 1, 2, 10].map(tries => waitFor(tries, 1))).toEqual([1000, 2000, 4000, 60_000]);
    expect(waitFor(2, 0)).toBe(2000);
  });
});

/** A service whose streams are fed by hand. */
class Streams {
  opened = 0;
  available = true;
  signal: AbortSignal | null = null;
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  readonly connect = async (signal: AbortSignal) => {
    this.opened += 1;
    if (!this.available) {
      throw new Error('not here');
    }
    this.signal = signal;
    return new ReadableStream<Uint8Array>({
      start: controller => {
        this.controller = controller;
        signal.addEventListener('abort', () => controller.error(new Error('aborted')));
      }
    });
  };

  async tell(text: string): Promise<void> {
    this.controller?.enqueue(bytes(text));
    await vi.advanceTimersByTimeAsync(0);
  }

  change = (number: number) => this.tell(`event: change\ndata: {"change": ${number}}\n\n`);

  async end(): Promise<void> {
    this.controller?.close();
    await vi.advanceTimersByTimeAsync(0);
  }
}

describe('a listener', () => {
  const streams = { now: new Streams() };
  const heard = vi.fn();
  let behind = false;
  let listener: Listener;

  beforeEach(async () => {
    vi.useFakeTimers();
    heard.mockClear();
    behind = false;
    streams.now = new Streams();
    listener = new Listener(
      signal => streams.now.connect(signal),
      heard,
      () => behind
    );
    listener.start();
    await vi.advanceTimersByTimeAsync(0);
  });
  afterEach(() => {
    listener.stop();
    vi.useRealTimers();
  });

  it('hears every change once', async () => {
    await streams.now.change(1);
    await streams.now.change(1);
    await streams.now.tell(': still here\n\n');
    await streams.now.change(2);
    expect(heard).toHaveBeenCalledTimes(2);
    expect(listener.live).toBe(true);
  });

  it('connects again when the stream ends, and hears only what is new', async () => {
    await streams.now.change(1);
    await streams.now.end();
    expect(listener.live).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(streams.now.opened).toBe(2);
    await streams.now.change(1);
    expect(heard).toHaveBeenCalledTimes(1);
    await streams.now.change(2);
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it('says so where it is behind though nothing has changed, once it hears again', async () => {
    await streams.now.change(1);
    behind = true;
    await streams.now.change(1);
    expect(heard).toHaveBeenCalledTimes(1);
    await streams.now.end();
    await vi.advanceTimersByTimeAsync(1000);
    await streams.now.change(1);
    await streams.now.change(1);
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it('tries more and more rarely where there is no stream', async () => {
    streams.now.available = false;
    await streams.now.end();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(streams.now.opened).toBeGreaterThan(6);
    expect(streams.now.opened).toBeLessThan(20);
    expect(listener.live).toBe(false);
  });

  it('takes silence for a lost connection', async () => {
    await streams.now.change(1);
    await vi.advanceTimersByTimeAsync(80_000);
    await streams.now.tell(': still here\n\n');
    await vi.advanceTimersByTimeAsync(80_000);
    expect(streams.now.opened).toBe(1);
    await vi.advanceTimersByTimeAsync(12_000);
    expect(streams.now.opened).toBe(2);
  });

  it('closes the stream when it is stopped, and comes back when it is started', async () => {
    await streams.now.change(1);
    listener.stop();
    expect(streams.now.signal?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(streams.now.opened).toBe(1);
    listener.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(streams.now.opened).toBe(2);
  });
});

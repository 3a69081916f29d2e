/**
 * Keeps a store fresh while somebody looks at it: the services tell of every change as server-sent events, and where
 * they can't be listened to, it asks now and then. They are read from an ordinary request and not by an `EventSource`,
 * since in a lab it needs headers that only a request can have, and since silence shows.
 */
import type { BookingStore } from './store';

// Milliseconds: between two questions with the stream and without, and the shortest time between two answers to it.
const SELDOM = 120_000;
const OFTEN = 30_000;
const APART = 1000;
// How many viewers ask at the same moment when something has changed: they spread over this time.
const SPREAD = 300;
// Nothing at all for this long, not even a sign of life, means that the connection is lost.
const SILENCE = 90_000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;

/** One event; a sign of life has no `data`. */
export interface ServerEvent {
  event: string;
  data: string;
}

/** The events in a stream of bytes. */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      text = (text + decoder.decode(value, { stream: true })).replace(/\r\n?/g, '\n');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        yield readEvent(block);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function readEvent(block: string): ServerEvent {
  const found: ServerEvent = { event: 'message', data: '' };
  for (const line of block.split('\n')) {
    const [, name, value] = /^(\w+):? ?(.*)$/.exec(line) ?? [];
    if (name === 'event') {
      found.event = value;
    } else if (name === 'data') {
      found.data += found.data ? `\n${value}` : value;
    }
  }
  return found;
}

/** How long to wait before the `tries`-th attempt to connect again; `chance` (0 to 1) keeps viewers from coming at once. */
export function waitFor(tries: number, chance = Math.random()): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries) * (0.5 + chance / 2);
}

/** Listens to changes while it is started. `live` says whether it hears them. */
export class Listener {
  live = false;
  private stopped: AbortController | null = null;
  private last: string | null = null;

  constructor(
    private readonly connect: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>,
    private readonly onChange: () => void,
    /** Whether there is something to ask for even where nothing has changed, once it is heard of changes again. */
    private readonly isBehind: () => boolean = () => false
  ) {}

  start(): void {
    if (!this.stopped) {
      this.stopped = new AbortController();
      void this.run(this.stopped.signal);
    }
  }

  stop(): void {
    this.stopped?.abort();
    this.stopped = null;
    this.live = false;
  }

  private async run(stopped: AbortSignal): Promise<void> {
    for (let tries = 0; !stopped.aborted; tries++) {
      try {
        await this.listen(stopped, () => (tries = 0));
      } catch {
        // Lost, or not to be had: it is tried again, and meanwhile asked for.
      }
      if (!stopped.aborted) {
        this.live = false;
        await pause(waitFor(tries), stopped);
      }
    }
  }

  private async listen(stopped: AbortSignal, onEvent: () => void): Promise<void> {
    const lost = new AbortController();
    const end = () => lost.abort();
    stopped.addEventListener('abort', end);
    let silence = setTimeout(end, SILENCE);
    try {
      for await (const event of serverEvents(await this.connect(lost.signal))) {
        clearTimeout(silence);
        silence = setTimeout(end, SILENCE);
        if (stopped.aborted) {
          return;
        }
        const isBack = !this.live && this.isBehind();
        this.live = true;
        onEvent();
        if (isBack || (event.event === 'change' && event.data !== this.last)) {
          this.last = event.data || this.last;
          this.onChange();
        }
      }
    } finally {
      clearTimeout(silence);
      stopped.removeEventListener('abort', end);
      end();
    }
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stopped.addEventListener('abort', done);
  });
}

/** Ask now, at every change, now and then, and when the window is looked at again; gives what stops it. */
export function keepFresh(store: BookingStore, seen: () => boolean): () => void {
  let asked = 0;
  let asking = false;
  let was = false;
  let soon: ReturnType<typeof setTimeout> | undefined;
  const ask = async () => {
    clearTimeout(soon);
    soon = undefined;
    asked = Date.now();
    asking = true;
    await store.refresh();
    asking = false;
  };
  // One question at a time, so that changes without a pause do not overtake every answer.
  const later = () => {
    const wait = Math.max(Math.random() * SPREAD, asked + APART - Date.now());
    soon ??= setTimeout(() => {
      soon = undefined;
      void (asking ? later() : ask());
    }, wait);
  };
  const isDown = () => store.snapshot().down !== null;
  const listener = new Listener(signal => store.api.changes(signal), later, isDown);
  const look = () => {
    const watched = document.visibilityState === 'visible' && seen();
    if (watched && !was) {
      listener.start();
      void ask();
    } else if (watched && Date.now() - asked > (listener.live ? SELDOM : OFTEN)) {
      void ask();
    } else if (!watched && was) {
      clearTimeout(soon);
      soon = undefined;
      listener.stop();
    }
    was = watched;
  };
  look();
  const timer = setInterval(look, 1000);
  document.addEventListener('visibilitychange', look);
  return () => {
    clearInterval(timer);
    clearTimeout(soon);
    document.removeEventListener('visibilitychange', look);
    listener.stop();
  };
}

/** Keeps a store fresh while somebody looks at it. */
import type { BookingStore } from './store';

const EVERY = 30_000;

/** Ask now, every half minute, and when the window is looked at again; gives what stops it. */
export function keepFresh(store: BookingStore, seen: () => boolean): () => void {
  const ask = () => {
    if (document.visibilityState === 'visible' && seen()) {
      void store.refresh();
    }
  };
  ask();
  const timer = setInterval(ask, EVERY);
  document.addEventListener('visibilitychange', ask);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', ask);
  };
}

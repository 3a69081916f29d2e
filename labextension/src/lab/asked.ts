/** Asking again and again, while somebody can see the answer. */
import * as React from 'react';

/** How soon after it has come into view it asks. */
const SOON = 500;

/** The last answer, asked for as soon as it can be seen, and anew after so many ms while it is; and a way to set it. */
export function useAsked<T>(
  ask: () => Promise<T | null>,
  seen: () => boolean,
  every: number
): [T | null, (found: T) => void] {
  const [info, setInfo] = React.useState<T | null>(null);
  const given = React.useRef({ ask, seen });
  React.useEffect(() => {
    let wanted = true;
    let asking = false;
    let asked = -every;
    const look = async () => {
      if (document.hidden || !given.current.seen()) {
        asked = -every;
        return;
      }
      if (asking || performance.now() - asked < every) {
        return;
      }
      asking = true;
      asked = performance.now();
      const found = await given.current.ask();
      asking = false;
      if (wanted) {
        setInfo(found);
      }
    };
    void look();
    const timer = setInterval(() => void look(), SOON);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [every]);
  return [info, setInfo];
}

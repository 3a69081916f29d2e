/** The web page of bookings: reads what the page says of itself and draws the calendar into it. */
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { Bookings } from '../calendar/Bookings';
import { Api } from '../calendar/api';
import { ServerClock } from '../calendar/clock';
import { BookingStore } from '../calendar/store';
import '../../style/page.css';

// How long an answer is waited for, in milliseconds.
const PATIENCE = 20_000;

interface PageConfig {
  api: string;
  user: string;
  lab: string;
  xsrf: string;
}

function start(host: HTMLElement): void {
  const text = document.getElementById('aglais-config')?.textContent ?? '{}';
  const config = JSON.parse(text) as PageConfig;
  const clock = new ServerClock();
  const send = (path: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    headers.set('X-XSRFToken', config.xsrf ?? '');
    if (!headers.has('Accept')) {
      headers.set('Accept', 'application/json');
    }
    // What brings a signal of its own, as the stream of changes does, is waited for without end.
    const signal = init.signal ?? AbortSignal.timeout(PATIENCE);
    return fetch(config.api + path, {
      ...init,
      headers,
      signal,
      credentials: 'same-origin',
      cache: 'no-store'
    });
  };
  const api = new Api(send, (date, asked) => clock.learnDate(date, asked));
  const store = new BookingStore(api, clock, {
    account: config.user,
    pages: config.api.replace(/api\/$/, '')
  });
  const [, shown] = /\/bookings\/([^/]+)$/.exec(location.pathname) ?? [];
  const id = shown && decodeURIComponent(shown);
  createRoot(host).render(<Bookings store={store} lab={config.lab} shown={id} place="page" />);
}

const host = document.getElementById('aglais-bookings');
if (host) {
  start(host);
}

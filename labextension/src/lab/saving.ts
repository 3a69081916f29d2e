/** Whoever stops this lab has its pages save first: the lab's server asks each of them, and is told. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;

/** Answers the lab's server for as long as this page is open; a connection that is lost is made anew. */
export class Saving {
  private tries = 0;

  constructor(
    private readonly settings: ServerConnection.ISettings,
    /** Saves all that is open. */
    private readonly save: () => Promise<void>,
    /** The server has been told, and goes. */
    private readonly told: () => void
  ) {}

  start(): void {
    const { settings } = this;
    const url = URLExt.join(settings.wsUrl, 'aglais', 'saving');
    const token =
      settings.appendToken && settings.token ? `?token=${encodeURIComponent(settings.token)}` : '';
    const socket = new settings.WebSocket(url + token);
    socket.onopen = () => {
      this.tries = 0;
    };
    socket.onmessage = async () => {
      await this.save();
      socket.send('saved');
      this.told();
    };
    socket.onclose = () => {
      setTimeout(() => this.start(), Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.tries++));
    };
  }
}

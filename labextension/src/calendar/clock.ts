/** The server's time in a browser whose own clock may be wrong. */

/** Tells the server's time, from what answers say of it. */
export class ServerClock {
  private offset = 0;

  constructor(private readonly local: () => number = Date.now) {}

  /** The server's time now, in milliseconds. */
  now(): number {
    return this.local() + this.offset;
  }

  /** Learn from an exact server time that was asked for at local time `asked`. */
  learn(server: number, asked: number): void {
    const middle = (asked + this.local()) / 2;
    this.offset = server - middle;
  }

  /**
   * Learn from a `Date` header, which counts whole seconds: a clock within two seconds of it is left alone,
   * so that the time shown never jitters.
   */
  learnDate(date: string, asked: number): void {
    const server = Date.parse(date) + 500;
    if (!Number.isNaN(server) && Math.abs(server - (asked + this.local()) / 2 - this.offset) > 2000) {
      this.learn(server, asked);
    }
  }
}

import type { LogPart } from './read-tail.js';

/** What one follower may let wait before it must read it from the log again: events, and bytes of JSON. */
const EVENTS_MAX = 1000;
const BYTES_MAX = 262_144;

/**
 * Between the shared reader and one follower. Bounded: when the follower is slower than the run, the mailbox forgets what it
 * holds and says so by an empty delivery, and the follower reads on from the log.
 */
export class Mailbox {
  readonly #onHeld: (change: number) => void;
  #events: LogPart['events'][number][] = [];
  #bytes = 0;
  #forgot = false;
  #wake: (() => void) | null = null;

  /** @param onHeld told by how much more or less waits here, in bytes; what was taken is its taker's to count off */
  constructor(onHeld: (change: number) => void = () => undefined) {
    this.#onHeld = onHeld;
  }

  /** A part without events says that there is more than was sent along. */
  put({ events, bytes }: LogPart): void {
    this.#forgot = events.length === 0 || this.#events.length + events.length > EVENTS_MAX || this.#bytes + bytes > BYTES_MAX;
    if (this.#forgot) {
      this.#onHeld(-this.#bytes);
      [this.#events, this.#bytes] = [[], 0];
    } else {
      this.#onHeld(bytes);
      this.#events.push(...events);
      this.#bytes += bytes;
    }
    this.#wake?.();
  }

  /** What came since the last call; waits for it at most `waitMs`. Empty: time is up, aborted, or too much came. */
  async take(waitMs: number, signal: AbortSignal): Promise<LogPart> {
    if (this.#events.length === 0 && !this.#forgot && !signal.aborted) await this.#arrival(waitMs, signal);
    const part = { events: this.#events, bytes: this.#bytes };
    [this.#events, this.#bytes] = [[], 0];
    this.#forgot = false;
    return part;
  }

  async #arrival(waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      resolve(undefined);
    };
    const timer = setTimeout(wake, waitMs);
    signal.addEventListener('abort', wake, { once: true });
    this.#wake = wake;
    await promise;
    this.#wake = null;
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
  }
}

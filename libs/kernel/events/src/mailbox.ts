import type { RunEvent } from '@openclaw/words';

/** Events that one follower may let wait before it must read them from the log again. */
const EVENTS_MAX = 1000;

/**
 * Between the shared reader and one follower. Bounded: when the follower is slower than the run, the mailbox forgets what it
 * holds and says so by an empty delivery, and the follower reads on from the log.
 */
export class Mailbox {
  #events: RunEvent[] = [];
  #forgot = false;
  #wake: (() => void) | null = null;

  put(events: readonly RunEvent[]): void {
    this.#forgot = this.#events.length + events.length > EVENTS_MAX;
    if (this.#forgot) this.#events = [];
    else this.#events.push(...events);
    this.#wake?.();
  }

  /** What came since the last call; waits for it at most `waitMs`. Empty: time is up, aborted, or too much came. */
  async take(waitMs: number, signal: AbortSignal): Promise<RunEvent[]> {
    if (this.#events.length === 0 && !this.#forgot && !signal.aborted) await this.#arrival(waitMs, signal);
    const events = this.#events;
    this.#events = [];
    this.#forgot = false;
    return events;
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

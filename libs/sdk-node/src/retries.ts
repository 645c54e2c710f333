/** When to come again after something went wrong. */

const FIRST_MS = 200;
const MAX_MS = 8000;

/**
 * @param attempt from 0
 * @returns milliseconds: doubled each time up to 8 s, and between half of that and all of it, so that many do not come at once
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(MAX_MS, FIRST_MS * 2 ** attempt);
  return whole / 2 + random() * (whole / 2);
}

/** `Retry-After` in seconds from now: a number or a date, never negative; null where there is none or it cannot be read. */
export function retryAfterOf(header: string | null, now: number = Date.now()): number | null {
  if (header === null || header.trim() === '') return null;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header);
  const at = /[a-z]/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1000);
}

/** Waits; rejects with the signal's reason as soon as it aborts. Leaves no timer and no listener behind. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error); // whatever the caller aborted with is handed on
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** The time that a caller gives: one signal for its own signal and for a deadline, let go of when the call is over. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #at: number;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #outer: AbortSignal | undefined;
  readonly #onOuter = (): void => {
    this.#controller.abort(this.#outer?.reason);
  };
  #expired = false;

  /** @param ms at most 24 days @param outer the caller's signal, aborted already or later */
  constructor(ms: number, outer?: AbortSignal) {
    outer?.throwIfAborted();
    this.#at = Date.now() + ms;
    this.#outer = outer;
    this.#timer = setTimeout(
      () => {
        this.#expired = true;
        this.#controller.abort(new DOMException('The time given is over.', 'TimeoutError'));
      },
      Math.min(ms, 2 ** 31 - 1),
    );
    outer?.addEventListener('abort', this.#onOuter, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time ran out, rather than the caller having aborted. */
  get expired(): boolean {
    return this.#expired;
  }

  get leftMs(): number {
    return Math.max(0, this.#at - Date.now());
  }

  /** Lets go of the timer and of the caller's signal. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onOuter);
  }
}

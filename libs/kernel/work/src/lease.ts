/** Why work is stopped from outside: its lease is lost, its owner cancelled it, this worker is going, or its time is up. */
export type StopReason = 'lost' | 'cancelled' | 'leaving' | 'late';

/** Before a lease runs out by this much, its holder no longer relies on it: clocks and pauses are not exact. */
const MARGIN_MS = 500;

/** The right to work on one thing. */
export class Lease {
  readonly #stop = new AbortController();
  readonly #onBeat: () => void;
  #validUntil: number;
  #reason: StopReason | null = null;

  /** @param validUntil by `performance.now()`, which also runs while the process is stopped */
  constructor(validUntil: number, onBeat: () => void = () => undefined) {
    this.#validUntil = validUntil;
    this.#onBeat = onBeat;
  }

  /** Aborts when the work must stop; {@link reason} says why. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get reason(): StopReason | null {
    return this.#reason;
  }

  /** False while it is not certain that nobody else has the work. */
  get isCertain(): boolean {
    return this.#reason !== 'lost' && performance.now() < this.#validUntil - MARGIN_MS;
  }

  /** Stops the work; the first reason stands, but a lost lease overrides it. */
  stop(reason: StopReason): void {
    if (reason === 'lost' || this.#reason === null) this.#reason = reason;
    this.#stop.abort();
  }

  renewed(validUntil: number): void {
    this.#validUntil = validUntil;
    this.#onBeat();
  }
}

/** Gives the work `finishMs` once this worker is asked to stop. Returns what calls it off. */
export function leaveAfter(lease: Lease, stopping: AbortSignal, finishMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => {
      lease.stop('leaving');
    }, finishMs);
  };
  if (stopping.aborted) begin();
  else stopping.addEventListener('abort', begin, { once: true });
  return () => {
    stopping.removeEventListener('abort', begin);
    clearTimeout(timer);
  };
}

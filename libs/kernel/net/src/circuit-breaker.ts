export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerPolicy {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly openMs: number;
}

/**
 * closed ─ failures in a row ─► open ─ openMs ─► half_open ─┬─ the one request let in succeeds ─► closed
 *                                ▲                          └─ fails ─┐
 *                                └────────────────────────────────────┘
 *
 * Keeps requests away from a server that is down, so that they go to another one, or nowhere, at once. Our own and not a library's: what
 * it guards is a stream, whose success is known at its end and whose caller may leave in between.
 */
export class CircuitBreaker {
  readonly #policy: BreakerPolicy;
  readonly #now: () => number;
  #failures = 0;
  #openUntil: number | null = null;
  #probing = false;

  /** @param now milliseconds of any monotonic clock. */
  constructor(policy: BreakerPolicy, now: () => number) {
    this.#policy = policy;
    this.#now = now;
  }

  get failures(): number {
    return this.#failures;
  }

  get state(): BreakerState {
    if (this.#openUntil === null) return 'closed';
    return this.#now() < this.#openUntil ? 'open' : 'half_open';
  }

  /** Whether a request may go; one that goes must be followed by {@link succeeded}, {@link failed} or {@link left}. */
  enter(): boolean {
    const { state } = this;
    if (state === 'closed') return true;
    if (state === 'open' || this.#probing) return false;
    this.#probing = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = null;
    this.#probing = false;
  }

  failed(): void {
    this.#probing = false;
    this.#failures += 1;
    if (this.#openUntil !== null || this.#failures >= this.#policy.failures) this.#openUntil = this.#now() + this.#policy.openMs;
  }

  /** The request ended without telling anything about the server: an abort, or a fault of the request itself. */
  left(): void {
    this.#probing = false;
  }
}

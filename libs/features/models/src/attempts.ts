import { Fault } from '@openclaw/errors';
import type { CircuitBreaker } from '@openclaw/net';
import type { Logger } from '@openclaw/telemetry';
import type { Clock } from './clock.js';
import type { ModelClient } from '@openclaw/language-model';

/** A configured provider: its model, and how it has been doing. */
export interface Candidate {
  /** The entry of `providers`. */
  readonly entry: string;
  readonly type: string;
  readonly client: ModelClient;
  readonly breaker: CircuitBreaker;
  /** The sentence of its newest failure; null where it has had none since it last succeeded. */
  lastError: string | null;
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly retryAfterMaxMs: number;
}

export interface AttemptsOptions {
  readonly candidates: readonly Candidate[];
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Requests to one provider whose replies began and may have to be paid for. */
const BILLED_MAX = 2;
/** A `Retry-After` up to this is waited for although another provider could be asked at once. */
const WORTH_WAITING_MS = 2_000;

/**
 * Which provider is asked next: the same one again after a jittered pause where the failure may pass, else the next one whose
 * circuit is not open. Where all circuits are open the first provider is asked once all the same: a try costs less than a
 * refusal. For one request; it holds the breaker of the provider that is being asked.
 */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #waiting: Candidate[];
  readonly #failures: { readonly candidate: Candidate; readonly fault: Fault }[] = [];
  #current: Candidate | null = null;
  #asked: Candidate | null = null;
  #attempt = 0;
  #billed = 0;
  #silent = 0;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#waiting = [...options.candidates];
  }

  /** The first provider to ask. */
  first(): Candidate {
    const [fallback] = this.#options.candidates;
    if (!fallback) throw new Error('no provider is configured');
    return this.#next() ?? this.#take(fallback, this.#options.policy.attempts);
  }

  succeeded(): void {
    if (this.#current) this.#current.lastError = null;
    this.#current?.breaker.succeeded();
    this.#current = null;
  }

  /** The model was done and had said nothing. True where it, or the next one, is worth asking again: once in all. */
  mayAskAgain(): boolean {
    this.#silent += 1;
    return this.#silent === 1 && (this.#waiting.length > 0 || this.#attempt < this.#options.policy.attempts);
  }

  /** The request ended early, and not by the provider's fault. Does nothing after {@link succeeded} or a failure. */
  left(): void {
    this.#current?.breaker.left();
    this.#current = null;
  }

  /**
   * The provider to ask after that failure, once it is time. Throws what is no Fault as it is, the abort reason, and the first
   * provider's Fault when nobody is left to ask.
   */
  async after(error: unknown, signal: AbortSignal): Promise<Candidate> {
    const failed = this.#current;
    if (!failed || signal.aborted || !(error instanceof Fault)) throw signal.aborted ? signal.reason : error;
    this.#note(failed, error);
    const pauseMs = this.#pauseMs(error);
    if (pauseMs !== null && failed.breaker.enter()) {
      this.#take(failed, this.#attempt + 1);
      await this.#options.clock.sleep(pauseMs, signal);
      return failed;
    }
    const next = this.#next();
    if (next) return next;
    throw this.#verdict(error);
  }

  #note(failed: Candidate, fault: Fault): void {
    const { provider, model } = failed.client;
    this.#failures.push({ candidate: failed, fault });
    failed.lastError = fault.message;
    if (blames(fault)) failed.breaker.failed();
    else failed.breaker.left();
    this.#current = null;
    if (fault.details['billed'] === true) this.#billed += 1;
    this.#options.logger.warn(
      { provider, model, attempt: this.#attempt, details: fault.details, reason: reasonOf(fault) },
      'model request failed',
    );
  }

  /** null: not this provider again. */
  #pauseMs(fault: Fault): number | null {
    const { policy, clock } = this.#options;
    if (fault.details['retryable'] !== true || this.#attempt >= policy.attempts || this.#billed >= BILLED_MAX) return null;
    if (fault.details['silent'] === true && this.#waiting.length > 0) return null;
    const asked = fault.details['retry_after_ms'];
    if (typeof asked !== 'number') {
      const ceiling = Math.min(policy.backoffMaxMs, policy.backoffMs * 2 ** (this.#attempt - 1));
      return Math.round((ceiling * (1 + clock.random())) / 2);
    }
    const patience = this.#waiting.length > 0 ? Math.min(WORTH_WAITING_MS, policy.retryAfterMaxMs) : policy.retryAfterMaxMs;
    // Others were told the same moment: spread out after it, never before.
    return asked <= patience ? Math.round(asked * (1 + clock.random() / 10)) : null;
  }

  #next(): Candidate | null {
    for (let candidate = this.#waiting.shift(); candidate; candidate = this.#waiting.shift()) {
      if (candidate.breaker.enter()) return this.#take(candidate, 1);
    }
    return null;
  }

  #take(candidate: Candidate, attempt: number): Candidate {
    if (candidate !== this.#asked) this.#billed = 0;
    this.#asked = candidate;
    this.#current = candidate;
    this.#attempt = attempt;
    return candidate;
  }

  /** The first provider's failure is the one that its owner can do something about; the details say who else was asked. */
  #verdict(newest: Fault): Fault {
    const first = this.#failures[0]?.fault ?? newest;
    const attempted = this.#failures.map(({ candidate, fault }) => ({
      provider: candidate.client.provider,
      model: candidate.client.model,
      upstream_status: fault.details['upstream_status'] ?? null,
    }));
    return new Fault(first.code, first.message, { details: { ...first.details, attempted }, cause: newest.cause });
  }
}

/** A request that was refused for what it says tells nothing about the provider. */
function blames(fault: Fault): boolean {
  const status = fault.details['upstream_status'];
  return typeof status !== 'number' || ![400, 413, 422].includes(status);
}

/** The provider's own sentence, or what the connection failed with. */
function reasonOf(fault: Fault): string {
  const { reason } = fault.details;
  if (typeof reason === 'string') return reason;
  return fault.cause instanceof Error ? fault.cause.message.slice(0, 200) : '';
}

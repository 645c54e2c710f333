import type { Redis } from '@openclaw/redis';
import { networkOf } from './network-of.js';
import type { RateLimiter } from './rate-limiter.js';
import type { Take } from './token-bucket.js';
import { within } from './within.js';

export interface FailureBudgetOptions {
  readonly limiter: RateLimiter;
  readonly redis: Redis;
  /** First part of every key. */
  readonly prefix: string;
}

/** The same wrong credential costs its network once in so long: a script that was forgotten guesses nothing. */
const ONCE_MS = 60_000;
const PATIENCE_MS = 400;
/** Credentials that a process remembers as charged; beyond it the oldest is forgotten, and costs once more. */
const CHARGED_MAX = 10_000;
const KEY_CHARACTERS = 32;

/**
 * What each network (see {@link networkOf}) may still guess wrong. Spent in this process at once and shared with the other gateways
 * behind it; with Redis out of reach each gateway counts by itself. Never fails, never waits.
 */
export class FailureBudget {
  readonly #options: FailureBudgetOptions;
  /** Network and credential to when it was charged, oldest first. */
  readonly #charged = new Map<string, number>();

  constructor(options: FailureBudgetOptions) {
    this.#options = options;
  }

  /** How the budget of this address stands, without spending. */
  look(address: string): Take {
    return this.#options.limiter.peekLocal(networkOf(address));
  }

  /** Takes one failure, unless this very credential was charged within the last minute. @param credential its digest */
  charge(address: string, credential: Buffer): void {
    const network = networkOf(address);
    const key = `${network}:${credential.toString('hex').slice(0, KEY_CHARACTERS)}`;
    const now = performance.now();
    if (now - (this.#charged.get(key) ?? Number.NEGATIVE_INFINITY) < ONCE_MS) return;
    this.#charged.delete(key);
    this.#charged.set(key, now);
    const [oldest] = this.#charged.keys();
    if (this.#charged.size > CHARGED_MAX && oldest !== undefined) this.#charged.delete(oldest);
    this.#options.limiter.takeLocal(network);
    void this.#share(network, key);
  }

  /** Takes one failure, whatever it was. */
  spend(address: string): void {
    const network = networkOf(address);
    this.#options.limiter.takeLocal(network);
    void this.#options.limiter.takeShared(network);
  }

  /** The gateway that marks the credential first is the one that charges for it. */
  async #share(network: string, key: string): Promise<void> {
    const { redis, prefix, limiter } = this.#options;
    const marking = redis.set(`${prefix}:charged:${key}`, '1', 'PX', ONCE_MS, 'NX').catch(() => null); // away: this process has charged it
    if ((await within(PATIENCE_MS, marking)) === 'OK') await limiter.takeShared(network);
  }
}

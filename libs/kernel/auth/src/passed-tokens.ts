import type { Redis } from '@openclaw/redis';
import { within } from './within.js';

export interface PassedTokensOptions {
  readonly redis: Redis;
  /** First part of every key. */
  readonly prefix: string;
}

const DAY_MS = 86_400_000;
/** Redis is told again after so long: it may have been emptied, and the day begins with the last use. */
const TELL_MS = 60_000;
const PATIENCE_MS = 400;
/** Tokens that a process remembers; beyond it the one used longest ago is looked up in Redis again. */
const TOKENS_MAX = 10_000;

/**
 * Which tokens have been let in within the last day, at any gateway: kept by their ids in this process and in Redis, which holds no
 * more of them than there are valid tokens.
 */
export class PassedTokens {
  readonly #options: PassedTokensOptions;
  readonly #passed = new Map<string, { at: number; toldAt: number }>();

  constructor(options: PassedTokensOptions) {
    this.#options = options;
  }

  /** Costs a look into a map, and a write to Redis once a minute. */
  remember(tokenId: string): void {
    const now = performance.now();
    const known = this.#passed.get(tokenId);
    const toldAt = known && now - known.toldAt < TELL_MS ? known.toldAt : now;
    if (toldAt === now) void this.#tell(tokenId);
    this.#keep(tokenId, { at: now, toldAt });
  }

  /** Waits for Redis where this process does not know; false where that does not answer. */
  async hasPassed(tokenId: string): Promise<boolean> {
    const known = this.#passed.get(tokenId);
    if (known && performance.now() - known.at < DAY_MS) return true;
    const { redis, prefix } = this.#options;
    const asking = redis.exists(`${prefix}:passed:${tokenId}`).catch(() => 0);
    return (await within(PATIENCE_MS, asking)) === 1;
  }

  async #tell(tokenId: string): Promise<void> {
    const { redis, prefix } = this.#options;
    await redis.set(`${prefix}:passed:${tokenId}`, '1', 'PX', DAY_MS).catch(() => null); // told again in a minute
  }

  #keep(tokenId: string, entry: { at: number; toldAt: number }): void {
    this.#passed.delete(tokenId);
    this.#passed.set(tokenId, entry);
    const [oldest] = this.#passed.keys();
    if (this.#passed.size > TOKENS_MAX && oldest !== undefined) this.#passed.delete(oldest);
  }
}

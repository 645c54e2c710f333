import { type BucketState, rateLimited, refill, take } from '@openclaw/auth';
import type { FrameType } from '@openclaw/words';
import type { Fault } from '@openclaw/errors';

/** What a frame costs beyond one, for the work that it makes in Postgres. */
const BEYOND_ONE: Readonly<Record<FrameType, number>> = { message: 0, cancel: 3, resume: 3, subscribe: 3, unsubscribe: 0, ping: 0 };
/** A frame this large costs one more, for the time that reading it takes. */
const BYTES_PER_COST = 32_768;
/** Tokens whose buckets are kept; beyond it the one used longest ago is forgotten. */
const BUCKETS_MAX = 10_000;

/**
 * What one token may send through the sockets of this gateway, whatever it is: beside the rate of requests, which messages alone
 * spend, and much larger. A frame is paid for by its size before it is read, and by its type once that is known.
 */
export class FrameMeter {
  readonly #perMinute: () => number;
  readonly #buckets = new Map<string, BucketState>();

  /** @param perMinute frames in the long run, asked at each; half of them may come at once */
  constructor(perMinute: () => number) {
    this.#perMinute = perMinute;
  }

  get #shape(): { readonly capacity: number; readonly refillPerMinute: number } {
    const perMinute = this.#perMinute();
    return { capacity: Math.ceil(perMinute / 2), refillPerMinute: perMinute };
  }

  /** Takes a frame's cost, even beyond what is left. @returns why it is refused, at no cost: nothing was left */
  charge(tokenId: string, bytes: number): Fault | null {
    const cost = 1 + Math.floor(bytes / BYTES_PER_COST);
    const { take: taken, state } = take(this.#shape, this.#buckets.get(tokenId) ?? null, Date.now(), cost);
    this.#keep(tokenId, state);
    if (taken.allowed) return null;
    return rateLimited('Too many frames. Send fewer, or smaller ones.', this.#shape.refillPerMinute, taken.retryAfterMs, taken.resetAtMs);
  }

  /** Takes what a frame of this type costs beyond one: it was let in, and those after it wait until that is paid. */
  owe(tokenId: string, type: FrameType): void {
    if (BEYOND_ONE[type] === 0) return;
    const { tokens, atMs } = refill(this.#shape, this.#buckets.get(tokenId) ?? null, Date.now());
    this.#keep(tokenId, { tokens: tokens - BEYOND_ONE[type], atMs });
  }

  #keep(tokenId: string, state: BucketState): void {
    this.#buckets.delete(tokenId);
    this.#buckets.set(tokenId, state);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > BUCKETS_MAX && oldest !== undefined) this.#buckets.delete(oldest);
  }
}

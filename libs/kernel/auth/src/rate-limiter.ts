import { type Redis, Script } from '@openclaw/redis';
import { type BucketShape, type BucketState, describeTake, refill, take, type Take } from './token-bucket.js';
import { within } from './within.js';

export interface RateLimiterOptions {
  readonly redis: Redis;
  /** First part of every key. */
  readonly prefix: string;
  /** Asked at each take: it may change while buckets are in use. */
  readonly shape: () => BucketShape;
}

/** The pure `take` of token-bucket.ts, by Redis' own clock, so that all gateways share one bucket. Returns {allowed, tokens × 1000}. */
const TAKE = new Script(`
local capacity, per_minute = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local state = redis.call('HMGET', KEYS[1], 't', 'at')
local tokens = capacity
if state[1] then tokens = math.min(capacity, tonumber(state[1]) + math.max(0, now - tonumber(state[2])) * per_minute / 60000) end
local allowed = 0
if tokens >= 1 then tokens = tokens - 1; allowed = 1 end
redis.call('HSET', KEYS[1], 't', tostring(tokens), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(capacity / per_minute * 60000) + 1000)
return {allowed, math.floor(tokens * 1000)}
`);

/** How long a request waits for the shared bucket: less than for an answer that it needs. */
const PATIENCE_MS = 400;
/** After a failure Redis is left alone for so long: each request would wait in vain. */
const AWAY_MS = 1000;
/** Buckets a process keeps for itself; beyond it the one used longest ago is forgotten. */
const LOCAL_BUCKETS_MAX = 10_000;

/** One token bucket per key, shared by all gateways through Redis; with Redis out of reach, each gateway keeps its own. */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #local = new Map<string, BucketState>();
  #awayUntil = 0;

  constructor(options: RateLimiterOptions) {
    this.#options = options;
  }

  /** Takes one token; never fails. */
  async take(key: string): Promise<Take> {
    const shared = await this.#takeShared(key);
    return shared ?? this.takeLocal(key);
  }

  /** Takes one token from this process's own bucket. */
  takeLocal(key: string): Take {
    const result = take(this.#options.shape(), this.#local.get(key) ?? null, Date.now());
    this.#keep(key, result.state);
    return result.take;
  }

  /** What this process's own bucket holds, without taking. */
  peekLocal(key: string): Take {
    const shape = this.#options.shape();
    const state = refill(shape, this.#local.get(key) ?? null, Date.now());
    return describeTake(shape, state.tokens >= 1, state.tokens, state.atMs);
  }

  /** Takes from the shared bucket and lets this process's own hold no more than that. */
  async takeShared(key: string): Promise<void> {
    const shared = await this.#takeShared(key);
    if (!shared) return;
    const own = refill(this.#options.shape(), this.#local.get(key) ?? null, Date.now());
    this.#keep(key, { tokens: Math.min(own.tokens, shared.remaining), atMs: own.atMs });
  }

  async #takeShared(key: string): Promise<Take | null> {
    const { redis, prefix } = this.#options;
    const shape = this.#options.shape();
    if (performance.now() < this.#awayUntil) return null;
    // Redis away or slow: the local bucket takes over, and the connection's own listener logs the outage.
    const taking = TAKE.run(redis, [`${prefix}:rate:${key}`], [shape.capacity, shape.refillPerMinute]).catch(() => null);
    const reply: unknown = await within(PATIENCE_MS, taking);
    if (!Array.isArray(reply)) {
      this.#awayUntil = performance.now() + AWAY_MS;
      return null;
    }
    return describeTake(shape, reply[0] === 1, Number(reply[1]) / 1000, Date.now());
  }

  #keep(key: string, state: BucketState): void {
    this.#local.delete(key);
    this.#local.set(key, state);
    const [oldest] = this.#local.keys();
    if (this.#local.size > LOCAL_BUCKETS_MAX && oldest !== undefined) this.#local.delete(oldest);
  }
}

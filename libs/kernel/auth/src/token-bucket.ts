/** A bucket that refills steadily: `refillPerMinute` in the long run, `capacity` at once. */
export interface BucketShape {
  readonly capacity: number;
  readonly refillPerMinute: number;
}

/** `tokens` at the time `atMs`; null stands for a bucket that nobody took from. */
export interface BucketState {
  readonly tokens: number;
  readonly atMs: number;
}

/** What asking for one token gave. Durations and times in milliseconds; `resetAtMs` is when the bucket is full again. */
export interface Take {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetAtMs: number;
}

/** The bucket as it stands at `nowMs`. A clock that went back adds nothing. */
export function refill(shape: BucketShape, state: BucketState | null, nowMs: number): BucketState {
  if (!state) return { tokens: shape.capacity, atMs: nowMs };
  const gained = (Math.max(0, nowMs - state.atMs) * shape.refillPerMinute) / 60_000;
  return { tokens: Math.min(shape.capacity, state.tokens + gained), atMs: nowMs };
}

/**
 * Takes `cost` tokens, one by default, where there is one: what costs more leaves a debt, and nothing is had until it is paid.
 * Pure: the Redis script does the same for one token.
 */
export function take(shape: BucketShape, state: BucketState | null, nowMs: number, cost = 1): { take: Take; state: BucketState } {
  const full = refill(shape, state, nowMs);
  const allowed = full.tokens >= 1;
  const left = { tokens: allowed ? full.tokens - cost : full.tokens, atMs: nowMs };
  return { take: describeTake(shape, allowed, left.tokens, nowMs), state: left };
}

/** A take in the words of its caller, from what is left in the bucket. */
export function describeTake(shape: BucketShape, allowed: boolean, tokens: number, nowMs: number): Take {
  const msPerToken = 60_000 / shape.refillPerMinute;
  return {
    allowed,
    remaining: Math.max(0, Math.floor(tokens)),
    retryAfterMs: tokens >= 1 ? 0 : Math.ceil((1 - tokens) * msPerToken),
    resetAtMs: nowMs + Math.ceil((shape.capacity - tokens) * msPerToken),
  };
}

import { describe, expect, it } from '@jest/globals';
import { pickInteger, seededRandom } from '../../../../test/support/seeded-random.js';
import { type BucketState, refill, take } from './token-bucket.js';

const SHAPE = { capacity: 70, refillPerMinute: 60 };

describe('take', () => {
  it('a bucket that nobody took from gives its capacity at once, then refuses', () => {
    let state: BucketState | null = null;
    const allowed = Array.from({ length: 100 }, () => {
      const result = take(SHAPE, state, 0);
      state = result.state;
      return result.take.allowed;
    });
    expect(allowed.filter(Boolean)).toHaveLength(70);
    expect(allowed.indexOf(false)).toBe(70);
  });

  it('a refusal says when the next token comes, and it comes then and not before', () => {
    const empty = { tokens: 0, atMs: 0 };
    expect(take(SHAPE, empty, 0).take).toEqual({ allowed: false, remaining: 0, retryAfterMs: 1000, resetAtMs: 70_000 });
    expect(take(SHAPE, empty, 990).take).toMatchObject({ allowed: false });
    expect(take(SHAPE, empty, 1000).take).toMatchObject({ allowed: true, remaining: 0 });
  });

  it('being refused costs nothing', () => {
    let state: BucketState = { tokens: 0, atMs: 0 };
    for (let ms = 0; ms < 1000; ms += 10) ({ state } = take(SHAPE, state, ms));
    expect(take(SHAPE, state, 1000).take.allowed).toBe(true);
  });

  it('never more than capacity plus what was refilled, whatever the times, clocks that go back included', () => {
    const random = seededRandom(7);
    let [state, now, latest, taken]: [BucketState | null, number, number, number] = [null, 0, 0, 0];
    for (let n = 0; n < 5000; n += 1) {
      now += pickInteger(random, -50, 400);
      latest = Math.max(latest, now);
      const result = take(SHAPE, state, now);
      state = result.state;
      taken += Number(result.take.allowed);
      expect(state.tokens).toBeGreaterThanOrEqual(0);
      expect(state.tokens).toBeLessThanOrEqual(SHAPE.capacity);
      expect(result.take.remaining).toBe(Math.floor(state.tokens));
      expect(result.take.resetAtMs).toBeGreaterThanOrEqual(now);
    }
    // A clock that goes back and forth 50 ms gives those milliseconds twice at most.
    expect(taken).toBeLessThanOrEqual(SHAPE.capacity + 1.5 * latest * (SHAPE.refillPerMinute / 60_000));
  });

  it('refill stops at the capacity', () => {
    expect(refill(SHAPE, { tokens: 69.5, atMs: 0 }, 60_000)).toEqual({ tokens: 70, atMs: 60_000 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectRedis, untilReady } from '@openclaw/redis';
import { silentLogger } from '@openclaw/telemetry';
import { pickInteger, seededRandom } from '../../../../test/support/seeded-random.js';
import { createTcpProxy, through } from '../../../../test/support/tcp-proxy.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { RateLimiter } from './rate-limiter.js';
import { type BucketState, take } from './token-bucket.js';

describe('RateLimiter', () => {
  let services: TestServices;

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());

  const limiter = (shape: { capacity: number; refillPerMinute: number }): RateLimiter =>
    new RateLimiter({ redis: services.redis, prefix: services.prefix, shape: () => shape });

  /** The bucket as Redis keeps it. */
  async function kept(key: string): Promise<BucketState | null> {
    const { t, at } = await services.redis.hgetall(`${services.prefix}:rate:${key}`);
    return t === undefined || at === undefined ? null : { tokens: Number(t), atMs: Number(at) };
  }

  it.each([1, 2, 3, 4])('the script in Redis and the pure function agree, take by take (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const shape = { capacity: pickInteger(random, 1, 20), refillPerMinute: pickInteger(random, 1, 60_000) };
    const shared = limiter(shape);
    const key = `agree-${String(seed)}`;
    for (let n = 0; n < 60; n += 1) {
      if (random() < 0.2)
        await services.redis.hset(
          `${services.prefix}:rate:${key}`,
          't',
          String(random() * shape.capacity),
          'at',
          Date.now() - pickInteger(random, -500, 5000),
        );
      const before = await kept(key);
      const taken = await shared.take(key);
      const after = await kept(key);
      const expected = take(shape, before, after?.atMs ?? Number.NaN);
      expect(taken.allowed).toBe(expected.take.allowed);
      expect(Math.abs(taken.remaining - expected.take.remaining)).toBeLessThanOrEqual(
        Math.abs(expected.state.tokens - Math.round(expected.state.tokens)) < 0.002 ? 1 : 0,
      );
      expect(after?.tokens).toBeCloseTo(expected.state.tokens, 6);
    }
  });

  it('gateways share one bucket per key: 200 takes at four of them give the capacity', async () => {
    const gateways = Array.from({ length: 4 }, () => limiter({ capacity: 25, refillPerMinute: 1 }));
    const takes = await Promise.all(Array.from({ length: 50 }, () => gateways.map((gateway) => gateway.take('shared'))).flat());
    expect(takes.filter((taken) => taken.allowed)).toHaveLength(25);
    expect((await limiter({ capacity: 25, refillPerMinute: 1 }).take('another')).allowed).toBe(true);
  });

  it('a bucket that is full again leaves nothing in Redis', async () => {
    await limiter({ capacity: 2, refillPerMinute: 60 }).take('expires');
    expect(await services.redis.pttl(`${services.prefix}:rate:expires`)).toBeGreaterThan(0);
    expect(await services.redis.pttl(`${services.prefix}:rate:expires`)).toBeLessThanOrEqual(3000);
  });

  it.each(['cut', 'freeze'] as const)('with Redis out of reach (%s) a local bucket takes over, and never fails', async (how) => {
    const proxy = await createTcpProxy(services.redisUrl);
    const redis = connectRedis({ url: through(proxy, services.redisUrl), prefix: services.prefix }, 'command', silentLogger());
    await untilReady(redis, 2000);
    proxy[how]();
    const local = new RateLimiter({ redis, prefix: services.prefix, shape: () => ({ capacity: 5, refillPerMinute: 1 }) });
    const takes = await Promise.all(Array.from({ length: 20 }, () => local.take('away')));
    expect(takes.filter((taken) => taken.allowed)).toHaveLength(5);
    redis.disconnect();
    await proxy.close();
  });

  it('waits for a silent Redis less long than a command that needs it', async () => {
    const proxy = await createTcpProxy(services.redisUrl);
    const redis = connectRedis({ url: through(proxy, services.redisUrl), prefix: services.prefix }, 'command', silentLogger());
    await untilReady(redis, 2000);
    proxy.freeze();
    const order: string[] = [];
    const command = redis.ping().catch(() => order.push('command'));
    await new RateLimiter({ redis, prefix: services.prefix, shape: () => ({ capacity: 5, refillPerMinute: 1 }) }).take('silence');
    order.push('limiter');
    await command;
    expect(order).toEqual(['limiter', 'command']);
    redis.disconnect();
    await proxy.close();
  });

  it('invariant 9: a process keeps no more than ten thousand buckets, and forgets the one used longest ago', () => {
    const local = limiter({ capacity: 1, refillPerMinute: 1 });
    local.takeLocal('first');
    local.takeLocal('second');
    local.takeLocal('first');
    for (let n = 0; n < 9999; n += 1) local.takeLocal(`key ${String(n)}`);
    expect(local.peekLocal('first').allowed).toBe(false);
    expect(local.peekLocal('second').allowed).toBe(true);
  });

  it('what other gateways took counts here too, once the shared bucket was asked', async () => {
    const [here, there] = [limiter({ capacity: 5, refillPerMinute: 1 }), limiter({ capacity: 5, refillPerMinute: 1 })];
    for (let n = 0; n < 5; n += 1) await there.takeShared('address');
    expect(here.peekLocal('address').allowed).toBe(true);
    await here.takeShared('address');
    expect(here.peekLocal('address').allowed).toBe(false);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { captureLog, type CapturedLog } from '../../../../test/support/captured-log.js';
import { createTcpProxy, type TcpProxy, through } from '../../../../test/support/tcp-proxy.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { connectRedis, type RedisRole, untilReady } from './connect-redis.js';

/** A command fails after a second; the rest is what a busy machine may add. */
const FAILS_WITHIN_MS = 2500;

describe('connectRedis', () => {
  let services: TestServices;
  let proxy: TcpProxy;
  let log: CapturedLog;
  let redis: Redis;

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());
  beforeEach(async () => {
    proxy = await createTcpProxy(services.redisUrl);
    log = captureLog();
  });
  afterEach(async () => {
    redis.disconnect();
    await proxy.close();
  });

  async function connect(role: RedisRole): Promise<void> {
    redis = connectRedis({ url: through(proxy, services.redisUrl), prefix: services.prefix }, role, log.logger);
    await untilReady(redis, 2000);
  }
  const ping = async (): Promise<string | null> => redis.ping().catch(() => null);

  it('command: fails within about a second while Redis is gone or silent, and works again by itself', async () => {
    await connect('command');
    for (const outage of ['cut', 'freeze'] as const) {
      proxy[outage]();
      const startedAt = performance.now();
      await expect(redis.ping()).rejects.toThrow();
      expect(performance.now() - startedAt).toBeLessThan(FAILS_WITHIN_MS);
      proxy.open();
      await until('an answer', async () => (await ping()) === 'PONG');
    }
  });

  it('blocking: a command waits for Redis to come back', async () => {
    await connect('blocking');
    proxy.cut();
    const answer = redis.ping();
    await log.find({ message: 'redis connection lost' });
    proxy.open();
    expect(await answer).toBe('PONG');
  });

  it('logs each outage once and its end, without the password', async () => {
    await connect('blocking');
    proxy.cut();
    const answer = redis.ping();
    await log.find({ message: 'redis connection lost' });
    await new Promise((resolve) => redis.once('reconnecting', resolve));
    await new Promise((resolve) => redis.once('reconnecting', resolve));
    proxy.open();
    await answer;
    await log.find({ message: 'redis connection back' });
    expect(log.lines.filter((line) => line['message'] === 'redis connection lost')).toHaveLength(1);
  });

  it('untilReady fails where Redis cannot be reached in time, and says which service it was', async () => {
    proxy.cut();
    redis = connectRedis({ url: through(proxy, services.redisUrl), prefix: services.prefix }, 'command', log.logger);
    await expect(untilReady(redis, 50)).rejects.toMatchObject({ dependency: 'redis', cause: new Error('not ready within 50 ms') });
    proxy.open();
    await untilReady(redis, 5000);
    await untilReady(redis, 0);
  });
});

import { Unreachable } from '@openclaw/errors';
import type { Logger } from '@openclaw/telemetry';
import { writeTogether } from '@openclaw/wire';
import { Redis } from 'ioredis';

/** Which Redis, and what all keys of this system begin with. */
export interface RedisSettings {
  readonly url: string;
  /** First part of every key; each test file has its own. */
  readonly prefix: string;
}

/**
 * `command`: answers or fails within a second, so that no request hangs on a lost Redis.
 * `blocking`: waits as long as it takes (BullMQ, stream readers) and comes back by itself.
 */
export type RedisRole = 'command' | 'blocking';

const COMMAND_TIMEOUT_MS = 1000;
const RECONNECT_MS_MAX = 1000;

/** A connection that reconnects for ever and logs each outage once. The caller ends it with `quit()` or `disconnect()`. */
export function connectRedis(settings: RedisSettings, role: RedisRole, logger: Logger): Redis {
  const redis = new Redis(settings.url, {
    connectTimeout: 2000,
    keepAlive: 5000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), RECONNECT_MS_MAX) * (0.75 + Math.random() / 4),
    ...(role === 'command'
      ? { commandTimeout: COMMAND_TIMEOUT_MS, maxRetriesPerRequest: 0, enableOfflineQueue: false }
      : { maxRetriesPerRequest: null }),
  });
  coalesceWrites(redis);
  logOutages(redis, role, logger);
  return redis;
}

/** Resolves when the connection is usable. @throws Unreachable where it is not within `timeoutMs` */
export async function untilReady(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      redis.off('ready', ready);
      reject(new Unreachable('redis', new Error(`not ready within ${String(timeoutMs)} ms`)));
    }, timeoutMs);
    const ready = (): void => {
      clearTimeout(timer);
      resolve();
    };
    redis.once('ready', ready);
  });
}

/**
 * Commands of one turn of the event loop travel in one write. ioredis has auto-pipelining for this, which builds a pipeline with
 * all its methods for each turn: that costs more than the writes it saves.
 */
function coalesceWrites(redis: Redis): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...args) => {
    if (redis.status === 'ready') writeTogether(redis.stream);
    return send(...args);
  };
}

function logOutages(redis: Redis, role: RedisRole, logger: Logger): void {
  let down = false;
  redis.on('error', (err: unknown) => {
    if (!down) logger.warn({ err, role }, 'redis connection lost');
    down = true;
  });
  redis.on('ready', () => {
    if (down) logger.info({ role }, 'redis connection back');
    down = false;
  });
}

import { describe, expect, it } from '@jest/globals';
import { newId } from '@openclaw/words';
import type { Redis } from '@openclaw/redis';
import { silentLogger } from '@openclaw/telemetry';
import { eventKeys } from './event-keys.js';
import { RunLog } from './run-log.js';

/** As much of Redis as the append script uses: it takes what follows on directly. */
function memoryRedis(): { redis: Redis; lines: string[] } {
  const lines: string[] = [];
  const evaluate = async (...args: unknown[]): Promise<number> => {
    const first = Number(args[11]);
    if (lines.length >= first - 1) lines.push(...args.slice(13 + (lines.length - first + 1)).map(String));
    return Promise.resolve(lines.length);
  };
  return { redis: { evalsha: evaluate } as unknown as Redis, lines }; // the log calls nothing else
}

describe('RunLog', () => {
  it.each(Array.from({ length: 16 }, (_, ticks) => ticks))(
    'an event that comes %i microtasks after a flush began is published without another',
    async (ticks) => {
      const { redis, lines } = memoryRedis();
      const log = new RunLog({
        redis,
        keys: eventKeys('test'),
        logger: silentLogger(),
        runId: newId('msg'),
        conversationId: newId('conv'),
        person: 'owner',
        attempt: 1,
        base: 0,
        earlier: [],
        reserved: 64,
        reserve: () => Promise.resolve(),
        storePage: () => Promise.resolve(),
        mayPublish: () => true,
      });
      log.append({ type: 'token', content: 'first' });
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      log.append({ type: 'token', content: 'second' });
      for (let tick = 0; tick < 64; tick += 1) await Promise.resolve();
      expect(lines).toHaveLength(2);
    },
  );
});

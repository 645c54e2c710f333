import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { idToUuid } from '@openclaw/words';
import { PresenceStore } from '@openclaw/presence';
import { JobQueue, JobWorker } from '@openclaw/queue';
import { connectRedis, untilReady } from '@openclaw/redis';
import { silentLogger } from '@openclaw/telemetry';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { Sweeper } from './sweeper.js';

describe('Sweeper', () => {
  let services: TestServices;
  let stage: RunStage;
  let queue: JobQueue;
  let heard: string[];
  let stops: (() => Promise<unknown>)[];

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(async () => {
    [heard, stops] = [[], []];
    await services.sql('DELETE FROM conversations');
    const redis = connectRedis({ url: services.redisUrl, prefix: services.prefix }, 'command', silentLogger());
    await untilReady(redis, 2000);
    queue = new JobQueue(redis, { prefix: `${services.prefix}-queue` });
    stops.push(async () => {
      await queue.close();
      redis.disconnect();
    });
  });
  afterEach(async () => {
    for (const stop of stops.toReversed()) await stop();
    await services.emptyRedis();
  });

  function sweeper(ear: ConstructorParameters<typeof Sweeper>[2] = { heardAt: 0, restart: () => undefined }, isIdle = true, redisQueue = queue): Sweeper {
    const parts = { runs: stage.runs, accepts: stage.accepts, presence: new PresenceStore(stage.database), queue: redisQueue, trimEvents: () => Promise.resolve(), logger: silentLogger() };
    return new Sweeper(parts, { everyMs: 20, silenceMs: 0 }, ear, { isIdle, free: () => 2, answer: async (runId) => void heard.push(runId) });
  }

  function listen(): void {
    const worker = new JobWorker({
      connect: () => connectRedis({ url: services.redisUrl, prefix: services.prefix }, 'blocking', silentLogger()),
      prefix: `${services.prefix}-queue`,
      concurrency: 4,
      handlers: { answerRun: async ({ run_id }) => void heard.push(run_id), describeConversation: () => Promise.resolve() },
      logger: silentLogger(),
    });
    worker.start();
    stops.push(() => worker.stop());
  }

  it('invariant 2: with Redis away a run is answered without a bell, as far as there are hands; what was begun is waited for', async () => {
    const runs = [await stage.ask('one'), await stage.ask('two'), await stage.ask('three')];
    const away = connectRedis({ url: 'redis://127.0.0.1:1', prefix: services.prefix }, 'command', silentLogger());
    stops.push(async () => { away.disconnect(); });
    const sweeping = sweeper(undefined, true, new JobQueue(away, { prefix: `${services.prefix}-queue` }));
    expect(await sweeping.sweep()).toBe(3);
    await sweeping.stop();
    expect(heard).toEqual(runs.slice(0, 2).map(({ runId }) => runId));
  });

  it('invariant 9: bells do not pile up for runs that wait while every worker is busy', async () => {
    await Promise.all(Array.from({ length: 500 }, (_, n) => stage.ask(String(n))));
    const sweeping = sweeper(undefined, false);
    const clock = jest.spyOn(Date, 'now');
    for (let round = 0; round < 12; round += 1) {
      clock.mockReturnValue(1_800_000_000_000 + round * 10_000);
      await sweeping.sweep();
    }
    clock.mockRestore();
    expect(await services.redis.llen(`${services.prefix}-queue:answer-run:wait`)).toBe(2000);
  });

  it('invariant 2: a bell that was lost with Redis is rung again', async () => {
    const { runId } = await stage.ask('hello');
    await queue.ring('answerRun', { run_id: runId, request_id: 'test' });
    await services.emptyRedis();
    expect(await sweeper().sweep()).toBe(1);
    listen();
    await until('the bell', () => heard.includes(runId));
  });

  it('rings for a run whose worker is gone, and not for one in good hands or behind another', async () => {
    const [gone, held] = [await stage.ask('gone'), await stage.ask('held')];
    await stage.ask('behind', { conversationId: gone.conversationId });
    await stage.take(held.runId);
    await stage.take(gone.runId);
    await stage.lapse(gone.runId);
    listen();
    expect(await sweeper().sweep()).toBe(1);
    await until('the bell', () => heard.length > 0);
    expect(heard).toEqual([gone.runId]);
  });

  it('two sweepers side by side ring once while nobody hears', async () => {
    const { runId } = await stage.ask('hello');
    const [one, other] = [sweeper(), sweeper()];
    for (let round = 0; round < 3; round += 1) await Promise.all([one.sweep(), other.sweep()]);
    listen();
    await until('the bell', () => heard.length > 0);
    await queue.ring('answerRun', { run_id: runId, request_id: 'last' });
    await until('the last bell', () => heard.length > 1);
    expect(heard).toEqual([runId, runId]);
  });

  it('a worker that hears nothing although work waits and it is idle gets a new consumer', async () => {
    await stage.ask('hello');
    let restarts = 0;
    const deaf = sweeper({ heardAt: 0, restart: () => { restarts += 1; } });
    for (let round = 0; round < 4; round += 1) await deaf.sweep();
    expect(restarts).toBe(1);
    const busy = sweeper({ heardAt: 0, restart: () => { restarts += 1; } }, false);
    for (let round = 0; round < 8; round += 1) await busy.sweep();
    expect(restarts).toBe(1);
  });

  it('forgets idempotency keys that are a day old', async () => {
    const { runId } = await stage.ask('hello', { idempotency: { key: 'k', requestHash: 'h' } });
    await services.sql(`UPDATE idempotency_keys SET created_at = now() - interval '2 days' WHERE run_id = $1`, [idToUuid(runId)]);
    await sweeper().sweep();
    expect(await services.sql('SELECT 1 FROM idempotency_keys')).toEqual([]);
  });

  it('goes on by itself and stops when told', async () => {
    const { runId } = await stage.ask('hello');
    const running = sweeper();
    running.start();
    listen();
    await until('the bell', () => heard.includes(runId));
    await running.stop();
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Bell, BellListener } from '@openclaw/queue';
import { connectRedis, untilReady } from '@openclaw/redis';
import { silentLogger } from '@openclaw/telemetry';
import { LeaseKeeper, Sweeper, type SweeperOptions, type WorkLane } from '@openclaw/work';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import type { Runner } from './runner.js';
import { runsLane } from './runs-lane.js';

describe('the sweeper over runs', () => {
  let services: TestServices;
  let stage: RunStage;
  let bell: Bell;
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
    bell = new Bell(redis, { prefix: `${services.prefix}-queue` });
    stops.push(async () => {
      await bell.close();
      redis.disconnect();
    });
  });
  afterEach(async () => {
    for (const stop of stops.toReversed()) await stop();
    await services.emptyRedis();
  });

  function lane(): WorkLane {
    const leases = new LeaseKeeper({ workerId: 'w', leaseMs: 60_000, heartbeatMs: 1000, logger: silentLogger() });
    const runner = { answer: async (runId: string) => void heard.push(runId) } as unknown as Runner; // nothing else of it is called
    return runsLane({ runner, runs: stage.runs, leases }, { concurrency: () => 2, silenceMs: 0 });
  }

  function sweeper(
    listener: SweeperOptions['listener'] = { heardAt: () => 0, restart: () => undefined },
    inHand = 0,
    itsBell = bell,
  ): Sweeper {
    const tidy = (): Promise<void> => Promise.resolve();
    return new Sweeper({
      lanes: [{ ...lane(), inHand: () => inHand }],
      bell: itsBell,
      listener,
      tidy,
      everyMs: 20,
      logger: silentLogger(),
    });
  }

  function listen(): void {
    const listener = new BellListener({
      connect: () => connectRedis({ url: services.redisUrl, prefix: services.prefix }, 'blocking', silentLogger()),
      prefix: `${services.prefix}-queue`,
      lanes: [lane()],
      logger: silentLogger(),
    });
    listener.start();
    stops.push(() => listener.stop());
  }

  it('invariant 2: with Redis away a run is answered without a bell, as far as there are hands; what was begun is waited for', async () => {
    const runs = [await stage.ask('one'), await stage.ask('two'), await stage.ask('three')];
    const away = connectRedis({ url: 'redis://127.0.0.1:1', prefix: services.prefix }, 'command', silentLogger());
    stops.push(async () => {
      away.disconnect();
    });
    const sweeping = sweeper(undefined, 0, new Bell(away, { prefix: `${services.prefix}-queue` }));
    expect(await sweeping.sweep()).toBe(3);
    await sweeping.stop();
    expect(heard).toEqual(runs.slice(0, 2).map(({ runId }) => runId));
  });

  it('invariant 9: bells do not pile up for runs that wait while every worker is busy', async () => {
    for (let n = 0; n < 500; n += 20) await Promise.all(Array.from({ length: 20 }, () => stage.ask('hello')));
    const sweeping = sweeper(undefined, 1);
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
    await bell.ring('runs', runId);
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
    await bell.ring('runs', runId);
    await until('the last bell', () => heard.length > 1);
    expect(heard).toEqual([runId, runId]);
  });

  it('a worker that hears nothing although work waits and it is idle gets a new consumer', async () => {
    await stage.ask('hello');
    let restarts = 0;
    const deaf = sweeper({
      heardAt: () => 0,
      restart: () => {
        restarts += 1;
      },
    });
    for (let round = 0; round < 4; round += 1) await deaf.sweep();
    expect(restarts).toBe(1);
    const busy = sweeper(
      {
        heardAt: () => 0,
        restart: () => {
          restarts += 1;
        },
      },
      1,
    );
    for (let round = 0; round < 8; round += 1) await busy.sweep();
    expect(restarts).toBe(1);
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

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Unreachable } from '@openclaw/errors';
import { connectRedis, type Redis, untilReady } from '@openclaw/redis';
import { captureLog } from '../../../../test/support/captured-log.js';
import { createTcpProxy, type TcpProxy, through } from '../../../../test/support/tcp-proxy.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { Bell } from './bell.js';
import { type AnsweredLane, BellListener } from './bell-listener.js';
import { type Lane, LANES } from './lanes.js';

describe('the doorbell', () => {
  let services: TestServices;
  let proxy: TcpProxy;
  let redis: Redis;
  let bell: Bell;
  let heard: string[];
  const log = captureLog();
  const listeners: BellListener[] = [];

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());
  beforeEach(async () => {
    heard = [];
    await services.emptyRedis();
    proxy = await createTcpProxy(services.redisUrl);
    redis = connect('command');
    await untilReady(redis, 2000);
    bell = new Bell(redis, { prefix: `${services.prefix}-queue` });
  });
  afterEach(async () => {
    proxy.open();
    await Promise.all(listeners.splice(0).map((listener) => listener.stop()));
    await bell.close();
    redis.disconnect();
    await proxy.close();
  });

  function connect(role: 'command' | 'blocking'): Redis {
    return connectRedis({ url: through(proxy, services.redisUrl), prefix: services.prefix }, role, log.logger);
  }

  function listen(hear: AnsweredLane['hear'] = async (id) => void heard.push(id), concurrency = 4): BellListener {
    // Object.keys forgets the literal keys
    const lanes = (Object.keys(LANES) as Lane[]).map((name) => ({ name, hear, concurrency: () => concurrency }));
    const listener = new BellListener({
      connect: () => connect('blocking'),
      prefix: `${services.prefix}-queue`,
      lanes,
      logger: log.logger,
    });
    listener.start();
    listeners.push(listener);
    return listener;
  }

  it.each(Object.entries(LANES))(
    'invariant 16: a bell of the lane %s is read by the next version and the one before',
    (_name, { write, read }) => {
      expect(read(write('msg_1'))).toBe('msg_1');
      expect(read({ ...write('msg_1'), added: 'by the next version' })).toBe('msg_1');
    },
  );

  it('invariant 16: the version before this one reads a bell for a run, which it wants whole', () => {
    expect(LANES.runs.write('msg_1')).toEqual({ run_id: 'msg_1', request_id: '' });
  });

  it('a lane whose slots are all taken holds up no other lane', async () => {
    const held = Promise.withResolvers<undefined>();
    listen(async (id) => {
      if (id.startsWith('title')) await held.promise;
      heard.push(id);
    }, 1);
    for (const id of ['title-1', 'title-2', 'title-3']) await bell.ring('background', id);
    await bell.ring('runs', 'run-1');
    await until('the run', () => heard.length > 0);
    expect(heard).toEqual(['run-1']);
    held.resolve(undefined);
    await until('all', () => heard.length === 4);
  });

  it('resize gives a lane as many slots as it asks for, without a restart', async () => {
    const slots = { runs: 1 };
    let [atWork, most] = [0, 0];
    const enough = Promise.withResolvers<undefined>();
    const listener = new BellListener({
      connect: () => connect('blocking'),
      prefix: `${services.prefix}-queue`,
      lanes: [
        {
          name: 'runs',
          concurrency: () => slots.runs,
          hear: async () => {
            atWork += 1;
            most = Math.max(most, atWork);
            if (atWork === 3) enough.resolve(undefined);
            await enough.promise;
            atWork -= 1;
          },
        },
      ],
      logger: log.logger,
    });
    listener.start();
    listeners.push(listener);
    for (let ring = 0; ring < 3; ring += 1) await bell.ring('runs', String(ring));
    await until('the first', () => most === 1);
    slots.runs = 3;
    listener.resize();
    await enough.promise;
    await listener.stop();
    expect(most).toBe(3);
  });

  it('a ring is heard once, by one of the workers', async () => {
    listen();
    listen();
    const ids = Array.from({ length: 20 }, (_, index) => `run-${String(index)}`);
    await Promise.all(ids.map((id) => bell.ring('runs', id)));
    await until('all rings', () => heard.length >= 20);
    expect(heard.sort()).toEqual(ids.sort());
  });

  it('invariant 8: what is no bell of the lane never reaches the handler', async () => {
    listen();
    const nonsense: unknown = { nonsense: true };
    await bell.ring('runs', nonsense as string); // what another version might send
    await log.find({ message: 'bell not answered; the sweeper will ring again' });
    expect(heard).toEqual([]);
  });

  it('ringOnce: the same key rings once while it waits, and again once it was heard', async () => {
    const entry = { key: 'run-1', id: 'run-1' };
    for (let round = 0; round < 5; round += 1) await bell.ringOnce('runs', [entry, entry]);
    const listener = listen();
    await until('the ring', () => heard.length > 0);
    await bell.ring('runs', 'other');
    await until('the next ring', () => heard.length > 1);
    expect(heard.filter((id) => id === 'run-1')).toHaveLength(1);
    await bell.ringOnce('runs', [entry]);
    await until('the ring again', () => heard.filter((id) => id === 'run-1').length === 2);
    expect(listener.heardAt('runs')).toBeGreaterThan(0);
    expect(listener.heardAt('background')).toBe(0);
  });

  it('a handler that fails does not stop the bell, and an outage of Postgres is no error', async () => {
    const logged = log.lines.length;
    let failures: Error[] = [new Unreachable('postgres', null), new Error('a bug')];
    listen(async (id) => {
      const [failure] = failures;
      failures = failures.slice(1);
      if (failure) throw failure;
      heard.push(id);
    });
    for (let ring = 0; ring < 3; ring += 1) await bell.ring('runs', 'run-1');
    await until('the third', () => heard.length === 1);
    const levels = (): unknown[] =>
      log.lines
        .slice(logged)
        .filter((line) => line['message'] === 'bell not answered; the sweeper will ring again')
        .map((line) => line['level']);
    await until('both failures in the log', () => levels().length === 2);
    expect(levels().sort()).toEqual(['error', 'warn']);
  });

  it('invariant 12: rings go on being heard after Redis was away, and after it was emptied', async () => {
    listen();
    await bell.ring('runs', 'run-1');
    await until('the first', () => heard.length === 1);
    proxy.cut();
    await expect(bell.ring('runs', 'run-1')).rejects.toThrow();
    proxy.open();
    await until('a ring that gets through', async () =>
      bell.ring('runs', 'run-1').then(
        () => true,
        () => false,
      ),
    );
    await until('it', () => heard.length >= 2);
    await services.emptyRedis();
    await bell.ring('runs', 'the last');
    await until('the last', () => heard.includes('the last'));
  });

  it('restart replaces a consumer without losing what it has in hand', async () => {
    const held = Promise.withResolvers<undefined>();
    const listener = listen(async (id) => {
      await held.promise;
      heard.push(id);
    });
    await bell.ring('runs', 'run-1');
    await until('the ring', () => listener.heardAt('runs') > 0);
    listener.restart('runs');
    await bell.ring('runs', 'run-1');
    held.resolve(undefined);
    await until('both', () => heard.length === 2);
  });

  it('stop waits for what a replaced consumer has in hand, too', async () => {
    const held = Promise.withResolvers<undefined>();
    const listener = listen(async (id) => {
      await held.promise;
      heard.push(id);
    });
    await bell.ring('runs', 'run-1');
    await until('the ring', () => listener.heardAt('runs') > 0);
    listener.restart('runs');
    const stopped = listener.stop();
    held.resolve(undefined);
    await stopped;
    expect(heard).toEqual(['run-1']);
    listeners.length = 0;
  });

  it('stop aborts the signal of what is in hand and waits for it', async () => {
    const began = Promise.withResolvers<undefined>();
    const listener = listen(async (id, signal) => {
      began.resolve(undefined);
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true });
      });
      heard.push(id);
    });
    await bell.ring('runs', 'run-1');
    await began.promise;
    await listener.stop();
    expect(heard).toHaveLength(1);
    listeners.length = 0;
  });
});

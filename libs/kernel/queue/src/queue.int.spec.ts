import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@openclaw/words';
import { Unreachable } from '@openclaw/errors';
import { connectRedis, type Redis, untilReady } from '@openclaw/redis';
import { captureLog } from '../../../../test/support/captured-log.js';
import { createTcpProxy, type TcpProxy, through } from '../../../../test/support/tcp-proxy.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { type JobHandlers, jobs } from './job-definition.js';
import { JobQueue } from './job-queue.js';
import { JobWorker } from './job-worker.js';

describe('the doorbell', () => {
  let services: TestServices;
  let proxy: TcpProxy;
  let redis: Redis;
  let queue: JobQueue;
  let heard: string[];
  const log = captureLog();
  const workers: JobWorker[] = [];

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
    queue = new JobQueue(redis, { prefix: `${services.prefix}-queue` });
  });
  afterEach(async () => {
    proxy.open();
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    await queue.close();
    redis.disconnect();
    await proxy.close();
  });

  function connect(role: 'command' | 'blocking'): Redis {
    return connectRedis({ url: through(proxy, services.redisUrl), prefix: services.prefix }, role, log.logger);
  }

  function listen(answerRun: JobHandlers['answerRun'] = async ({ run_id }) => void heard.push(run_id)): JobWorker {
    const handlers: JobHandlers = { answerRun, describeConversation: () => Promise.resolve() };
    const worker = new JobWorker({ connect: () => connect('blocking'), prefix: `${services.prefix}-queue`, concurrency: 4, handlers, logger: log.logger });
    worker.start();
    workers.push(worker);
    return worker;
  }

  const bell = (): { run_id: ReturnType<typeof newId<'msg'>>; request_id: string } => ({ run_id: newId('msg'), request_id: 'test' });

  it('invariant 10: a worker without a handler for a job does not boot, and names the job', () => {
    const { describeConversation } = { describeConversation: () => Promise.resolve() };
    const handlers = { describeConversation } as unknown as JobHandlers; // what a careless composition would pass
    expect(() => new JobWorker({ connect: () => connect('blocking'), prefix: 'x', concurrency: 1, handlers, logger: log.logger })).toThrow('no handler for job: answerRun');
  });

  it('invariant 10: every job has a name of its own', () => {
    const names = Object.values(jobs).map((job) => job.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('a ring is heard once, by one of the workers', async () => {
    listen();
    listen();
    const payloads = Array.from({ length: 20 }, bell);
    await Promise.all(payloads.map((payload) => queue.ring('answerRun', payload)));
    await until('all rings', () => heard.length >= 20);
    expect(heard.sort()).toEqual(payloads.map((payload) => payload.run_id).sort());
  });

  it('invariant 8: a payload that is not of the job’s shape never reaches the handler', async () => {
    listen();
    const nonsense: unknown = { run_id: 'nonsense', request_id: 'test' };
    await queue.ring('answerRun', nonsense as ReturnType<typeof bell>); // what another version might send
    await log.find({ message: 'job handler failed; the sweeper will ring again' });
    expect(heard).toEqual([]);
  });

  it('ringOnce: the same key rings once while it waits, and again once it was heard', async () => {
    const entry = { key: 'run-1', payload: bell() };
    for (let round = 0; round < 5; round += 1) await queue.ringOnce('answerRun', [entry, entry]);
    const worker = listen();
    await until('the ring', () => heard.length > 0);
    await queue.ring('answerRun', bell());
    await until('the next ring', () => heard.length > 1);
    expect(heard.filter((runId) => runId === entry.payload.run_id)).toHaveLength(1);
    await queue.ringOnce('answerRun', [entry]);
    await until('the ring again', () => heard.filter((runId) => runId === entry.payload.run_id).length === 2);
    expect(worker.heardAt).toBeGreaterThan(0);
  });

  it('a handler that fails does not stop the bell, and an outage of Postgres is no error', async () => {
    const logged = log.lines.length;
    let failures: Error[] = [new Unreachable('postgres', null), new Error('a bug')];
    listen(async ({ run_id }) => {
      const [failure] = failures;
      failures = failures.slice(1);
      if (failure) throw failure;
      heard.push(run_id);
    });
    for (let ring = 0; ring < 3; ring += 1) await queue.ring('answerRun', bell());
    await until('the third', () => heard.length === 1);
    const levels = (): unknown[] => log.lines.slice(logged).filter((line) => line['message'] === 'job handler failed; the sweeper will ring again').map((line) => line['level']);
    await until('both failures in the log', () => levels().length === 2);
    expect(levels().sort()).toEqual(['error', 'warn']);
  });

  it('invariant 12: rings go on being heard after Redis was away, and after it was emptied', async () => {
    listen();
    await queue.ring('answerRun', bell());
    await until('the first', () => heard.length === 1);
    proxy.cut();
    await expect(queue.ring('answerRun', bell())).rejects.toThrow();
    proxy.open();
    await until('a ring that gets through', async () => queue.ring('answerRun', bell()).then(() => true, () => false));
    await until('it', () => heard.length >= 2);
    await services.emptyRedis();
    const payload = bell();
    await queue.ring('answerRun', payload);
    await until('the last', () => heard.includes(payload.run_id));
  });

  it('restart replaces a consumer without losing what it has in hand', async () => {
    const held = Promise.withResolvers<undefined>();
    const worker = listen(async ({ run_id }) => {
      await held.promise;
      heard.push(run_id);
    });
    await queue.ring('answerRun', bell());
    await until('the ring', () => worker.heardAt > 0);
    worker.restart();
    await queue.ring('answerRun', bell());
    held.resolve(undefined);
    await until('both', () => heard.length === 2);
  });

  it('stop aborts the signal of what is in hand and waits for it', async () => {
    const began = Promise.withResolvers<undefined>();
    const worker = listen(async ({ run_id }, signal) => {
      began.resolve(undefined);
      await new Promise((resolve) => { signal.addEventListener('abort', resolve, { once: true }); });
      heard.push(run_id);
    });
    await queue.ring('answerRun', bell());
    await began.promise;
    await worker.stop();
    expect(heard).toHaveLength(1);
    workers.length = 0;
  });
});

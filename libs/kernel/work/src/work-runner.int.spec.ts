import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Fault, Unreachable } from '@openclaw/errors';
import { Redactor } from '@openclaw/telemetry';
import { captureLog } from '../../../../test/support/captured-log.js';
import { createTcpProxy, through } from '../../../../test/support/tcp-proxy.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { TEST_POLICY, testKind, WorkStage } from '../../../../test/support/work-stage.js';
import { z } from 'zod';
import { cancelWork, defineWork, DONE, every, handleWork, snooze, type WorkAttempt } from './define-work.js';

const KIND = testKind();

describe('WorkRunner', () => {
  let services: TestServices;
  let stage: WorkStage;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new WorkStage(services);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(() => services.sql('DELETE FROM work'));
  afterEach(() => stage.closeWorkers());

  it('one bell does all that is due, longest first, and records each once', async () => {
    const ids = [await stage.ask(KIND, 1), await stage.ask(KIND, 2), await stage.ask(KIND, 3, { runAt: new Date(Date.now() + 60_000) })];
    const done: number[] = [];
    const hands = stage.doing(KIND, ({ n }) => {
      done.push(n);
      return Promise.resolve(DONE);
    });
    await hands.perform();
    expect(done).toEqual([1, 2]);
    expect(await Promise.all(ids.map(async (id) => (await stage.row(id)).status))).toEqual(['done', 'done', 'waiting']);
  });

  it('a handler learns whose work it is, which attempt it is at, when it was due, and whether it is the last', async () => {
    const runAt = new Date(Date.now() - 5000);
    const id = await stage.ask(KIND, 1, { person: 'telegram:1', runAt });
    const attempts: WorkAttempt[] = [];
    const hands = stage.doing(KIND, (_, attempt) => {
      attempts.push(attempt);
      throw new Error('no');
    });
    for (let n = 0; n < 3; n += 1) {
      await hands.perform();
      await stage.makeDue(id);
    }
    expect(attempts.map(({ person, attempt, isLastTry }) => ({ person, attempt, isLastTry }))).toEqual(
      [1, 2, 3].map((attempt) => ({ person: 'telegram:1', attempt, isLastTry: attempt === 3 })),
    );
    expect(attempts[0]?.dueAt).toEqual(runAt);
  });

  it('a throw is tried again by the policy, later and later, and is at last a dead letter with its reason', async () => {
    const id = await stage.ask(KIND);
    const log = captureLog();
    const hands = stage.doing(KIND, () => Promise.reject(new Fault('upstream_error', 'The provider is down.')), { logger: log.logger });
    await hands.perform();
    expect(await stage.row(id)).toMatchObject({ status: 'waiting', failures: 1, last_error: 'upstream_error: The provider is down.' });
    expect((await stage.row(id)).due_in_ms).toBeGreaterThan(TEST_POLICY.backoff.firstMs * 0.7);
    await stage.makeDue(id);
    await hands.perform();
    expect((await stage.row(id)).due_in_ms).toBeGreaterThan(TEST_POLICY.backoff.firstMs * 1.4);
    await stage.makeDue(id);
    await hands.perform();
    expect(await stage.row(id)).toMatchObject({ status: 'dead', attempt: 3, failures: 3 });
    expect(log.lines.filter((line) => line['level'] === 'error')).toMatchObject([{ message: 'work dead', kind: KIND.name }]);
  });

  it('invariant 11: the reason that is kept holds no secret', async () => {
    const id = await stage.ask(KIND);
    const hands = stage.doing(KIND, () => Promise.reject(new Error('refused the password tiger-in-the-tank')), {
      redactor: new Redactor(['tiger-in-the-tank']),
    });
    await hands.perform();
    expect((await stage.row(id)).last_error).not.toContain('tiger');
  });

  it('a snooze comes back in its time and is no failure', async () => {
    const id = await stage.ask(KIND);
    await stage.doing(KIND, () => Promise.resolve(snooze(60_000))).perform();
    expect(await stage.row(id)).toMatchObject({ status: 'waiting', failures: 0 });
    expect((await stage.row(id)).due_in_ms).toBeGreaterThan(50_000);
  });

  it('what has become needless is cancelled with its reason', async () => {
    const id = await stage.ask(KIND);
    await stage.doing(KIND, () => Promise.resolve(cancelWork('The conversation is gone.'))).perform();
    expect(await stage.row(id)).toMatchObject({ status: 'cancelled', last_error: 'The conversation is gone.' });
  });

  it('an outage that a handler met hands the work back at no cost', async () => {
    const id = await stage.ask(KIND);
    await stage.doing(KIND, () => Promise.reject(new Unreachable('redis', null))).perform();
    expect(await stage.row(id)).toMatchObject({ status: 'waiting', attempt: 1, failures: 0, losses: 0 });
  });

  it('invariant 8: a payload that cannot be read never reaches the handler, and is a dead letter in the end', async () => {
    const id = await stage.ask(KIND);
    await services.sql(`UPDATE work SET payload = '{"n": "one"}'`);
    let called = 0;
    const hands = stage.doing(KIND, () => {
      called += 1;
      return Promise.resolve(DONE);
    });
    for (let n = 0; n < 3; n += 1) {
      await hands.perform();
      await stage.makeDue(id);
    }
    expect(called).toBe(0);
    expect(await stage.row(id)).toMatchObject({ status: 'dead', last_error: anyWith('ZodError') });
  });

  it('invariant 16: a payload with more than this version knows is read', async () => {
    const id = await stage.ask(KIND);
    await services.sql(`UPDATE work SET payload = '{"n": 1, "urgent": true}'`);
    await stage.doing(KIND, () => Promise.resolve(DONE)).perform();
    expect(await stage.row(id)).toMatchObject({ status: 'done' });
  });

  it('work whose worker is gone is taken by another, which counts the loss', async () => {
    const id = await stage.ask(KIND);
    await stage.store.claim({ lane: 'background', kinds: [KIND.name], workerId: 'gone', leaseMs: 60_000 });
    await stage.lapse(id);
    const other = stage.doing(KIND, () => Promise.resolve(DONE));
    expect(await other.runner.sweep('background', 10)).toEqual([{ id, key: `${id}-2` }]);
    await other.perform();
    expect(await stage.row(id)).toMatchObject({ status: 'done', attempt: 2, losses: 1, failures: 0 });
  });

  it('a kind with two handlers does not boot', () => {
    const handled = handleWork(KIND, () => Promise.resolve(DONE));
    expect(() => stage.worker([handled, handled])).toThrow('two handlers');
  });

  describe('stopped from outside', () => {
    const hangs = (attempt: WorkAttempt): Promise<never> =>
      new Promise((_, reject) => {
        attempt.signal.addEventListener(
          'abort',
          () => {
            reject(new Error('stopped'));
          },
          { once: true },
        );
      });

    it('out of time: the signal aborts, and it is a failure that says so', async () => {
      const kind = testKind({ policy: { ...TEST_POLICY, timeoutMs: 20 } });
      const id = await stage.ask(kind);
      await stage.doing(kind, (_, attempt) => hangs(attempt)).perform();
      expect(await stage.row(id)).toMatchObject({ status: 'waiting', failures: 1, last_error: 'Error: it took longer than 20 ms' });
    });

    it('cancelled: learnt at the heartbeat', async () => {
      const id = await stage.ask(KIND);
      const began = Promise.withResolvers<undefined>();
      const performing = stage
        .doing(KIND, (_, attempt) => {
          began.resolve(undefined);
          return hangs(attempt);
        })
        .perform();
      await began.promise;
      expect(await stage.store.requestCancel(id, 'no need')).toBe('working');
      await performing;
      expect(await stage.row(id)).toMatchObject({ status: 'cancelled', failures: 0 });
    });

    it('the worker leaves: handed back at no cost, and nothing more is taken', async () => {
      const ids = [await stage.ask(KIND, 1), await stage.ask(KIND, 2)] as const;
      const began = Promise.withResolvers<undefined>();
      const hands = stage.doing(KIND, (_, attempt) => {
        began.resolve(undefined);
        return hangs(attempt);
      });
      const performing = hands.perform();
      await began.promise;
      hands.stopping.abort();
      await performing;
      expect(await stage.row(ids[0])).toMatchObject({ status: 'waiting', attempt: 1, failures: 0, losses: 0 });
      expect(await stage.row(ids[1])).toMatchObject({ status: 'waiting', attempt: 0 });
    });

    it('invariant 3: lost to another worker: it writes nothing', async () => {
      const id = await stage.ask(KIND);
      const began = Promise.withResolvers<undefined>();
      const slow = stage.doing(KIND, (_, attempt) => {
        began.resolve(undefined);
        return hangs(attempt);
      });
      const performing = slow.perform();
      await began.promise;
      await services.sql(`UPDATE work SET attempt = 2, worker_id = 'another'`);
      await performing;
      expect(await stage.row(id)).toMatchObject({ status: 'working', attempt: 2, failures: 0, last_error: null });
    });
  });

  it('Postgres away when it is done: recorded when it is back, once', async () => {
    const proxy = await createTcpProxy(services.databaseUrl);
    const id = await stage.ask(KIND);
    const log = captureLog();
    let times = 0;
    const hands = stage.doing(
      KIND,
      () => {
        times += 1;
        proxy.cut();
        return Promise.resolve(DONE);
      },
      { databaseUrl: through(proxy, services.databaseUrl), logger: log.logger },
    );
    const performing = hands.perform();
    await log.find({ message: 'leases not renewed' });
    proxy.open();
    await performing;
    expect(await stage.row(id)).toMatchObject({ status: 'done', attempt: 1 });
    expect(times).toBe(1);
    await hands.close();
    await proxy.close();
  });

  describe('a schedule', () => {
    const tick = defineWork({ name: 'test.tick', payload: z.object({}), stored: [{}], policy: TEST_POLICY, schedule: every(3_600_000) });
    const rows = (): Promise<{ status: string; failures: number; due: Date; late: boolean }[]> =>
      services.sql('SELECT status, failures, run_at AS due, run_at <= now() AS late FROM work ORDER BY created_at');

    it('has one slot that waits, whichever worker sweeps, and its next one when it is done', async () => {
      let ticks = 0;
      const handled = handleWork(tick, () => {
        ticks += 1;
        return Promise.resolve(DONE);
      });
      const workers = [stage.worker([handled]), stage.worker([handled])] as const;
      await Promise.all(workers.map((hands) => hands.runner.sweep('background', 10)));
      expect(await rows()).toMatchObject([{ status: 'waiting', late: false }]);
      await services.sql('UPDATE work SET run_at = now()');
      await Promise.all(workers.map((hands) => hands.perform()));
      expect(ticks).toBe(1);
      const [next] = await rows();
      expect(next).toMatchObject({ status: 'waiting', failures: 0, late: false });
      expect((next?.due.getTime() ?? 0) % 3_600_000).toBe(0);
    });

    it('goes on after a slot that died, which stays as a dead letter', async () => {
      const hands = stage.worker([handleWork(tick, () => Promise.reject(new Error('no')))]);
      await hands.runner.sweep('background', 10);
      await until('the letter', async () => {
        await services.sql(`UPDATE work SET run_at = now() WHERE status = 'waiting'`);
        await hands.perform();
        return (await rows()).some(({ status }) => status === 'dead');
      });
      await hands.runner.sweep('background', 10);
      expect((await rows()).map(({ status }) => status).sort()).toEqual(['dead', 'waiting']);
    });
  });
});

/** Jest types its matchers as any. */
function anyWith(text: string): unknown {
  return expect.stringContaining(text);
}

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { healthSchema } from '@openclaw/words';
import { ask, expectError, expectStatus, leave, MESSAGE, post, QUICK_STOP, untilOver } from '../support/api.js';
import { DirectedModel, gate } from '../support/directed-model.js';
import { readEvents } from '../support/read-events.js';
import { createTcpProxy, type TcpProxy, through } from '../support/tcp-proxy.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const model = new DirectedModel();

describe('a service that is out of reach', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let wires: Record<'postgres' | 'redis', TcpProxy>;

  beforeAll(async () => {
    system = await createTestSystem(async (services) => {
      wires = { postgres: await createTcpProxy(services.databaseUrl), redis: await createTcpProxy(services.redisUrl) };
      return {
        ...QUICK_STOP,
        DATABASE_URL: through(wires.postgres, services.databaseUrl),
        REDIS_URL: through(wires.redis, services.redisUrl),
      };
    });
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterEach(async () => {
    for (const wire of Object.values(wires)) wire.open();
    await until('it serves again', async () => (await post(gateway, { message: 'again' })).status === 200);
  });
  afterAll(async () => {
    await system.close();
    await Promise.all(Object.values(wires).map((wire) => wire.close()));
  });

  /** The reply, and that it took no longer than two seconds. */
  const within2s = async (call: () => Promise<Response>): Promise<Response> => {
    const startedAt = performance.now();
    const response = await call();
    expect(performance.now() - startedAt).toBeLessThan(2000);
    return response;
  };

  describe.each(['postgres', 'redis'] as const)('%s', (name) => {
    it.each(['cut', 'freeze'] as const)('503: within 2 s when it is down (%s), and served again within 5 s of its return', async (how) => {
      const { conversation_id } = await ask(gateway, 'before');
      wires[name][how]();
      const first = await within2s(() => post(gateway, { message: `during ${name} ${how}`, timeout_ms: 500 }));
      // Before the outage is noticed a message may still be accepted; then it is answered like any other.
      const accepted = first.status === 408 ? String((await expectError(first, 'timeout')).details['id']) : null;
      if (accepted === null) await expectError(first, 'service_unavailable');
      await until('the gateway has noticed', async () => (await fetch(`${gateway.url}/readyz`)).status === 503);
      const refused = await within2s(() => post(gateway, { message: 'noticed' }));
      expect((await expectError(refused, 'service_unavailable')).details).toMatchObject({ dependency: name });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      await expectError(await within2s(() => fetch(`${gateway.url}/readyz`)), 'service_unavailable');
      expect((await within2s(() => fetch(`${gateway.url}/healthz`))).status).toBe(200);
      const health = healthSchema.strict().parse(await expectStatus(await within2s(() => gateway.request('/api/v1/health')), 503));
      expect(health).toMatchObject({ status: 'degraded', checks: { [name]: 'failing' } });
      const read = await within2s(() => gateway.request(`/api/v1/conversations/${conversation_id}`));
      if (name === 'redis') expect(read.status).toBe(200);
      else await expectError(read, 'service_unavailable');
      wires[name].open();
      const openedAt = performance.now();
      await until(
        'a message is answered again',
        async () => (await post(gateway, { message: 'after', conversation_id, timeout_ms: 4000 })).status === 200,
      );
      expect(performance.now() - openedAt).toBeLessThan(5000);
      if (accepted !== null) expect(await untilOver(gateway, accepted)).toMatchObject({ status: 'completed' });
    });
  });

  it('a worker stops while Redis is away', async () => {
    const other = await system.startWorker(model);
    wires.redis.cut();
    const startedAt = performance.now();
    await other.stop();
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('429 and the failures’ budget go on without Redis', async () => {
    wires.redis.cut();
    const response = await within2s(() => gateway.request('/api/v1/conversations'));
    expect(response.headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/);
    await expectError(
      await gateway.request('/api/v1/conversations', { headers: { authorization: 'Bearer wrong-wrong-wrong' } }),
      'unauthorized',
    );
  });

  it.each(['cut', 'freeze'] as const)('Redis lost in the middle of a reply (%s): who waits and who streams get all of it', async (how) => {
    const hold = gate();
    const question = `through a ${how}`;
    model.on(question, ['one ', hold.step, 'two']);
    const streamed = await post(gateway, { message: question }, { headers: { accept: 'text/event-stream' } });
    const events = Array.fromAsync(readEvents(streamed));
    await model.asked(question);
    wires.redis[how]();
    hold.open();
    expect((await events).map((event) => event.seq)).toEqual((await events).map((_, index) => index + 1));
    expect((await events).at(-1)).toMatchObject({ type: 'end', content: 'one two' });
  });

  it('Postgres lost in the middle of a reply: it is recorded when Postgres is back', async () => {
    const hold = gate();
    model.on('through an outage', ['one ', hold.step, 'two']);
    const { id } = await leave(gateway, 'through an outage');
    await model.asked('through an outage');
    wires.postgres.cut();
    hold.open();
    await expectError(await within2s(() => gateway.request(`${MESSAGE}/${id}/status`)), 'service_unavailable');
    wires.postgres.open();
    await until('Postgres is back', async () => (await gateway.request(`${MESSAGE}/${id}/status`)).status === 200);
    expect(await untilOver(gateway, id)).toMatchObject({ status: 'completed', attempt: 1, response: { content: 'one two' } });
  });
});

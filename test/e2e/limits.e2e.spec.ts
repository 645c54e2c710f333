import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectError, leave, post, QUICK_STOP } from '../support/api.js';
import { DirectedModel, HANG } from '../support/directed-model.js';
import { rawRequest } from '../support/raw-http.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const HEALTH = '/api/v1/health';

describe('429: a token’s requests', () => {
  let system: TestSystem;
  let one: TestGateway;
  let other: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem({ OPENCLAW_GATEWAY__RATE_LIMIT__REQUESTS_PER_MINUTE: '6', OPENCLAW_GATEWAY__RATE_LIMIT__BURST: '2' });
    [one, other] = await Promise.all([system.startGateway(), system.startGateway()]);
  });
  afterAll(() => system.close());

  it('429: all gateways share a bucket of requests_per_minute and burst; every reply says how it stands', async () => {
    const before = Math.floor(Date.now() / 1000);
    for (let sent = 1; sent <= 8; sent += 1) {
      const response = await (sent % 2 === 0 ? one : other).request(sent === 3 ? '/api/v1/nowhere' : HEALTH);
      expect(response.status).toBe(sent === 3 ? 404 : 200);
      expect(response.headers.get('x-ratelimit-limit')).toBe('6');
      expect(response.headers.get('x-ratelimit-remaining')).toBe(String(Math.min(6, 8 - sent)));
      expect(Number(response.headers.get('x-ratelimit-reset'))).toBeGreaterThanOrEqual(before);
    }
    const refused = await one.request(HEALTH);
    const body = await expectError(refused, 'rate_limited');
    expect(body.details).toMatchObject({ limit: 6, remaining: 0 });
    expect(Date.parse(String(body.details['reset_at']))).toBeGreaterThan(Date.now());
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(10);
  });

  it('429: comes before the route, the method and the body', async () => {
    await expectError(await one.request('/api/v1/nowhere'), 'rate_limited');
    await expectError(await other.request('/api/v1/message', { method: 'PUT' }), 'rate_limited');
    await expectError(await post(one, { message: '' }), 'rate_limited');
  });

  it('the open probes are excepted, and a wrong token is still told so', async () => {
    for (const path of ['/healthz', '/readyz'])
      await until(`${path} is open`, async () => (await fetch(`${one.url}${path}`)).status === 200);
    await expectError(await one.request(HEALTH, { headers: { authorization: 'Bearer wrong-wrong-wrong' } }), 'unauthorized');
  });

  it('a bucket that refilled lets requests through again', async () => {
    const [key] = await system.services.redis.keys(`${system.services.prefix}*rate:gateway`);
    await system.services.redis.hset(String(key), 't', '1');
    expect((await one.request(HEALTH)).status).toBe(200);
    await expectError(await other.request(HEALTH), 'rate_limited');
  });
});

describe('429: failed authentications', () => {
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
  });
  afterAll(() => system.close());

  it('429: after 30 guesses in a minute, from loopback too; a right token that never passed is refused as well', async () => {
    const guesses = Array.from({ length: 60 }, (_, index) =>
      gateway.request(HEALTH, { headers: { authorization: `Bearer guess-number-${String(index)}` } }),
    );
    const statuses = (await Promise.all(guesses)).map((response) => response.status).sort();
    expect(statuses).toEqual([...Array<number>(30).fill(401), ...Array<number>(30).fill(429)]);
    const refused = await gateway.request(HEALTH);
    const body = await expectError(refused, 'rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(body.details).toMatchObject({ remaining: 0, reset_at: expect.any(String) });
    for (const path of ['/healthz', '/readyz'])
      await until(`${path} is open`, async () => (await fetch(`${gateway.url}${path}`)).status === 200);
  });

  it('X-Forwarded-For does not change the address', async () => {
    const response = await rawRequest(gateway.url, {
      path: HEALTH,
      headers: { authorization: `Bearer ${TEST_TOKEN}`, 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' },
    });
    await expectError(response, 'rate_limited');
  });

  it('another gateway knows of them after its first refusal', async () => {
    const other = await system.startGateway();
    await other.request(HEALTH, { headers: { authorization: 'Bearer guess-elsewhere' } });
    await until(
      'the other gateway refuses too',
      async () => (await other.request(HEALTH, { headers: { authorization: 'Bearer one-guess-more' } })).status === 429,
    );
  });

  it('200: a token that has passed at any gateway within the last day is let in at every gateway', async () => {
    const [fresh, late] = await Promise.all([system.startGateway(), system.startGateway()]);
    expect((await fresh.request(HEALTH)).status).toBe(200);
    await until('the others know', async () => (await gateway.request(HEALTH)).status === 200);
    await late.request(HEALTH, { headers: { authorization: 'Bearer guess-late' } });
    await until(
      'the budget is spent there',
      async () => (await late.request(HEALTH, { headers: { authorization: 'Bearer a-guess-more' } })).status === 429,
    );
    expect((await late.request(HEALTH)).status).toBe(200);
  });
});

describe('a forgotten script with a stale token', () => {
  let system: TestSystem;

  beforeAll(async () => {
    system = await createTestSystem();
  });
  afterAll(() => system.close());

  it('401 each time, charged once a minute by all gateways together: the right token is served beside it, used before or not', async () => {
    const [one, other] = await Promise.all([system.startGateway(), system.startGateway()]);
    for (let count = 0; count < 60; count += 1) {
      await expectError(
        await (count % 2 === 0 ? one : other).request(HEALTH, { headers: { authorization: 'Bearer stale-stale-stale' } }),
        'unauthorized',
      );
    }
    for (const gateway of [one, other]) expect((await gateway.request(HEALTH)).status).toBe(200);
    const [bucket] = await system.services.redis.keys(`${system.services.prefix}:failed:rate:*`);
    expect(Number(await system.services.redis.hget(String(bucket), 't'))).toBe(29);
  });
});

describe('503: the queue', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel().on('hang', [HANG]);

  beforeAll(async () => {
    system = await createTestSystem({ ...QUICK_STOP, OPENCLAW_GATEWAY__QUEUE__MAX_SIZE: '2', OPENCLAW_WORKER__CONCURRENCY: '1' });
    gateway = await system.startGateway();
  });
  afterAll(() => system.close());

  it('503: no worker is alive, and what is refused leaves nothing behind', async () => {
    const refused = await post(gateway, { message: 'hi' }, { headers: { 'idempotency-key': 'k' } });
    const body = await expectError(refused, 'service_unavailable');
    expect(body.details).toMatchObject({ dependency: 'worker' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await system.services.sql('SELECT 1 FROM conversations UNION ALL SELECT 1 FROM idempotency_keys')).toEqual([]);
  });

  it('503: max_size messages wait already; there is room again once one is taken', async () => {
    await system.startWorker(model);
    const running = await until('the worker is seen', async () => {
      const response = await post(gateway, { message: 'hang', wait_for_response: false });
      return response.status === 202 ? ((await response.json()) as { id: string }) : null; // the contract's 202
    });
    await model.asked('hang');
    await leave(gateway, 'one');
    const two = await leave(gateway, 'two');
    for (const fields of [{}, { conversation_id: two.conversation_id }, { conversation_id: two.conversation_id, on_busy: 'interrupt' }]) {
      const refused = await post(gateway, { message: 'three', ...fields }, { headers: { 'idempotency-key': 'three' } });
      await expectError(refused, 'service_unavailable');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    await gateway.request(`/api/v1/message/${running.id}/cancel`, { method: 'POST' });
    const accepted = await until('there is room again', async () => {
      const response = await post(gateway, { message: 'three' }, { headers: { 'idempotency-key': 'three' } });
      return response.status === 200 ? response : null;
    });
    expect(accepted.headers.has('idempotency-replayed')).toBe(false);
  });
});

describe('503: shutting down', () => {
  it('503: new requests are told to go elsewhere; the process lives on', async () => {
    const system = await createTestSystem();
    const gateway = await system.startGateway();
    gateway.gateway.draining.abort();
    const refused = await gateway.request(HEALTH);
    await expectError(refused, 'service_unavailable');
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused.headers.get('connection')).toBe('close');
    await system.close();
  });
});

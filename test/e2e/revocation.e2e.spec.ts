import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@openclaw/words';
import { bearer, createToken, expectError, MESSAGE, post, QUICK_STOP, statusOf, untilOver } from '../support/api.js';
import { DirectedModel, gate, HANG } from '../support/directed-model.js';
import { readEvents } from '../support/read-events.js';
import { createTcpProxy, type TcpProxy, through } from '../support/tcp-proxy.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';
import { TestSocket } from '../support/test-socket.js';

/** What a revocation may take at any gateway. */
const WITHIN_MS = 2000;

/** Reads a stream to its end. */
async function drain(events: AsyncGenerator<RunEvent>, seen: RunEvent[] = []): Promise<RunEvent[]> {
  for await (const event of events) seen.push(event);
  return seen;
}

describe('a revoked token', () => {
  let system: TestSystem;
  let here: TestGateway;
  let there: TestGateway;
  let redis: TcpProxy;
  const model = new DirectedModel();

  beforeAll(async () => {
    system = await createTestSystem(async (services) => {
      redis = await createTcpProxy(services.redisUrl);
      return { REDIS_URL: through(redis, services.redisUrl), ...QUICK_STOP };
    });
    here = await system.startGateway();
    there = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(async () => {
    await system.close();
    await redis.close();
  });

  const revoke = (id: string): Promise<Response> => here.request(`/api/v1/tokens/${id}`, { method: 'DELETE' });

  /** A stream, a socket and a caller that waits, of one token, all at the gateway that is not the one that revokes. */
  async function open(
    name: string,
  ): Promise<{ id: string; token: string; socket: TestSocket; stream: Promise<RunEvent[]>; waiting: Promise<Response> }> {
    model.on(name, ['began ', HANG]);
    const { id, token } = await createToken(here, { name, scopes: ['read', 'message'] });
    const socket = await TestSocket.login(there.url, token);
    socket.send({ type: 'subscribe', conversation_id: '*' });
    await socket.next({ type: 'subscribed' });
    const response = await post(there, { message: name }, { headers: { ...bearer(token).headers, accept: 'text/event-stream' } });
    const events = readEvents(response);
    const first = await events.next();
    expect(first.value).toMatchObject({ type: 'start' });
    const waiting = post(there, { message: `${name}, and waiting`, timeout_ms: 60_000 }, bearer(token));
    model.on(`${name}, and waiting`, [HANG]);
    await model.asked(`${name}, and waiting`);
    return { id, token, socket, stream: drain(events), waiting };
  }

  async function endedAfter(
    startedAt: number,
    { socket, stream, waiting }: { socket: TestSocket; stream: Promise<unknown>; waiting: Promise<Response> },
  ): Promise<number> {
    const [refused] = await Promise.all([waiting, stream, socket.untilClosed(10_000)]);
    const took = performance.now() - startedAt;
    expect((await expectError(refused, 'unauthorized')).message).toContain('What it had accepted goes on.');
    expect(socket.closed).toMatchObject({ code: 4401, reason: 'unauthorized' });
    expect(socket.frames.at(-1)).toMatchObject({ type: 'error', error: 'unauthorized' });
    return took;
  }

  it('ends its stream, its socket and its waiting caller at another gateway within 2 s; what it had accepted goes on', async () => {
    const opened = await open('over Redis');
    const bystander = await TestSocket.login(there.url);
    const startedAt = performance.now();
    expect((await revoke(opened.id)).status).toBe(204);
    expect(await endedAfter(startedAt, opened)).toBeLessThan(WITHIN_MS);
    await expectError(await there.request('/api/v1/health', bearer(opened.token)), 'unauthorized');
    const [event] = await opened.stream;
    if (event) expect(await statusOf(here, event.id)).toMatchObject({ status: 'processing' });
    bystander.send({ type: 'ping' });
    await bystander.next({ type: 'pong' });
  });

  it('the same with Redis cut off: Postgres tells', async () => {
    const opened = await open('without Redis');
    redis.cut();
    const startedAt = performance.now();
    expect((await revoke(opened.id)).status).toBe(204);
    expect(await endedAfter(startedAt, opened)).toBeLessThan(WITHIN_MS);
    await expectError(await there.request('/api/v1/health', bearer(opened.token)), 'unauthorized');
    redis.open();
    await until('Redis is back', async () => (await fetch(`${there.url}/readyz`)).ok);
  });

  it('the same when it expires, of which nobody tells', async () => {
    const opened = await open('expiring');
    const startedAt = performance.now();
    await system.services.sql("UPDATE tokens SET expires_at = clock_timestamp() WHERE name = 'expiring'");
    expect(await endedAfter(startedAt, opened)).toBeLessThan(WITHIN_MS);
  });

  it('takes along what its children have open', async () => {
    const { id, token } = await createToken(here, { name: 'parent', scopes: ['read', 'admin'] });
    const child = await here.request('/api/v1/tokens', { method: 'POST', ...bearer(token), json: { name: 'child', scopes: ['read'] } });
    const { token: childs } = (await child.json()) as { token: string }; // checked by the schema of the route
    const socket = await TestSocket.login(there.url, childs);
    await revoke(id);
    expect(await socket.untilClosed(WITHIN_MS)).toMatchObject({ code: 4401 });
  });

  it('gets the reply to its own revocation before its socket is closed', async () => {
    const { id, token } = await createToken(here, { name: 'itself', scopes: ['read', 'admin'] });
    const socket = await TestSocket.login(here.url, token);
    expect((await here.request(`/api/v1/tokens/${id}`, { method: 'DELETE', ...bearer(token) })).status).toBe(204);
    expect(await socket.untilClosed(WITHIN_MS)).toMatchObject({ code: 4401 });
  });

  it('is not revived by a request that was just asking at another gateway while it was revoked', async () => {
    const { id, token } = await createToken(here, { name: 'asked all the time', scopes: ['read'] });
    let isRevoked = false;
    const late: number[] = [];
    const asking = Array.from({ length: 8 }, async () => {
      for (let refusals = 0; refusals < 20;) {
        const startedAt = performance.now();
        const wasRevoked = isRevoked;
        const { status } = await there.request('/api/v1/health', bearer(token));
        if (status === 401) refusals += 1;
        else if (wasRevoked) late.push(startedAt);
      }
    });
    await revoke(id);
    isRevoked = true;
    const revokedAt = performance.now();
    await Promise.all(asking);
    expect(Math.max(revokedAt, ...late) - revokedAt).toBeLessThan(WITHIN_MS);
  });

  it('a stream that ended is refused when its reader comes back, and its run is there for others', async () => {
    const held = gate();
    model.on('come back', ['began ', held.step, 'and ended']);
    const { id, token } = await createToken(here, { name: 'returning', scopes: ['read', 'message'] });
    const response = await post(there, { message: 'come back' }, { headers: { ...bearer(token).headers, accept: 'text/event-stream' } });
    const events = readEvents(response);
    const { value: start } = (await events.next()) as { value: RunEvent }; // the first of a stream that goes on
    await revoke(id);
    await drain(events);
    await expectError(
      await there.request(`${MESSAGE}/${start.id}/events`, { headers: { ...bearer(token).headers, 'last-event-id': '1' } }),
      'unauthorized',
    );
    held.open();
    expect(await untilOver(here, start.id)).toMatchObject({ status: 'completed', response: { content: 'began and ended' } });
  });
});

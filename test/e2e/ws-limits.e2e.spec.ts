import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FRAME_BYTES_MAX } from '@openclaw/words';
import { ask, leave } from '../support/api.js';
import { captureLog } from '../support/captured-log.js';
import { DirectedModel, HANG } from '../support/directed-model.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { TestSocket } from '../support/test-socket.js';
import { until } from '../support/until.js';

/** Enough resumes of one large reply to fill every buffer between gateway and client many times over. */
const RESUMES = 24;
const LARGE = 'x'.repeat(900_000);

describe('the bounds of a socket', () => {
  const log = captureLog();
  const model = new DirectedModel().on('large', [LARGE]);
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem({}, log.logger);
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(() => system.close());

  it('1009: a frame over 1 MiB; one of exactly 1 MiB is read', async () => {
    const client = await TestSocket.login(gateway.url);
    const padded = (bytes: number): string => JSON.stringify({ type: 'ping' }).padEnd(bytes);
    client.send(padded(FRAME_BYTES_MAX));
    await client.next({ type: 'pong' });
    client.send(padded(FRAME_BYTES_MAX + 1));
    expect(await client.untilClosed()).toMatchObject({ code: 1009 });
  });

  it('1009 as well where the frame comes in pieces', async () => {
    const client = await TestSocket.login(gateway.url);
    for (let piece = 0; piece < 20; piece += 1) client.socket.send('x'.repeat(64_000), { fin: false });
    expect(await client.untilClosed()).toMatchObject({ code: 1009 });
  });

  it('4408: a reader that stands still while 4 MiB pile up; it can resume, and others are not held up', async () => {
    const { id } = await ask(gateway, 'large');
    const client = await TestSocket.login(gateway.url);
    client.socket.pause();
    for (let count = 0; count < RESUMES; count += 1) client.send({ type: 'resume', id });
    const other = await TestSocket.login(gateway.url);
    other.send({ type: 'resume', id });
    expect(await other.next({ type: 'response' })).toMatchObject({ content: LARGE });
    await log.find({ message: 'socket closing', code: 4408 });
    client.socket.resume();
    expect(await client.untilClosed()).toMatchObject({ code: 4408 });
    other.socket.close();
  });

  it('a long replay is paced by its reader: one that keeps reading gets all of it, however much', async () => {
    const { id } = await ask(gateway, 'large');
    const client = await TestSocket.login(gateway.url);
    for (let count = 0; count < RESUMES; count += 1) client.send({ type: 'resume', id });
    await until('every reply', () => client.all({ type: 'response' }).length === RESUMES, 20_000);
    expect(client.closed).toBeNull();
    client.socket.close();
  });

  it('open sockets count as active in GET /status', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => TestSocket.login(gateway.url)));
    const activeIs = async (count: number): Promise<boolean> => {
      const status = (await (await gateway.request('/api/v1/status')).json()) as { gateways: { active: number }[] }; // parsed by the tests of /status
      return status.gateways[0]?.active === count;
    };
    await until('three are active', () => activeIs(3));
    for (const client of clients) client.socket.close();
    await until('none is active', () => activeIs(0));
  });
});

describe('the rate of a token over sockets', () => {
  let system: TestSystem;

  beforeAll(async () => {
    system = await createTestSystem({
      OPENCLAW_GATEWAY__RATE_LIMIT__REQUESTS_PER_MINUTE: '2',
      OPENCLAW_GATEWAY__RATE_LIMIT__BURST: '1',
    });
  });
  afterAll(() => system.close());

  it('429: each message frame counts as a request, valid or not; no other frame does; REST shares the budget', async () => {
    const gateway = await system.startGateway();
    await system.startWorker(new DirectedModel());
    const client = await TestSocket.login(gateway.url);
    for (let index = 0; index < 20; index += 1) client.send({ type: 'ping' });
    for (const content of ['one', '', 'three']) client.send({ type: 'message', content, request_id: `m-${content}` });
    await client.next({ type: 'response', request_id: 'm-three' });
    client.send({ type: 'message', content: 'four', request_id: 'm-four' });
    expect(await client.next({ request_id: 'm-four' })).toMatchObject({
      type: 'error',
      error: 'rate_limited',
      status: 429,
      details: { limit: 2, remaining: 0, reset_at: expect.any(String) },
    });
    expect((await gateway.request('/api/v1/health')).status).toBe(429);
    client.send({ type: 'ping', request_id: 'still' });
    await client.next({ type: 'pong', request_id: 'still' });
    client.socket.close();
  });
});

describe('the rate of frames', () => {
  const PER_MINUTE = 120;
  const log = captureLog();
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem({ OPENCLAW_GATEWAY__RATE_LIMIT__FRAMES_PER_MINUTE: String(PER_MINUTE) }, log.logger);
    gateway = await system.startGateway();
  });
  afterAll(() => system.close());

  it('429: frames of any kind beyond it are refused, the socket stays, and a flood is cut off with 1008', async () => {
    const client = await TestSocket.login(gateway.url);
    for (let index = 0; index < PER_MINUTE; index += 1) client.send({ type: 'ping', request_id: String(index) });
    await client.next({ request_id: String(PER_MINUTE - 1) });
    expect(client.all({ type: 'pong' }).length).toBeLessThan(PER_MINUTE * 0.75);
    const [refused] = client.all({ error: 'rate_limited', status: 429 });
    expect(refused).toMatchObject({ type: 'error', details: { limit: PER_MINUTE, remaining: 0 }, request_id: expect.any(String) });
    expect(client.closed).toBeNull();
    for (let index = 0; index < 1000; index += 1) client.send({ type: 'resume', id: 'none' });
    expect(await client.untilClosed()).toMatchObject({ code: 1008 });
  });

  it('pings of the protocol itself count too: a flood of them is cut off', async () => {
    const client = await TestSocket.login(gateway.url);
    const cutOff = (): number => log.lines.filter(({ message, code }) => message === 'socket closing' && code === 1008).length;
    const before = cutOff();
    for (let index = 0; index < 2000; index += 1) client.socket.ping();
    await client.untilClosed(); // who goes on sending may see the connection break before it sees the code
    expect(cutOff()).toBe(before + 1);
  });
});

describe('an address that sends no authentication', () => {
  let system: TestSystem;

  beforeAll(async () => {
    system = await createTestSystem({ OPENCLAW_GATEWAY__RATE_LIMIT__FAILED_AUTHENTICATIONS_PER_MINUTE: '3' });
  });
  afterAll(() => system.close());

  it('gets a short answer to a frame of any length, and pays for it as for a wrong token', async () => {
    const gateway = await system.startGateway();
    const unknown = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`k${String(index)}`, 1]));
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const stranger = await TestSocket.open(gateway.url);
      stranger.send({ type: 'auth', token: 'x', ...unknown });
      expect(JSON.stringify(await stranger.next({ type: 'error' })).length).toBeLessThan(10_000);
      expect(await stranger.untilClosed()).toMatchObject({ code: 4401 });
    }
    const late = await TestSocket.open(gateway.url);
    late.send({ type: 'auth', token: TEST_TOKEN });
    expect(await late.next({ type: 'error' })).toMatchObject({ error: 'rate_limited', status: 429 });
  });
});

describe('shutdown', () => {
  let system: TestSystem;

  beforeAll(async () => {
    system = await createTestSystem();
  });
  afterAll(() => system.close());

  it('1012 to every socket, in time, whether or not it answers; what was streamed goes on at another gateway', async () => {
    const [gateway, other] = [await system.startGateway(), await system.startGateway()];
    const model = new DirectedModel().on('goes on', ['begun ', HANG]);
    await system.startWorker(model);
    const streaming = await TestSocket.login(gateway.url);
    streaming.send({ type: 'message', content: 'goes on', stream: true });
    const { id } = await streaming.next({ type: 'accepted' });
    const { seq } = await streaming.next({ type: 'token' });
    const stranger = await TestSocket.open(gateway.url);
    const deaf = await TestSocket.login(gateway.url);
    deaf.socket.pause();

    const startedAt = performance.now();
    await gateway.stop();
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(await streaming.untilClosed()).toMatchObject({ code: 1012 });
    expect(await stranger.untilClosed()).toMatchObject({ code: 1012 });

    const resumed = await TestSocket.login(other.url);
    resumed.send({ type: 'resume', id, after_seq: seq });
    resumed.send({ type: 'cancel', id });
    expect(await resumed.next({ type: 'error', id })).toMatchObject({ error: 'conflict' });
    expect(resumed.all({ type: 'start' })).toEqual([]);
  });

  it('frames in flight at the moment of shutdown are answered or not taken: no accepted message goes unanswered', async () => {
    const [gateway, other] = [await system.startGateway(), await system.startGateway()];
    await system.startWorker(new DirectedModel());
    const client = await TestSocket.login(gateway.url);
    for (let index = 0; index < 50; index += 1) client.send({ type: 'message', content: `flight ${String(index)}` });
    await client.next({ type: 'accepted' });
    await gateway.stop();
    expect(await client.untilClosed()).toMatchObject({ code: 1012 });
    const stored = await system.services.sql<{ count: string }>(`SELECT count(*) FROM messages WHERE content LIKE 'flight %'`);
    expect(client.all({ type: 'accepted' })).toHaveLength(Number(stored[0]?.count));
    const late = await leave(other, 'afterwards');
    expect(late.status).toBe('processing');
  });
});

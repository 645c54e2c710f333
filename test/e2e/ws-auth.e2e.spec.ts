import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SCOPES } from '@openclaw/words';
import { expectError } from '../support/api.js';
import { rawExchange, rawRequest, rawSocket } from '../support/raw-http.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { refusedUpgrade, TestSocket } from '../support/test-socket.js';
import { until } from '../support/until.js';

describe('opening /ws', () => {
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem({
      OPENCLAW_GATEWAY__LIMITS__SOCKET_AUTH_TIMEOUT_MS: '400',
      OPENCLAW_GATEWAY__LIMITS__SOCKETS: '8',
      OPENCLAW_GATEWAY__ALLOWED_ORIGINS: 'https://app.example',
      OPENCLAW_GATEWAY__RATE_LIMIT__FAILED_AUTHENTICATIONS_PER_MINUTE: '1000',
    });
    gateway = await system.startGateway();
  });
  afterAll(() => system.close());

  it('a right token is answered with scopes and version, and its request_id', async () => {
    const client = await TestSocket.open(gateway.url);
    client.send({ type: 'auth', token: TEST_TOKEN, request_id: 'hello' });
    expect(await client.next({ type: 'auth_success' })).toEqual({
      type: 'auth_success',
      scopes: SCOPES,
      version: '0.0.0-test',
      request_id: 'hello',
    });
    client.socket.close();
  });

  it('the 101 carries the X-Request-Id, and a log line tells of it', async () => {
    const client = new TestSocket(gateway.url, { headers: { 'x-request-id': 'my-upgrade' } });
    let header: unknown = null;
    client.socket.on('upgrade', ({ headers }) => {
      header = headers['x-request-id'];
    });
    await until('the upgrade', () => header !== null);
    expect(header).toBe('my-upgrade');
    client.socket.close();
  });

  it('4401: no auth frame in time', async () => {
    const client = await TestSocket.open(gateway.url);
    expect(await client.untilClosed(3000)).toMatchObject({ code: 4401 });
    expect(client.frames).toMatchObject([{ type: 'error', error: 'unauthorized', status: 401, details: {} }]);
  });

  it.each([
    ['a wrong token', { type: 'auth', token: 'not-the-token-at-all', request_id: 'r1' }, 'unauthorized'],
    ['another frame before auth', { type: 'ping', request_id: 'r1' }, 'unauthorized'],
    ['an auth frame without a token', { type: 'auth', request_id: 'r1' }, 'bad_request'],
    ['an auth frame with an unknown field', { type: 'auth', token: TEST_TOKEN, tokn: 'x', request_id: 'r1' }, 'bad_request'],
  ])('4401: %s', async (_, frame, error) => {
    const client = await TestSocket.open(gateway.url);
    client.send(frame);
    expect(await client.untilClosed()).toMatchObject({ code: 4401 });
    expect(client.frames).toMatchObject([{ type: 'error', error, request_id: 'r1' }]);
  });

  it('4401: what is not JSON, not text, or no object before auth', async () => {
    for (const data of ['{', Buffer.from('{}'), '[]']) {
      const client = await TestSocket.open(gateway.url);
      client.socket.send(data);
      expect(await client.untilClosed()).toMatchObject({ code: 4401 });
    }
  });

  it('4401: more than an auth frame needs, before auth, without waiting for the end of it', async () => {
    const client = await TestSocket.open(gateway.url);
    client.socket.send('x'.repeat(900_000), { fin: false });
    expect(await client.untilClosed()).toMatchObject({ code: 4401 });
  });

  it('a large frame right behind auth is served: the bound on strangers ends with auth', async () => {
    const client = await TestSocket.open(gateway.url);
    client.send({ type: 'auth', token: TEST_TOKEN });
    client.send({ type: 'ping', padding: 'x'.repeat(900_000), request_id: 'big' });
    expect(await client.next({ request_id: 'big' })).toMatchObject({ error: 'bad_request', details: { issues: [{ path: 'padding' }] } });
    client.socket.close();
  });

  it('1013: more authenticated sockets than gateway.limits.sockets', async () => {
    await until('earlier sockets are gone', () => gateway.gateway.sockets.size === 0);
    const clients = await Promise.all(Array.from({ length: 8 }, () => TestSocket.login(gateway.url)));
    expect(gateway.gateway.sockets.size).toBe(8);
    const late = await TestSocket.open(gateway.url);
    late.send({ type: 'auth', token: TEST_TOKEN });
    expect(await late.untilClosed()).toMatchObject({ code: 1013 });
    expect(late.frames).toMatchObject([{ type: 'error', error: 'service_unavailable', status: 503 }]);
    for (const client of clients) client.socket.close();
    await until('they are gone', () => gateway.gateway.sockets.size === 0);
  });

  describe('before the upgrade', () => {
    it('403: a foreign Host, a foreign Origin, a cross-site page', async () => {
      for (const headers of [
        { host: 'rebound.example' },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
      ]) {
        await expectError(await refusedUpgrade(gateway.url, '/ws', { headers }), 'forbidden');
      }
    });

    it('101: its own and the allowed origins', async () => {
      for (const origin of [gateway.url, 'https://app.example']) (await TestSocket.open(gateway.url, { origin })).socket.close();
    });

    it('404: another path', async () => {
      await expectError(await refusedUpgrade(gateway.url, '/ws/other'), 'not_found');
      await expectError(await refusedUpgrade(gateway.url, '/api/v1/health'), 'not_found');
    });

    it('404: /ws without an upgrade', async () => {
      await expectError(await rawRequest(gateway.url, { path: '/ws' }), 'not_found');
    });

    it('400: an upgrade that is no WebSocket handshake', async () => {
      const head = 'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n';
      await expectError(await rawExchange(gateway.url, head), 'bad_request');
    });

    it('an offer of h2c is passed over and the request served', async () => {
      const socket = await rawSocket(gateway.url);
      socket.write(
        'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n',
      );
      const received: string[] = [];
      socket.on('data', (chunk: Buffer) => received.push(chunk.toString()));
      await until('a response', () => received.join('').includes('HTTP/1.1 200'));
      socket.destroy();
    });
  });
});

describe('strangers at /ws', () => {
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem({ OPENCLAW_GATEWAY__RATE_LIMIT__FAILED_AUTHENTICATIONS_PER_MINUTE: '5' });
    gateway = await system.startGateway();
  });
  afterAll(() => system.close());

  it('1013: where a 33rd of an address comes, the one that hesitated longest goes, and the newcomer is let in', async () => {
    const strangers: TestSocket[] = [];
    for (let count = 0; count < 32; count += 1) strangers.push(await TestSocket.open(gateway.url));
    const newcomer = await TestSocket.login(gateway.url);
    expect(await strangers[0]?.untilClosed()).toMatchObject({ code: 1013 });
    expect(strangers[0]?.frames).toMatchObject([{ type: 'error', error: 'service_unavailable', status: 503 }]);
    expect(strangers.filter(({ closed }) => closed)).toHaveLength(1);
    for (const client of [...strangers, newcomer]) client.socket.terminate();
  });

  it('a right token gets in each time while strangers hold every place and come again at once', async () => {
    const leaving = new AbortController();
    const hold = async (): Promise<void> => {
      while (!leaving.signal.aborted) {
        const stranger = await TestSocket.tryOpen(gateway.url);
        await until('it is sent away', () => leaving.signal.aborted || stranger?.closed !== null);
        stranger?.socket.terminate();
      }
    };
    const crowd = Promise.all(Array.from({ length: 36 }, hold));
    for (let count = 0; count < 24; count += 1) (await TestSocket.login(gateway.url)).socket.terminate();
    leaving.abort();
    await crowd;
  });

  it('10,000 that never authenticate do not keep others from being served', async () => {
    const { hostname, port } = new URL(gateway.url);
    const head = `GET /ws HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
    let [upgraded, refused, answered] = [0, 0, 0];
    const sockets: Socket[] = [];
    const attempt = async (): Promise<void> => {
      const socket = await rawSocket(gateway.url);
      sockets.push(socket);
      const { promise, resolve } = Promise.withResolvers<undefined>();
      socket.once('data', (chunk: Buffer) => {
        if (chunk.toString().startsWith('HTTP/1.1 101')) upgraded += 1;
        else refused += 1;
        resolve(undefined);
      });
      socket.once('close', () => {
        resolve(undefined);
      });
      socket.write(head);
      await promise;
      answered += 1;
    };
    const attack = (async () => {
      for (let batch = 0; batch < 100; batch += 1) await Promise.all(Array.from({ length: 100 }, attempt));
    })();
    const waits: number[] = [];
    while (answered < 10_000) {
      const askedAt = performance.now();
      expect((await gateway.request('/api/v1/health')).status).toBe(200);
      waits.push(performance.now() - askedAt);
    }
    await attack;
    for (const socket of sockets) socket.destroy();
    expect(upgraded + refused).toBe(10_000);
    expect(Math.max(...waits)).toBeLessThan(2000);
  }, 60_000);

  it('429: an address that guessed too often; a token that has passed is let in all the same', async () => {
    const elsewhere = await createTestSystem({ OPENCLAW_GATEWAY__RATE_LIMIT__FAILED_AUTHENTICATIONS_PER_MINUTE: '5' });
    const { url } = await elsewhere.startGateway();
    const guess = async (token: string): Promise<TestSocket> => {
      const client = await TestSocket.open(url);
      client.send({ type: 'auth', token });
      await client.untilClosed();
      return client;
    };
    for (let count = 0; count < 5; count += 1) await guess(`guess-${String(count)}-of-a-token`);
    for (const token of ['one-guess-more', TEST_TOKEN]) {
      const refused = await guess(token);
      expect(refused.closed).toMatchObject({ code: 4401 });
      expect(refused.frames).toMatchObject([{ type: 'error', error: 'rate_limited', status: 429 }]);
    }
    await elsewhere.services.redis.set(`${elsewhere.services.prefix}:passed:gateway`, '1');
    (await TestSocket.login(url)).socket.close();
    await elsewhere.close();
  }, 60_000);
});

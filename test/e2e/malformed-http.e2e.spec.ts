import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectError, MESSAGE } from '../support/api.js';
import { parseResponse, rawExchange, rawRequest, rawSocket } from '../support/raw-http.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';

describe('what is hardly HTTP', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const isServed = async (): Promise<void> => {
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  };

  beforeAll(async () => {
    system = await createTestSystem({
      OPENCLAW_GATEWAY__LIMITS__REQUEST_TIMEOUT_MS: '400',
      OPENCLAW_GATEWAY__LIMITS__HEADER_BYTES: '4096',
    });
    gateway = await system.startGateway();
  });
  afterAll(() => system.close());

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n'],
    ['a header without a name', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n: x\r\n\r\n'],
    ['a header with a control character', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\x01b\r\n\r\n'],
    ['two lengths', 'POST /api/v1/message HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'length and chunks at once',
      'POST /api/v1/message HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a negative length', 'POST /api/v1/message HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n'],
    ['headers that are too large', `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${'x'.repeat(5000)}\r\n\r\n`],
    ['a URL that is too long', `GET /${'x'.repeat(5000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`],
  ])('400: %s, in the one shape, and others are served meanwhile', async (_, bytes) => {
    const [response] = await Promise.all([rawExchange(gateway.url, bytes), isServed()]);
    await expectError(response, 'bad_request');
    expect(response.headers.connection).toBe('close');
  });

  it.each(['/api/v1/%zz', '/%', '/api/v1/message/%E0%A4%A/status', '/api/v1/conversations/%ff'])(
    '400: a URL that cannot be decoded: %s',
    async (path) => {
      const body = await expectError(await rawRequest(gateway.url, { path }), 'bad_request');
      expect(JSON.stringify(body)).not.toContain(path);
    },
  );

  it('chunks that are none: 400', async () => {
    const head = `POST ${MESSAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`;
    await expectError(await rawExchange(gateway.url, head), 'bad_request');
    await isServed();
  });

  it('an expectation that nobody knows is ignored', async () => {
    const response = await rawRequest(gateway.url, { path: '/healthz', headers: { expect: 'the-unexpected' } });
    expect([response.status, response.body]).toEqual([200, '{"status":"ok"}']);
  });

  it('408: headers that dribble in', async () => {
    const socket = await rawSocket(gateway.url);
    socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    const received = text(socket);
    await isServed();
    await expectError(parseResponse(await received), 'timeout');
  });

  it('408: a body that dribbles in', async () => {
    const socket = await rawSocket(gateway.url);
    socket.write(
      `POST ${MESSAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"chan`,
    );
    const received = text(socket);
    await isServed();
    await expectError(parseResponse(await received), 'timeout');
  });

  it('a client that hangs up in the middle of its body hurts nobody', async () => {
    const socket = await rawSocket(gateway.url);
    socket.write(
      `POST ${MESSAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"chan`,
    );
    socket.resetAndDestroy();
    await once(socket, 'close');
    await isServed();
  });

  it('requests in a row on one connection are answered in order', async () => {
    const one = (path: string, close = false): string =>
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n${close ? 'Connection: close\r\n' : ''}\r\n`;
    const socket = await rawSocket(gateway.url);
    socket.write(one('/api/v1/health') + one('/nowhere') + one('/healthz', true));
    const received = await text(socket);
    expect([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '200']);
  });

  it('a connection that never finishes its request does not hold up the stop', async () => {
    const other = await system.startGateway();
    const socket = await rawSocket(other.url);
    socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    await once(socket, 'data'); // it was heard: its time ran out
    const dribbling = await rawSocket(other.url);
    dribbling.write(`POST ${MESSAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\n`);
    const startedAt = performance.now();
    await other.stop(100);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

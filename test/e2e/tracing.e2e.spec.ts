import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, expectError, MESSAGE, post } from '../support/api.js';
import { captureLog, type LogLine } from '../support/captured-log.js';
import { DirectedModel } from '../support/directed-model.js';
import { rawRequest } from '../support/raw-http.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';

const log = captureLog();
const SECRET = 'my-most-private-words';

describe('X-Request-Id and the log', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel();

  beforeAll(async () => {
    system = await createTestSystem({ OPENCLAW_GATEWAY__RATE_LIMIT__FAILED_AUTHENTICATIONS_PER_MINUTE: '1000' }, log.logger);
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(() => system.close());
  const requestLine = (requestId: string): Promise<LogLine> => log.find({ message: 'request', request_id: requestId });

  it('a sane id is echoed and stands in every line of gateway and worker', async () => {
    const response = await post(gateway, { message: SECRET, metadata: { user_name: SECRET } }, { headers: { 'x-request-id': 'trace~1!' } });
    expect(response.headers.get('x-request-id')).toBe('trace~1!');
    const { id, conversation_id } = (await response.json()) as { id: string; conversation_id: string }; // the contract's reply
    await log.find({ message: 'run started', request_id: 'trace~1!', message_id: id, conversation_id });
    await log.find({ message: 'run finished', request_id: 'trace~1!', message_id: id, conversation_id });
    expect(await requestLine('trace~1!')).toMatchObject({
      level: 'info',
      method: 'POST',
      route: '/api/v1/message',
      status: 200,
      duration_ms: expect.any(Number),
    });
  });

  it.each([
    ['spaces', 'a b'],
    ['129 characters', 'x'.repeat(129)],
    ['control characters', 'a\tb'],
    ['other letters', 'é'],
  ])('an id of %s is replaced', async (_, given) => {
    const response = await rawRequest(gateway.url, { path: '/api/v1/health', headers: { 'x-request-id': given } });
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('128 visible characters are kept; two ids are none; without one it is made anew each time', async () => {
    const longest = '!'.repeat(128);
    expect((await gateway.request('/healthz', { headers: { 'x-request-id': longest } })).headers.get('x-request-id')).toBe(longest);
    const twice = await rawRequest(gateway.url, { path: '/healthz', headers: { 'x-request-id': ['a', 'b'] } });
    expect(twice.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    const [one, other] = await Promise.all([fetch(`${gateway.url}/healthz`), fetch(`${gateway.url}/healthz`)]);
    expect(one.headers.get('x-request-id')).not.toBe(other.headers.get('x-request-id'));
  });

  it('errors carry it too, and each request is logged once', async () => {
    const refusals: [string, number, RequestInit & { path?: string }][] = [
      ['refused-400', 400, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }],
      ['refused-401', 401, { method: 'POST', headers: { authorization: 'Bearer wrong-wrong-wrong' } }],
      ['refused-403', 403, { headers: { origin: 'https://evil.example' } }],
      ['refused-404', 404, { path: '/api/v1/nowhere?q=my-most-private-words' }],
      ['refused-405', 405, { method: 'PUT' }],
      [
        'refused-413',
        413,
        { method: 'POST', body: JSON.stringify({ message: 'x'.repeat(1_100_000) }), headers: { 'content-type': 'application/json' } },
      ],
      ['refused-415', 415, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }],
    ];
    for (const [id, status, { path = MESSAGE, headers, ...init }] of refusals) {
      const response = await gateway.request(path, { ...init, headers: [...new Headers(headers), ['x-request-id', id]] });
      expect([response.status, response.headers.get('x-request-id')]).toEqual([status, id]);
      await response.text();
      expect(await requestLine(id)).toMatchObject({ status, level: 'info' });
      expect(log.lines.filter((line) => line['message'] === 'request' && line['request_id'] === id)).toHaveLength(1);
    }
  });

  it('a stream is one line, once it is over', async () => {
    const response = await post(gateway, { message: 'stream' }, { headers: { accept: 'text/event-stream', 'x-request-id': 'streamed' } });
    expect(response.headers.get('x-request-id')).toBe('streamed');
    await response.text();
    expect(await requestLine('streamed')).toMatchObject({ status: 200, route: '/api/v1/message' });
  });

  it('a URL that cannot be decoded is logged as well', async () => {
    const response = await rawRequest(gateway.url, { path: '/api/v1/%zz', headers: { 'x-request-id': 'undecodable' } });
    await expectError(response, 'bad_request');
    expect(response.headers['x-request-id']).toBe('undecodable');
    expect(await requestLine('undecodable')).toMatchObject({ status: 400 });
  });

  it('no token, query, message text or metadata in any line', async () => {
    await ask(gateway, `remember ${SECRET}`);
    await gateway.request(`/api/v1/conversations?q=${SECRET}`, { headers: { 'x-request-id': 'searched' } });
    await gateway.request(`/api/v1/conversations?${SECRET}=1`, { headers: { 'x-request-id': 'typo' } });
    await gateway.request('/api/v1/health', { headers: { authorization: `Bearer ${SECRET}-token`, 'x-request-id': 'guessed' } });
    for (const id of ['searched', 'typo', 'guessed']) await requestLine(id);
    expect(log.lines.length).toBeGreaterThan(20);
    expect(log.text()).not.toContain(SECRET);
    expect(log.text()).not.toContain(TEST_TOKEN);
    expect(log.lines.filter((line) => line['level'] === 'error')).toEqual([]);
  });

  it('rate limit headers on every authenticated reply, and on no other', async () => {
    for (const [path, method, has] of [
      ['/api/v1/health', 'GET', true],
      ['/api/v1/status', 'GET', true],
      ['/api/v1/conversations', 'GET', true],
      ['/api/v1/openapi.json', 'GET', true],
      ['/api/v1/nowhere', 'GET', true],
      [MESSAGE, 'PUT', true],
      [MESSAGE, 'POST', true],
      ['/healthz', 'GET', false],
      ['/nowhere', 'GET', false],
    ] as const) {
      const { headers } = await gateway.request(path, { method });
      expect([path, headers.has('x-ratelimit-limit'), headers.has('x-ratelimit-remaining'), headers.has('x-ratelimit-reset')]).toEqual([
        path,
        has,
        has,
        has,
      ]);
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RouteContract, routes } from '@openclaw/words';
import { expectError, MESSAGE } from '../support/api.js';
import { rawExchange, rawRequest } from '../support/raw-http.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';

const HEALTH = '/api/v1/health';
const all: readonly RouteContract[] = Object.values(routes);
const guarded = all.filter((route) => route.scope !== null);
const open = all.filter((route) => route.scope === null);
const urlOf = (route: RouteContract): string => route.path.replace(':id', 'msg_01h2xcejqtf2nbrexx3vqjhp41');

describe('guards', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let own: string;

  beforeAll(async () => {
    system = await createTestSystem({
      OPENCLAW_GATEWAY__RATE_LIMIT__FAILED_AUTHENTICATIONS_PER_MINUTE: '100000',
      OPENCLAW_GATEWAY__ALLOWED_HOSTS: 'agent.example',
      OPENCLAW_GATEWAY__ALLOWED_ORIGINS: 'https://app.example',
    });
    gateway = await system.startGateway();
    own = new URL(gateway.url).host;
  });
  afterAll(() => system.close());

  describe('401', () => {
    it.each(guarded.map((route) => [route.method, urlOf(route)]))('401: %s %s without a token', async (method, path) => {
      const response = await fetch(`${gateway.url}${path}`, { method });
      await expectError(response, 'unauthorized');
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(response.headers.has('x-ratelimit-limit')).toBe(false);
    });

    it.each([
      ['another scheme', `Basic ${Buffer.from(`user:${TEST_TOKEN}`).toString('base64')}`],
      ['the bare token', TEST_TOKEN],
      ['no token after the scheme', 'Bearer'],
      ['a wrong token', 'Bearer wrong-wrong-wrong-wrong'],
      ['a token that goes on', `Bearer ${TEST_TOKEN}x`],
      ['a token in other letters', `Bearer ${TEST_TOKEN.toLowerCase()}`],
      ['two tokens', `Bearer ${TEST_TOKEN} ${TEST_TOKEN}`],
    ])('401: %s', async (_, authorization) => {
      const response = await gateway.request(HEALTH, { headers: { authorization } });
      const body = await expectError(response, 'unauthorized');
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(JSON.stringify(body)).not.toContain(TEST_TOKEN);
    });

    it('401: a token in the query is no token', async () => {
      await expectError(await fetch(`${gateway.url}${HEALTH}?token=${TEST_TOKEN}`), 'unauthorized');
    });

    it.each(['/%61pi/v1/conversations', '/api%2Fv1/conversations', '/api/v1/%63onversations', '//api/v1/conversations', '/API/v1/conversations'])(
      'a path spelled another way never goes round the token: %s',
      async (path) => {
        const response = await rawRequest(gateway.url, { path, headers: { authorization: '' } });
        await expectError(response, response.status === 404 ? 'not_found' : 'unauthorized');
        expect(response.body).not.toContain('"conversations"');
      },
    );

    it('401: a request target in absolute form never goes round the token', async () => {
      const response = await rawExchange(gateway.url, `GET http://${own}/api/v1/conversations HTTP/1.1\r\nHost: ${own}\r\nConnection: close\r\n\r\n`);
      await expectError(response, 'unauthorized');
    });

    it('the scheme is read in any letters', async () => {
      expect((await gateway.request(HEALTH, { headers: { authorization: `bearer ${TEST_TOKEN}` } })).status).toBe(200);
    });

    it.each(open.map((route) => [route.path]))('200: %s is open and tells nothing', async (path) => {
      const response = await fetch(`${gateway.url}${path}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ status: 'ok' });
    });
  });

  describe('403', () => {
    it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.7', '127.0.0.1@evil.example', '0x7f.1', '[::2]'])(
      '403: Host "%s" is not served, on any path',
      async (host) => {
        for (const path of [HEALTH, '/healthz', '/nowhere']) {
          await expectError(await rawRequest(gateway.url, { path, headers: { host } }), 'forbidden');
        }
      },
    );

    it.each(['', 'Host:\r\n', 'Host: \r\n'])('403: a request without any Host is refused in the same shape (%j)', async (line) => {
      const head = `GET ${HEALTH} HTTP/1.1\r\n${line}Authorization: Bearer ${TEST_TOKEN}\r\nConnection: close\r\n\r\n`;
      await expectError(await rawExchange(gateway.url, head), 'forbidden');
    });

    it.each(['127.0.0.1', 'localhost', 'LOCALHOST:1', '127.8.9.10:65535', '[::1]:18789', 'agent.example', 'Agent.Example:8443'])('200: Host "%s" is served', async (host) => {
      expect((await rawRequest(gateway.url, { path: HEALTH, headers: { host } })).status).toBe(200);
    });

    it.each(['https://evil.example', 'null', 'http://127.0.0.1:1', 'http://127.0.0.1', 'file://', 'https://app.example:444', 'https://app.example.evil'])(
      '403: Origin "%s" is foreign',
      async (origin) => {
        await expectError(await rawRequest(gateway.url, { path: HEALTH, headers: { origin } }), 'forbidden');
      },
    );

    it('200: its own origin and the allowed ones may call', async () => {
      for (const origin of [`http://${own}`, `https://${own}`, 'https://app.example']) {
        expect((await rawRequest(gateway.url, { path: HEALTH, headers: { host: own, origin } })).status).toBe(200);
      }
    });

    it.each(['cross-site', 'same-site'])('403: Sec-Fetch-Site: %s', async (site) => {
      await expectError(await rawRequest(gateway.url, { path: HEALTH, headers: { 'sec-fetch-site': site } }), 'forbidden');
    });

    it.each(['same-origin', 'none'])('200: Sec-Fetch-Site: %s', async (site) => {
      expect((await rawRequest(gateway.url, { path: HEALTH, headers: { 'sec-fetch-site': site } })).status).toBe(200);
    });

    it('no CORS headers, not even to an allowed origin', async () => {
      const response = await rawRequest(gateway.url, { path: HEALTH, headers: { origin: 'https://app.example' } });
      expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    });
  });

  describe('404 and 405', () => {
    it.each(['/api/v1/nowhere', '/api/v1', '/api/v1/', '/api/v1/message/', '/api/v2/health', '/', '/healthz/', '/v1/nowhere', '/api/v1/conversations/a/b'])('404: %s', async (path) => {
      await expectError(await gateway.request(path), 'not_found');
    });

    it.each(all.map((route) => [route.path, urlOf(route)]))('405: %s names the methods it takes', async (path, url) => {
      const allowed: string[] = all.filter((route) => route.path === path).map((route) => route.method);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].filter((candidate) => !allowed.includes(candidate))) {
        const response = await rawRequest(gateway.url, { method, path: url });
        const body = await expectError(response, 'method_not_allowed');
        expect(String(response.headers.allow).split(', ')).toEqual(expect.arrayContaining(allowed));
        expect(body.details).toMatchObject({ allow: response.headers.allow });
      }
    });

    it('HEAD answers as GET would, without the body', async () => {
      const response = await gateway.request(HEALTH, { method: 'HEAD' });
      expect([response.status, await response.text()]).toEqual([200, '']);
    });
  });

  describe('order of checks', () => {
    it('Host before authentication', async () => {
      await expectError(await rawRequest(gateway.url, { path: HEALTH, headers: { host: 'evil.example', authorization: '' } }), 'forbidden');
    });
    it('authentication before the route', async () => {
      await expectError(await fetch(`${gateway.url}/api/v1/nowhere`), 'unauthorized');
    });
    it('authentication before the method', async () => {
      await expectError(await fetch(`${gateway.url}${MESSAGE}`, { method: 'PUT' }), 'unauthorized');
    });
    it('authentication before the body', async () => {
      await expectError(await fetch(`${gateway.url}${MESSAGE}`, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }), 'unauthorized');
    });
    it('the method before media type and body', async () => {
      await expectError(await gateway.request(MESSAGE, { method: 'PUT', body: '<a/>', headers: { 'content-type': 'text/xml' } }), 'method_not_allowed');
    });
    it('the media type before the body', async () => {
      const response = await gateway.request(MESSAGE, { method: 'POST', body: 'x'.repeat(2_000_000), headers: { 'content-type': 'text/plain' } });
      await expectError(response, 'unsupported_media_type');
    });
  });
});

describe('403: scopes', () => {
  it('the scope comes after the method and before media type and body', async () => {
    const system = await createTestSystem();
    const gateway = await system.startGateway();
    // A token with fewer scopes, whichever way such a token is made.
    gateway.gateway.authenticator.authenticateHeader = () => ({ tokenId: 'tok_reader', scopes: ['read'] });
    const refused = await gateway.request(MESSAGE, { method: 'POST', body: '{', headers: { 'content-type': 'text/plain' } });
    const body = await expectError(refused, 'forbidden');
    expect(body.details).toEqual({ required_scope: 'message' });
    expect(refused.headers.get('x-ratelimit-limit')).not.toBeNull();
    await expectError(await gateway.request(MESSAGE, { method: 'PUT' }), 'method_not_allowed');
    await expectError(await gateway.request('/api/v1/conversations/conv_x', { method: 'DELETE' }), 'forbidden');
    expect((await gateway.request('/api/v1/conversations')).status).toBe(200);
    await system.close();
  });
});

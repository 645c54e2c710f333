import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RouteContract } from '@openclaw/words';
import { ROUTES } from '@openclaw/roster';
import { expectError, MESSAGE } from '../support/api.js';
import { rawExchange, rawRequest } from '../support/raw-http.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const HEALTH = '/api/v1/health';
const all: readonly RouteContract[] = Object.values(ROUTES);
const PROBES = ['/healthz', '/readyz'];
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

    it.each([
      '/%61pi/v1/conversations',
      '/api%2Fv1/conversations',
      '/api/v1/%63onversations',
      '//api/v1/conversations',
      '/API/v1/conversations',
    ])('a path spelled another way never goes round the token: %s', async (path) => {
      const response = await rawRequest(gateway.url, { path, headers: { authorization: '' } });
      await expectError(response, response.status === 404 ? 'not_found' : 'unauthorized');
      expect(response.body).not.toContain('"conversations"');
    });

    it('the scheme is read in any letters', async () => {
      expect((await gateway.request(HEALTH, { headers: { authorization: `bearer ${TEST_TOKEN}` } })).status).toBe(200);
    });

    it('open to everybody are two probes, the page that asks for a token, and the way in of what is signed', () => {
      const paths = open
        .map(({ path }) => path)
        .filter((path) => !path.includes('docs'))
        .sort();
      expect(paths).toEqual(['/api/v1/channels/webhook/:name', ...PROBES]);
    });

    it.each(PROBES)('200: %s is open and tells nothing', async (path) => {
      const told = await until('it is ready', async () => {
        const response = await fetch(`${gateway.url}${path}`);
        return response.status === 200 ? response.json() : null;
      });
      expect(told).toEqual({ status: 'ok' });
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

    it.each(['127.0.0.1', 'localhost', 'LOCALHOST:1', '127.8.9.10:65535', '[::1]:18789', 'agent.example', 'Agent.Example:8443'])(
      '200: Host "%s" is served',
      async (host) => {
        expect((await rawRequest(gateway.url, { path: HEALTH, headers: { host } })).status).toBe(200);
      },
    );

    it.each([
      'https://evil.example',
      'null',
      'http://127.0.0.1:1',
      'http://127.0.0.1',
      'file://',
      'https://app.example:444',
      'https://app.example.evil',
    ])('403: Origin "%s" is foreign', async (origin) => {
      await expectError(await rawRequest(gateway.url, { path: HEALTH, headers: { origin } }), 'forbidden');
    });

    it('200: its own origin and the allowed ones may call', async () => {
      for (const origin of [`http://${own}`, `https://${own}`, 'https://app.example']) {
        expect((await rawRequest(gateway.url, { path: HEALTH, headers: { host: own, origin } })).status).toBe(200);
      }
    });

    it.each(['cross-site', 'same-site', 'cross-site, none', 'none, none', 'NONE', 'anything', ''])(
      '403: Sec-Fetch-Site: %j',
      async (site) => {
        for (const path of [HEALTH, '/healthz'])
          await expectError(await rawRequest(gateway.url, { path, headers: { 'sec-fetch-site': site } }), 'forbidden');
      },
    );

    it('403: two lines of Sec-Fetch-Site', async () => {
      const head = `GET /healthz HTTP/1.1\r\nHost: ${own}\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Site: none\r\nConnection: close\r\n\r\n`;
      await expectError(await rawExchange(gateway.url, head), 'forbidden');
    });

    it.each(['evil.example', 'evil.example:18789', `${'a'.repeat(300)}.example`])(
      '403: Host "%s" is named, with the line that would let it in',
      async (host) => {
        const body = await expectError(await rawRequest(gateway.url, { path: '/healthz', headers: { host } }), 'forbidden');
        const name = host.replace(/:.*/, '').slice(0, 100);
        expect(body.message).toContain(`"${name}"`);
        expect(body.details).toEqual({ host: name, configuration: `gateway.allowed_hosts: ["${name}"]` });
      },
    );

    it('403: an Origin is named, with the line that would let it in', async () => {
      const body = await expectError(
        await rawRequest(gateway.url, { path: HEALTH, headers: { origin: 'https://evil.example:8443' } }),
        'forbidden',
      );
      expect(body.message).toContain('"https://evil.example:8443"');
      expect(body.details).toEqual({
        origin: 'https://evil.example:8443',
        configuration: 'gateway.allowed_origins: ["https://evil.example:8443"]',
      });
    });

    it('403: what a stranger sent is shown in plain characters, and not all of it', async () => {
      const body = await expectError(
        await rawRequest(gateway.url, { path: HEALTH, headers: { origin: `https://"\\<x>\u00e9${'y'.repeat(500)}` } }),
        'forbidden',
      );
      expect(String(body.details['origin'])).toMatch(/^https:\/\/\?\?<x>\?+y+$/);
      expect(String(body.details['origin'])).toHaveLength(100);
    });

    it.each(['same-origin', 'none'])('200: Sec-Fetch-Site: %s', async (site) => {
      expect((await rawRequest(gateway.url, { path: HEALTH, headers: { 'sec-fetch-site': site } })).status).toBe(200);
    });
  });

  describe('400: two places at once', () => {
    it.each([
      ['two Hosts', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil'],
      ['two Hosts that agree', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nhost: localhost'],
      ['an absolute target for another host', 'GET http://evil/api/v1/x HTTP/1.1\r\nHost: localhost'],
      ['an absolute target for another host, on an open route', 'GET http://evil/healthz HTTP/1.1\r\nHost: localhost'],
      ['an absolute target with a user', 'GET http://localhost@evil/healthz HTTP/1.1\r\nHost: localhost'],
      ['an absolute target in other letters', 'GET HTTP://EVIL/healthz HTTP/1.1\r\nHost: localhost'],
    ])('400: %s', async (_, head) => {
      await expectError(await rawExchange(gateway.url, `${head}\r\nConnection: close\r\n\r\n`), 'bad_request');
    });

    it('401: an absolute target that agrees with its Host never goes round the token, known route or not', async () => {
      for (const path of ['/api/v1/conversations', '/api/v1/x', '/metrics', '/v1/models']) {
        const head = `GET http://${own}${path} HTTP/1.1\r\nHost: ${own}\r\nConnection: close\r\n\r\n`;
        await expectError(await rawExchange(gateway.url, head), 'unauthorized');
      }
    });

    it('200: an absolute target that agrees with its Host is served', async () => {
      const head = `GET http://${own}/healthz HTTP/1.1\r\nHost: ${own}\r\nConnection: close\r\n\r\n`;
      expect(await rawExchange(gateway.url, head)).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    });
  });

  describe('CORS', () => {
    const cors = (headers: IncomingHttpHeaders): string[] => Object.keys(headers).filter((name) => name.startsWith('access-control'));
    const preflight = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
      authorization: '',
    };
    const allowed = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };

    it('a page of an allowed origin may read replies and errors, and the headers of the contract', async () => {
      for (const [path, status] of [
        [HEALTH, 200],
        ['/api/v1/nowhere', 404],
        ['/healthz', 200],
      ] as const) {
        const response = await rawRequest(gateway.url, { path, headers: allowed });
        expect(response.status).toBe(status);
        expect(response.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', vary: 'Origin' });
        const exposed = String(response.headers['access-control-expose-headers']).split(', ');
        expect(exposed).toEqual(
          expect.arrayContaining([
            'X-Request-Id',
            'X-RateLimit-Limit',
            'X-RateLimit-Remaining',
            'X-RateLimit-Reset',
            'Retry-After',
            'Location',
          ]),
        );
      }
      const unauthorized = await rawRequest(gateway.url, { path: HEALTH, headers: { ...allowed, authorization: '' } });
      expect([unauthorized.status, unauthorized.headers['access-control-allow-origin']]).toEqual([401, 'https://app.example']);
    });

    it('204: its preflight is answered without a token and costs no request, on every path', async () => {
      for (const path of [MESSAGE, `${MESSAGE}/x/cancel`, '/api/v1/conversations/x']) {
        const response = await rawRequest(gateway.url, { method: 'OPTIONS', path, headers: { ...allowed, ...preflight } });
        expect([response.status, response.body]).toEqual([204, '']);
        expect(response.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', 'access-control-max-age': '7200' });
        expect(String(response.headers['access-control-allow-methods']).split(', ')).toEqual(
          expect.arrayContaining(['GET', 'POST', 'PATCH', 'DELETE']),
        );
        const taken = String(response.headers['access-control-allow-headers']).toLowerCase().split(', ');
        expect(taken).toEqual(
          expect.arrayContaining(['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'x-request-id']),
        );
        expect(response.headers['x-ratelimit-limit']).toBeUndefined();
        expect(response.headers['access-control-allow-credentials']).toBeUndefined();
      }
    });

    it('nobody else gets any of it', async () => {
      for (const headers of [
        {},
        { origin: `http://${own}`, host: own },
        { origin: 'https://app.example.evil' },
        { origin: 'https://evil.example', ...preflight },
      ]) {
        const method = 'access-control-request-method' in headers ? 'OPTIONS' : 'GET';
        expect(cors((await rawRequest(gateway.url, { method, path: HEALTH, headers })).headers)).toEqual([]);
      }
    });

    it('401: OPTIONS that is no preflight of an allowed origin needs a token as everything does', async () => {
      await expectError(
        await rawRequest(gateway.url, { method: 'OPTIONS', path: MESSAGE, headers: { ...allowed, authorization: '' } }),
        'unauthorized',
      );
      await expectError(await rawRequest(gateway.url, { method: 'OPTIONS', path: MESSAGE, headers: preflight }), 'unauthorized');
    });
  });

  it('no reply is kept by a cache', async () => {
    for (const [path, authorization] of [
      [HEALTH, `Bearer ${TEST_TOKEN}`],
      [HEALTH, ''],
      ['/healthz', ''],
      ['/api/v1/%zz', ''],
    ] as const) {
      expect((await rawRequest(gateway.url, { path, headers: { authorization } })).headers['cache-control']).toBe('no-store');
    }
  });

  it('a stranger’s connection ends with its reply; one on which a right token was shown stays', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const closing = async (headers: OutgoingHttpHeaders, path = HEALTH): Promise<unknown> =>
      (await rawRequest(gateway.url, { path, headers, agent })).headers.connection;
    expect(await closing({ authorization: '' })).toBe('close');
    expect(await closing({ authorization: '' }, '/healthz')).toBe('close');
    expect(await closing({ authorization: 'Bearer wrong-wrong-wrong' })).toBe('close');
    expect(await closing({})).toBe('keep-alive');
    expect(await closing({ authorization: '' }, '/healthz')).toBe('keep-alive');
    agent.destroy();
  });

  describe('404 and 405', () => {
    it.each([
      '/api/v1/nowhere',
      '/api/v1',
      '/api/v1/',
      '/api/v1/message/',
      '/api/v2/health',
      '/',
      '/healthz/',
      '/v1/nowhere',
      '/api/v1/conversations/a/b',
    ])('404: %s', async (path) => {
      await expectError(await gateway.request(path), 'not_found');
    });

    it.each(all.map((route) => [route.path, urlOf(route)]))('405: %s names the methods it takes', async (path, url) => {
      const allowed: string[] = all.filter((route) => route.path === path).map((route) => route.method);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].filter(
        (candidate) => !allowed.includes(candidate),
      )) {
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
      await expectError(
        await fetch(`${gateway.url}${MESSAGE}`, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }),
        'unauthorized',
      );
    });
    it('the method before media type and body', async () => {
      await expectError(
        await gateway.request(MESSAGE, { method: 'PUT', body: '<a/>', headers: { 'content-type': 'text/xml' } }),
        'method_not_allowed',
      );
    });
    it.each(['gzip', 'br', 'deflate', 'x-gzip', 'identity, gzip', 'nonsense'])(
      '415: a body packed as %s, before it is read',
      async (coding) => {
        const headers = { 'content-type': 'application/json', 'content-encoding': coding };
        const body = await expectError(await gateway.request(MESSAGE, { method: 'POST', body: '{', headers }), 'unsupported_media_type');
        expect(body.message).toContain('Content-Encoding');
      },
    );
    it('the media type before the body', async () => {
      const response = await gateway.request(MESSAGE, {
        method: 'POST',
        body: 'x'.repeat(2_000_000),
        headers: { 'content-type': 'text/plain' },
      });
      await expectError(response, 'unsupported_media_type');
    });
  });
});

describe('403: scopes', () => {
  it('the scope comes after the method and before media type and body', async () => {
    const system = await createTestSystem();
    const gateway = await system.startGateway();
    // A token with fewer scopes, whichever way such a token is made.
    gateway.gateway.authenticator.authenticateHeader = () => Promise.resolve({ tokenId: 'tok_reader', scopes: ['read'], person: 'owner' });
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

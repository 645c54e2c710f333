import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Config, configSchema } from '@openclaw/words';
import { checkKey } from './check-key.js';

describe('asking a provider whether it takes its key', () => {
  let server: Server;
  let port = 0;
  let status = 200;
  let asked: { url: string | undefined; headers: IncomingHttpHeaders; method: string | undefined } | null = null;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked = { url: request.url, headers: request.headers, method: request.method };
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('{"data":[]}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const providersOf = (primary: object): Config['providers'] => configSchema.parse({ providers: { primary } }).providers;
  const here = (type: string, path = '/v1'): Config['providers'] =>
    providersOf({
      type,
      model: type === 'anthropic' ? 'claude-x' : 'm',
      base_url: `http://127.0.0.1:${String(port)}${path}`,
      api_key: ' the-key ',
    });

  it.each([
    [200, 'accepted'],
    [401, 'refused'],
    [403, 'refused'],
    [302, 'unknown'],
    [404, 'unknown'],
    [407, 'unknown'],
    [429, 'unknown'],
    [503, 'unknown'],
  ] as const)('%i: %s', async (answer, outcome) => {
    status = answer;
    expect(await checkKey('primary', here('openai-compatible'))).toEqual({ outcome, status: answer });
    expect(asked?.url).toBe('/v1/models');
  });

  it.each([
    ['openai-compatible', '/v1/', '/v1/models', { authorization: 'Bearer the-key' }],
    ['openai', '/v1', '/v1/models', { authorization: 'Bearer the-key' }],
    ['anthropic', '/v1', '/v1/models', { 'x-api-key': 'the-key', 'anthropic-version': '2023-06-01' }],
    ['google', '/v1beta', '/v1beta/models', { 'x-goog-api-key': 'the-key' }],
    ['ollama', '', '/v1/models', { authorization: 'Bearer the-key' }],
  ])('%s is asked for the list of its models, which costs nothing', async (type, path, url, headers) => {
    status = 200;
    expect(await checkKey('primary', here(type, path))).toMatchObject({ outcome: 'accepted' });
    expect(asked).toMatchObject({ method: 'GET', url, headers });
  });

  it('nobody there: unknown', async () => {
    expect(await checkKey('primary', providersOf({ type: 'openai-compatible', model: 'm', base_url: 'http://127.0.0.1:1/v1' }))).toEqual({
      outcome: 'unknown',
      status: null,
    });
  });

  it('a proxy that forbids is no provider that refuses', async () => {
    status = 403;
    const proxies = { http: `http://127.0.0.1:${String(port)}`, https: null, except: [] };
    expect(
      await checkKey('primary', providersOf({ type: 'openai-compatible', model: 'm', base_url: 'http://provider.example/v1' }), proxies),
    ).toEqual({ outcome: 'unknown', status: 403 });
  });

  it('the offline responder, and an entry that is not there, have no key', async () => {
    expect(await checkKey('primary', providersOf({ type: 'offline' }))).toBeNull();
    expect(await checkKey('local', here('openai'))).toBeNull();
  });
});

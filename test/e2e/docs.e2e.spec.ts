import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectError } from '../support/api.js';
import { rawRequest } from '../support/raw-http.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';

const DOCS = '/api/v1/docs';
const FILES = [
  [DOCS, 'text/html'],
  [`${DOCS}/docs.js`, 'text/javascript'],
  [`${DOCS}/docs.css`, 'text/css'],
] as const;

describe('the page of the contract', () => {
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
  });
  afterAll(() => system.close());

  it.each(FILES)('200: %s is there for everybody, as %s, and tells nothing', async (path, type) => {
    const response = await fetch(`${gateway.url}${path}`);
    const text = await response.text();
    expect([response.status, response.headers.get('content-type'), response.headers.get('x-content-type-options')]).toEqual([
      200,
      `${type}; charset=utf-8`,
      'nosniff',
    ]);
    for (const inside of [TEST_TOKEN, 'sendMessage', '0.0.0-test']) expect(text).not.toContain(inside);
  });

  it('308: /docs leads there, wherever a proxy has put it', async () => {
    const response = await fetch(`${gateway.url}/docs`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([308, 'api/v1/docs']);
    expect((await fetch(`${gateway.url}/docs`)).url).toBe(`${gateway.url}${DOCS}`);
  });

  it.each(FILES)('row 55: %s comes under a policy that allows its own files alone', async (path, _type) => {
    const policy = (await fetch(`${gateway.url}${path}`)).headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; /);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  });

  it('row 55: nothing is inline, nothing comes from elsewhere, and no other route has the policy', async () => {
    const [page = '', script = '', style = ''] = await Promise.all(
      FILES.map(async ([path]) => (await fetch(`${gateway.url}${path}`)).text()),
    );
    expect(page).not.toMatch(/<style|style=|<script(?![^>]+src=)|\son\w+=|javascript:/i);
    expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual(['data:,', 'docs/docs.css', 'docs/docs.js']);
    expect(script).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|import\(|https?:\/\//);
    expect(style).not.toMatch(/url\(|@import/);
    expect((await gateway.request('/api/v1/health')).headers.has('content-security-policy')).toBe(false);
  });

  it('row 55: the token is kept nowhere, and nothing in the address is read', async () => {
    const script = await (await fetch(`${gateway.url}${DOCS}/docs.js`)).text();
    expect(script).not.toMatch(/localStorage|sessionStorage|indexedDB|cookie|location|history/);
    await expectError(await fetch(`${gateway.url}${DOCS}?url=https://evil.example/openapi.json`), 'bad_request');
  });

  it('403: neither a name that rebinds to this machine nor a page of another origin gets it, or the document', async () => {
    for (const path of [DOCS, '/docs', `${DOCS}/docs.js`, '/api/v1/openapi.json']) {
      const authorization = `Bearer ${TEST_TOKEN}`;
      await expectError(await rawRequest(gateway.url, { path, headers: { host: 'rebound.example', authorization } }), 'forbidden');
      await expectError(await gateway.request(path, { headers: { origin: 'https://evil.example' } }), 'forbidden');
      await expectError(await gateway.request(path, { headers: { 'sec-fetch-site': 'cross-site' } }), 'forbidden');
    }
  });
});

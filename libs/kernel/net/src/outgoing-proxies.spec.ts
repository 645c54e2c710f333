import { describe, expect, it } from '@jest/globals';
import { proxyFor } from './outgoing-proxies.js';

const [HTTP, HTTPS] = ['http://proxy:3128', 'http://proxy:3129'];

describe('the proxy for an address', () => {
  it('is that of its scheme; that of http serves https too', () => {
    expect(proxyFor(new URL('http://a.example/'), { http: HTTP, https: HTTPS, except: [] })).toBe(HTTP);
    expect(proxyFor(new URL('https://a.example/'), { http: HTTP, https: HTTPS, except: [] })).toBe(HTTPS);
    expect(proxyFor(new URL('https://a.example/'), { http: HTTP, https: null, except: [] })).toBe(HTTP);
    expect(proxyFor(new URL('http://a.example/'), { http: null, https: HTTPS, except: [] })).toBeNull();
  });

  it.each([
    'http://localhost:11434/',
    'http://127.0.0.1/',
    'http://127.9.9.9/',
    'http://[::1]/',
    'http://host.docker.internal:11434/',
    'http://redis/',
    'http://models.localhost/',
  ])('is none for %s, which is near', (url) => {
    expect(proxyFor(new URL(url), { http: HTTP, https: null, except: [] })).toBeNull();
  });

  it.each<[string, string, boolean]>([
    ['example.com', 'https://example.com/', true],
    ['example.com', 'https://api.example.com/', true],
    ['.example.com', 'https://api.example.com/', true],
    ['*.example.com', 'https://api.EXAMPLE.com/', true],
    ['example.com', 'https://notexample.com/', false],
    ['example.com', 'https://example.com.evil.test/', false],
    ['example.com:8443', 'https://example.com:8443/', true],
    ['example.com:8443', 'https://example.com/', false],
    ['example.com:443', 'https://example.com/', true],
    ['10.0.0.0/8', 'http://10.1.2.3:8000/', true],
    ['10.0.0.0/8', 'http://11.1.2.3/', false],
    ['fd00::/8', 'http://[fd12::1]/', true],
    ['192.168.1.5', 'http://192.168.1.5:8000/', true],
    ['192.168.1.5:8000', 'http://192.168.1.5:8000/', true],
    ['[fd12::1]', 'http://[fd12::1]/', true],
    ['10.0.0.0/99', 'http://10.1.2.3/', false],
    ['1.2.3', 'http://9.1.2.3/', false],
    ['*', 'https://anything.example/', true],
    ['', 'https://anything.example/', false],
  ])('NO_PROXY %j covers %s: %p', (entry, url, covered) => {
    expect(proxyFor(new URL(url), { http: HTTP, https: HTTPS, except: [entry] }) === null).toBe(covered);
  });
});

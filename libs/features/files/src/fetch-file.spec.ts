import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestListener } from 'node:http';
import { isPublicAddress } from '@openclaw/net';
import { type FileServer, startFileServer, testAuthority } from '../../../../test/support/file-server.js';
import { startHttpProxy } from '../../../../test/support/http-proxy.js';
import { until } from '../../../../test/support/until.js';
import { fetchFile, type FetchLimits } from './fetch-file.js';
import type { Network } from './network.js';

const SERVER = '127.0.0.1';
const INSIDE = '127.0.0.2';
const NOT_PUBLIC = 'its address is not on the public internet';
const limits: FetchLimits = { bytesMax: 1000, timeoutMs: 10_000, redirectsMax: 3 };
const calm = new AbortController().signal;

/** The internet, with one address of this machine counted in. */
const network: Network = {
  resolve: async () => [SERVER],
  permits: (address) => address === SERVER || isPublicAddress(address),
  ca: testAuthority,
};

let answer: RequestListener = () => undefined;
let server: FileServer;
let inside: FileServer;

beforeEach(async () => {
  answer = (_req, res) => res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('hello');
  server = await startFileServer(
    (req, res) => {
      answer(req, res);
    },
    { host: SERVER },
  );
  inside = await startFileServer((_req, res) => res.end('secret'), { host: INSIDE });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await inside[Symbol.asyncDispose]();
});

function fetching(
  path: string,
  changed: { limits?: Partial<FetchLimits>; network?: Partial<Network>; signal?: AbortSignal } = {},
): ReturnType<typeof fetchFile> {
  const url = path.startsWith('/') ? `https://files.test:${String(server.port)}${path}` : path;
  return fetchFile(url, { ...limits, ...changed.limits }, { ...network, ...changed.network }, changed.signal ?? calm);
}

describe('what is fetched', () => {
  it('gives the bytes and the declared type', async () => {
    const { bytes, declared } = await fetching('/a.txt');
    expect(Buffer.from(bytes).toString()).toBe('hello');
    expect(declared).toEqual({ essence: 'text/plain', charset: 'utf-8' });
  });

  it('sends nothing of the machine: no cookies, credentials or referrer, and asks for plain bytes', async () => {
    await fetching('/a.txt');
    expect(Object.keys(server.requests[0]?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('follows redirects to other public hosts, absolute and relative', async () => {
    answer = (req, res) => {
      if (req.url === '/1') res.writeHead(302, { location: `https://cdn.files.test:${String(server.port)}/2` }).end('moved');
      else if (req.url === '/2') res.writeHead(307, { location: '3' }).end();
      else res.writeHead(200, { 'content-type': 'text/plain' }).end('found');
    };
    expect(Buffer.from((await fetching('/1')).bytes).toString()).toBe('found');
    expect(server.requests.map((req) => [req.headers.host?.split(':')[0], req.url])).toEqual([
      ['files.test', '/1'],
      ['cdn.files.test', '/2'],
      ['cdn.files.test', '/3'],
    ]);
  });

  it.each(['application/octet-stream', 'binary/octet-stream', '', 'nonsense'])(
    'leaves the type open where the server says %j',
    async (type) => {
      answer = (_req, res) => res.writeHead(200, type === '' ? {} : { 'content-type': type }).end('x');
      expect((await fetching('/a')).declared).toBeNull();
    },
  );
});

describe('through a proxy', () => {
  it('is fetched from the address that was checked, under its own name', async () => {
    await using proxy = await startHttpProxy();
    const { bytes } = await fetching('/a.txt', { network: { proxyFor: () => proxy.url } });
    expect(Buffer.from(bytes).toString()).toBe('hello');
    expect(proxy.asked).toEqual([`CONNECT ${SERVER}:${String(server.port)}`]);
    expect(server.requests[0]?.headers.host).toBe(`files.test:${String(server.port)}`);
  });

  it.each<[string, string, () => Promise<string[]>]>([
    ['a name of the inside', '/a.txt', async () => [INSIDE]],
    ['a name of both sides', '/a.txt', async () => [SERVER, INSIDE]],
    ['an address of the inside', `https://${INSIDE}/`, async () => [SERVER]],
  ])('the guard holds: no tunnel to %s', async (_name, path, resolve) => {
    await using proxy = await startHttpProxy();
    await expect(fetching(path, { network: { resolve, proxyFor: () => proxy.url } })).rejects.toThrow(NOT_PUBLIC);
    expect(proxy.asked).toEqual([]);
  });

  it('and the guard looks at each redirect', async () => {
    answer = (_req, res) => res.writeHead(302, { location: `https://${INSIDE}:${String(inside.port)}/` }).end();
    await using proxy = await startHttpProxy();
    await expect(fetching('/a.txt', { network: { proxyFor: () => proxy.url } })).rejects.toThrow(NOT_PUBLIC);
    expect(proxy.asked).toHaveLength(1);
  });

  it('a certificate of another name is none', async () => {
    await using proxy = await startHttpProxy();
    await expect(fetching(`https://other.example:${String(server.port)}/`, { network: { proxyFor: () => proxy.url } })).rejects.toThrow(
      'valid certificate',
    );
  });
});

describe('the guard', () => {
  it.each([
    'http://files.test/',
    'ftp://files.test/',
    'file:///etc/passwd',
    'https://user:word@files.test/',
    'https://',
    'https://127.0.0.2/',
    'https://127.2/',
    'https://0x7f000002/',
    'https://2130706434/',
    'https://0177.0.0.2/',
    'https://127.0.0.2./',
    'https://[::1]/',
    'https://[::ffff:127.0.0.2]/',
    'https://[64:ff9b::7f00:2]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://0/',
  ])('opens no connection to %s', async (url) => {
    let resolved = 0;
    const counting = { resolve: async (): Promise<string[]> => [INSIDE, String((resolved += 1))] };
    await expect(fetching(url, { network: counting })).rejects.toThrow(
      /its address is not on the public internet|it is not at an https address|holds a user name/,
    );
    expect(resolved).toBe(0);
  });

  it.each([
    ['a private address', ['10.0.0.1']],
    ['a public and a private address', [SERVER, INSIDE]],
    ['a mapped address', ['::ffff:127.0.0.2']],
    ['the metadata service', ['169.254.169.254']],
  ])('opens no connection to a name that stands for %s', async (_, addresses) => {
    const url = `https://files.test:${String(inside.port)}/`;
    await expect(fetching(url, { network: { resolve: async () => addresses } })).rejects.toThrow(NOT_PUBLIC);
    expect([server.connections(), inside.connections()]).toEqual([0, 0]);
  });

  it('connects to the address it checked: a name that changes its address in between gains nothing', async () => {
    const answers = [[SERVER], [INSIDE], [INSIDE]];
    let asked = 0;
    const rebinding = { resolve: async (): Promise<string[]> => answers[Math.min(asked++, 2)] ?? [] };
    await fetching('/a.txt', { network: rebinding });
    expect(asked).toBe(1);
    expect([server.connections(), inside.connections()]).toEqual([1, 0]);
  });

  it('checks a rebound name again when a redirect needs a new connection', async () => {
    answer = (_req, res) => res.writeHead(302, { location: `https://files.test:${String(inside.port)}/` }).end();
    const answers = [[SERVER], [INSIDE]];
    const rebinding = { resolve: async (): Promise<string[]> => answers.shift() ?? [] };
    await expect(fetching('/a.txt', { network: rebinding })).rejects.toThrow(NOT_PUBLIC);
    expect(inside.connections()).toBe(0);
  });

  it.each([
    ['a private address', (port: number) => `https://${INSIDE}:${String(port)}/`, NOT_PUBLIC],
    ['a mapped address', (port: number) => `https://[::ffff:127.0.0.2]:${String(port)}/`, NOT_PUBLIC],
    ['plain http', (port: number) => `http://files.test:${String(port)}/`, 'it is not at an https address'],
    ['another scheme', () => 'file:///etc/passwd', 'it is not at an https address'],
    ['credentials', (port: number) => `https://a:b@files.test:${String(port)}/`, 'its address holds a user name or password'],
    ['nowhere', () => '', 'it is not at an https address'],
  ])('does not follow a redirect to %s', async (_, location, reason) => {
    answer = (_req, res) => res.writeHead(302, { location: location(inside.port) }).end();
    await expect(fetching('/a')).rejects.toThrow(reason);
    expect(inside.connections()).toBe(0);
  });

  it('takes no certificate that it cannot verify', async () => {
    const { ca: _, ...trustsNobodyNew } = network;
    await expect(fetchFile(`https://files.test:${String(server.port)}/a`, limits, trustsNobodyNew, calm)).rejects.toThrow(
      'its server has no valid certificate',
    );
    await expect(fetching(`https://other.test:${String(server.port)}/`)).rejects.toThrow('its server has no valid certificate');
    expect(server.requests).toHaveLength(0);
  });
});

describe('the limits', () => {
  it('follows three redirects and no fourth', async () => {
    answer = (req, res) => res.writeHead(301, { location: `/${String(Number(req.url?.slice(1)) + 1)}` }).end();
    await expect(fetching('/0')).rejects.toThrow('its server redirects too often');
    expect(server.requests).toHaveLength(4);
  });

  it('refuses a body that is announced as too large before it reads it', async () => {
    answer = (_req, res) => {
      res.writeHead(200, { 'content-length': '1001' }).flushHeaders();
    };
    await expect(fetching('/a')).rejects.toThrow('it is larger than 1000 bytes');
  });

  it('counts what arrives and hangs up past the limit', async () => {
    let closed = false;
    answer = (_req, res) => {
      const more = (): void => {
        while (!res.destroyed && res.write('x'.repeat(500)));
      };
      res.on('close', () => (closed = true)).on('drain', more);
      more();
    };
    await expect(fetching('/a')).rejects.toThrow('it is larger than 1000 bytes');
    await until('the connection is closed', () => closed);
  });

  it.each([
    ['headers never come', ((): void => undefined) satisfies RequestListener],
    ['body never ends', ((_req, res) => res.writeHead(200).write('x')) satisfies RequestListener],
  ])('gives up on a server whose %s', async (_, listener) => {
    answer = listener;
    await expect(fetching('/a', { limits: { timeoutMs: 200 } })).rejects.toThrow('it took longer than 0.2 seconds to fetch');
  });

  it('gives up on a name that is never resolved', async () => {
    await expect(fetching('/a', { limits: { timeoutMs: 100 }, network: { resolve: () => new Promise(() => undefined) } })).rejects.toThrow(
      'it took longer than 0.1 seconds',
    );
  });

  it.each([
    ['a status', ((_req, res) => res.writeHead(404).end()) satisfies RequestListener, 'its server answered with status 404'],
    [
      'a type that is not taken',
      ((_req, res) => res.writeHead(200, { 'content-type': 'video/mp4' }).end('x')) satisfies RequestListener,
      'its type, video/mp4, is not taken',
    ],
    [
      'a compressed body',
      ((_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end('x')) satisfies RequestListener,
      'its server sends it compressed',
    ],
    [
      'a body cut short',
      ((_req, res) => res.writeHead(200, { 'content-length': '10' }).write('x', () => res.destroy())) satisfies RequestListener,
      'its server could not be reached or broke off',
    ],
    ['no answer at all', ((_req, res) => res.destroy()) satisfies RequestListener, 'its server could not be reached or broke off'],
  ])('says so of %s', async (_, listener, reason) => {
    answer = listener;
    await expect(fetching('/a')).rejects.toThrow(reason);
  });

  it('says so of a name that does not exist', async () => {
    const resolve = async (): Promise<string[]> => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    };
    await expect(fetching('/a', { network: { resolve } })).rejects.toThrow('its server was not found');
  });
});

describe('an abort', () => {
  it.each([
    ['before the start', () => AbortSignal.abort(new Error('stop'))],
    ['while the name is resolved', () => AbortSignal.timeout(50)],
  ])('rejects with its reason at once %s', async (_, signalOf) => {
    const signal = signalOf();
    await expect(fetching('/a', { signal, network: { resolve: () => new Promise(() => undefined) } })).rejects.toMatchObject({
      message: expect.stringMatching(/stop|aborted due to timeout/),
    });
    expect(server.requests).toHaveLength(0);
  });

  it('hangs up in the middle of a body', async () => {
    const controller = new AbortController();
    let closed = false;
    answer = (_req, res) => {
      res
        .on('close', () => (closed = true))
        .writeHead(200)
        .write('x', () => {
          controller.abort(new Error('stop'));
        });
    };
    await expect(fetching('/a', { signal: controller.signal })).rejects.toThrow('stop');
    await until('the connection is closed', () => closed);
  });
});

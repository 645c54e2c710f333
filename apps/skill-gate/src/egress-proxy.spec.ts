import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EgressPass } from './egress-pass.js';
import { EgressProxy } from './egress-proxy.js';

const folder = new URL('../../../test/support/certificates/', import.meta.url);
const tls = { key: readFileSync(new URL('test-only.key.pem', folder)), cert: readFileSync(new URL('test-only.cert.pem', folder)) };
const MEGABYTE = Buffer.alloc(1024 * 1024);
const portOf = (server: Server): number => (server.address() as AddressInfo).port; // a TCP server's address is an object

describe('the egress proxy', () => {
  let servers: Server[];
  let sockets: Socket[];
  let proxy: EgressProxy;
  let pass: EgressPass;
  let token: string;
  let seen: string[];

  beforeEach(async () => {
    seen = [];
    sockets = [];
    const listener: RequestListener = (request, response) => {
      seen.push(`${request.method ?? ''} ${request.headers.host ?? ''}${request.url ?? ''}`);
      if (request.url === '/large') for (let sent = 0; sent < 80; sent += 1) response.write(MEGABYTE);
      let bytes = 0;
      request
        .on('data', (piece: Buffer) => {
          bytes += piece.length;
        })
        .on('end', () => response.end(`saw ${String(bytes)}`));
    };
    const [plain, secure] = [createHttp(listener), createHttps(tls, listener)];
    const lanes = createServer((socket) => {
      proxy.accept(socket);
    });
    servers = [lanes, plain, secure];
    await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
    proxy = new EgressProxy({
      resolve: async (host) => [host === 'inside.files.test' ? '10.0.0.1' : '127.0.0.1'],
      permits: (address) => address === '127.0.0.1',
      connect: (address, port) => connect(portOf(port === 443 ? secure : plain), address),
    });
    ({ token, pass } = proxy.open(['a.files.test', 'inside.files.test']));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(
      servers.map((server) => {
        server.close();
        return once(server, 'close');
      }),
    );
  });

  function open(greeting = `${token}\n`): Socket {
    const [lanes] = servers;
    const socket = connect(lanes ? portOf(lanes) : 0, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(greeting);
    sockets.push(socket);
    return socket;
  }

  /** What comes back until the connection ends. */
  async function heard(socket: Socket): Promise<string> {
    let said = '';
    socket.on('data', (piece) => {
      said += piece.toString('latin1');
    });
    await once(socket, 'close');
    return said;
  }

  async function say(text: string): Promise<string> {
    const socket = open();
    socket.write(text);
    return heard(socket);
  }

  async function shake(servername: string): Promise<string> {
    const socket = open();
    socket.write('CONNECT a.files.test:443 HTTP/1.1\r\nHost: a.files.test\r\n\r\n');
    await once(socket, 'data');
    const secure = connectTls({ socket, servername, rejectUnauthorized: false });
    const ended = Promise.withResolvers<string>();
    secure
      .once('secureConnect', () => {
        ended.resolve('TLS');
      })
      .once('error', () => {
        ended.resolve('refused');
      })
      .once('close', () => {
        ended.resolve('refused');
      });
    return ended.promise;
  }

  it('a declared host is asked by its name, and neither tokens nor proxy headers go on', async () => {
    expect(
      await say(
        'GET http://A.files.test/x?y=1 HTTP/1.1\r\nHost: b.files.test\r\nProxy-Authorization: Basic x\r\nConnection: close\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen).toEqual(['GET a.files.test/x?y=1']);
  });

  it('what comes with the greeting in one piece is heard, and so is what comes byte by byte', async () => {
    expect(await heard(open(`${token}\nGET http://a.files.test/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`))).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    const socket = open('');
    for (const character of `${token}\nGET http://a.files.test/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`) socket.write(character);
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(['', '\n', 'wrong\n', `${'0'.repeat(48)}\n`, 'x'.repeat(10_000)])(
    'without the token of a call nothing is heard: %.10j',
    async (greeting) => {
      const socket = open(greeting);
      if (greeting === '') socket.end();
      expect(await heard(socket)).toBe('');
    },
  );

  it.each([
    ['GET http://b.files.test/ HTTP/1.1\r\nHost: a.files.test', 'b.files.test is not declared'],
    ['CONNECT b.files.test:443 HTTP/1.1\r\nHost: a.files.test', 'b.files.test is not declared'],
    ['CONNECT a.files.test:22 HTTP/1.1\r\nHost: a.files.test', 'port 22 of a.files.test: only 80 and 443 are open'],
    ['GET http://a.files.test:8080/ HTTP/1.1\r\nHost: a.files.test', 'port 8080 of a.files.test: only 80 and 443 are open'],
    ['CONNECT inside.files.test:443 HTTP/1.1\r\nHost: a.files.test', 'inside.files.test is not on the public internet'],
    ['CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: a.files.test', 'an address, or what is no name, is not a declared host'],
    ['GET https://a.files.test/ HTTP/1.1\r\nHost: a.files.test', 'only http addresses, and tunnels for https, are served'],
    ['GET / HTTP/1.1\r\nHost: a.files.test', 'only http addresses, and tunnels for https, are served'],
    ['CONNECT a.files.test HTTP/1.1\r\nHost: a.files.test', 'an address, or what is no name, is not a declared host'],
  ])('403: %s', async (request, reason) => {
    expect(await say(`${request}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403 /);
    expect([pass.refused, seen]).toEqual([[reason], []]);
  });

  it('a tunnel is for the host that it names: by the name in TLS, by Host in HTTP', async () => {
    expect([await shake('a.files.test'), await shake('A.Files.test'), await shake('b.files.test'), await shake('')]).toEqual([
      'TLS',
      'TLS',
      'refused',
      'refused',
    ]);
    const inTunnel = (host: string): Promise<string> =>
      say(`CONNECT a.files.test:80 HTTP/1.1\r\nHost: a\r\n\r\nGET /t HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await inTunnel('a.files.test')).toMatch(/200 Connection established\r\n\r\nHTTP\/1\.1 200 /);
    expect(await inTunnel('b.files.test')).toMatch(/200 Connection established\r\n\r\nHTTP\/1\.1 403 /);
    expect(pass.refused).toEqual([
      'another name in TLS in a tunnel to a.files.test',
      'TLS without a name in a tunnel to a.files.test',
      'b.files.test was asked for in a tunnel to a.files.test',
    ]);
    expect(seen).toEqual(['GET a.files.test/t']);
  });

  it('what a call sends and gets is bounded together, and beyond it everything of the call is closed', async () => {
    const other = open();
    const closed = once(other, 'close');
    other.resume();
    expect((await say('GET http://a.files.test/large HTTP/1.1\r\nHost: a\r\n\r\n')).length).toBeLessThan(66 * MEGABYTE.length);
    await closed;
    expect(pass.refused).toEqual(['more than 64 MiB over the network']);
  });

  it('connections of a call are bounded, and its end closes them', async () => {
    const opened = Array.from({ length: 20 }, () => open());
    const closed = opened.map((socket) => {
      socket.resume();
      return once(socket, 'close');
    });
    await Promise.all(closed.slice(16));
    expect(pass.refused).toEqual(['more than 16 connections at once, or 100 in all']);
    proxy.close(token);
    await Promise.all(closed);
    expect(await say('GET http://a.files.test/ HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('');
  });
});

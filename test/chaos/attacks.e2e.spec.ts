import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { processEnvironment } from '@openclaw/config';
import { createProcessSystem, type GatewayProcess, type ProcessSystem } from '../support/processes.js';
import { parseResponse, rawRequest, type RawResponse } from '../support/raw-http.js';
import { TestSocket } from '../support/test-socket.js';
import { TEST_TOKEN } from '../support/test-system.js';
import { until } from '../support/until.js';

/** Raise it with OPENCLAW_TEST_SOCKETS as far as the limit of open files allows. */
const SOCKETS = Number(processEnvironment()['OPENCLAW_TEST_SOCKETS'] ?? 2000);
const SOCKETS_UNAUTHENTICATED_MAX = 32;
const CONNECTIONS_MAX = 1000;
const GUESSES_MAX = 30;
const REQUEST_TIMEOUT_MS = 3000;
/** How long anybody else may wait for a reply while an attack goes on, on a slow and busy machine. */
const SERVED_WITHIN_MS = 10_000;
const TWO_GIGABYTES = 2 ** 31;
const BODY_BYTES_MAX = 1_048_576;
const MESSAGE = JSON.stringify({ channel: 'api', message: '/time' });
const JSON_TYPE = { 'content-type': 'application/json' };

/** Attackers come from other addresses of the loopback network, so that what they spend is theirs. */
describe('an attacker is refused, and others are served meanwhile', () => {
  let system: ProcessSystem;
  let gateway: GatewayProcess;
  let customer: Customer;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    system = await createProcessSystem({ OPENCLAW_GATEWAY__LIMITS__REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS) });
    gateway = await system.startGateway();
    await system.startWorker();
    await until('messages are answered', async () => (await sendMessage()).status === 200);
  }, 60_000);
  afterAll(() => system.close());

  beforeEach(() => {
    customer = startCustomer(async () => (await sendMessage()).status);
  });
  afterEach(async () => {
    const { statuses, slowestMs } = await customer.leave();
    for (const socket of sockets.splice(0)) socket.destroy();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(slowestMs).toBeLessThan(SERVED_WITHIN_MS);
  });

  it('403: a page of another origin, on REST and on the WebSocket upgrade', async () => {
    const foreign: readonly Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) {
      await expectRefused(
        rawRequest(gateway.url, { method: 'POST', path: '/api/v1/message', headers: { ...JSON_TYPE, ...headers }, body: MESSAGE }),
        403,
        'forbidden',
      );
      await expectRefused(upgrade('127.0.0.2', headers).received(), 403, 'forbidden');
    }
  });

  it('403: a name that was rebound to this machine, right token or not', async () => {
    for (const host of ['evil.example', 'evil.example:18789', '127.0.0.1.evil.example', 'localhost.evil.example']) {
      await expectRefused(rawRequest(gateway.url, { path: '/api/v1/status', headers: { host } }), 403, 'forbidden');
      await expectRefused(upgrade('127.0.0.2', { host }).received(), 403, 'forbidden');
    }
  });

  it('429: guessing the token from loopback, after 30 guesses; the right one, which has passed, is served beside it', async () => {
    const agent = new Agent({ localAddress: '127.0.0.3' });
    const ask = (token: string): Promise<RawResponse> =>
      rawRequest(gateway.url, { path: '/api/v1/status', headers: { authorization: `Bearer ${token}` }, agent });
    const statuses: number[] = [];
    for (let count = 0; count < GUESSES_MAX; count += 1) statuses.push((await ask(`guess-number-${String(count)}`)).status);
    expect(new Set(statuses)).toEqual(new Set([401]));
    const spent = await until('the budget is spent', async () => {
      const response = await ask('one-guess-more');
      return response.status === 429 && response;
    });
    expect(Number(spent.headers['retry-after'])).toBeGreaterThan(0);
    for (let count = 0; count < 20; count += 1) {
      await ask(`more-guesses-${String(count)}`);
      expect((await ask(TEST_TOKEN)).status).toBe(200);
    }
    agent.destroy();
  });

  it(`many sockets that never authenticate: never more than ${String(SOCKETS_UNAUTHENTICATED_MAX)} of one address, not for long, and a right token gets in among them`, async () => {
    const opened: RawUpgrade[] = [];
    for (let count = 0; count < SOCKETS; count += 1) opened.push(upgrade('127.0.0.4', {}));
    await until('every one is answered', () => opened.every((each) => each.status() !== null || each.closed()), 40_000);
    (await TestSocket.login(gateway.url)).socket.terminate();
    const open = (): RawUpgrade[] => opened.filter((each) => each.status() === 101 && !each.closed());
    expect(opened.some((each) => each.status() === 101)).toBe(true);
    await until('no more than that are left', () => open().length <= SOCKETS_UNAUTHENTICATED_MAX, 20_000);
    await until('those are closed too', () => open().length === 0, 20_000);
  }, 100_000);

  it(`${String(SOCKETS)} idle connections of strangers: ${String(CONNECTIONS_MAX)} at most stay open, and the right token is served on new ones`, async () => {
    const opened: RawConnection[] = [];
    for (let count = 0; count < SOCKETS; count += 1) {
      opened.push(open('127.0.0.8'));
      if (count % 100 === 0) expect((await rawRequest(gateway.url, { path: '/api/v1/health' })).status).toBe(200);
    }
    await until('the rest are cut', () => opened.filter((each) => !each.closed()).length <= CONNECTIONS_MAX, 20_000);
    for (let count = 0; count < 20; count += 1) expect((await rawRequest(gateway.url, { path: '/api/v1/health' })).status).toBe(200);
  }, 60_000);

  it('a flood of requests on one connection, from a stranger or with a right token, is cut off and leaves no trace in the log', async () => {
    const { host } = new URL(gateway.url);
    const lines = (): number => gateway.log.length;
    for (const authorization of ['', 'authorization: Bearer k7Qv2mXw9ZrT4bNc8LsD\r\n']) {
      const before = lines();
      const one = `GET /healthz HTTP/1.1\r\nhost: ${host}\r\n${authorization}\r\n`;
      for (let count = 0; count < 50; count += 1) {
        const attacker = open('127.0.0.9');
        attacker.write(one.repeat(2000));
        await until('cut off', () => attacker.closed(), SERVED_WITHIN_MS);
      }
      const others = gateway.log.slice(before).filter((line) => line['route'] === '/healthz');
      expect(others).toEqual([]);
    }
  }, 60_000);

  it('refusals of one address do not fill the log: some are told one by one, the rest are counted', async () => {
    const agent = new Agent({ localAddress: '127.0.0.10' });
    for (let count = 0; count < 200; count += 1)
      await rawRequest(gateway.url, { path: '/api/v1/status', headers: { authorization: '' }, agent });
    agent.destroy();
    const told = gateway.log.filter((line) => line['address'] === '127.0.0.10');
    expect(told.length).toBe(20);
    expect(told[0]).toMatchObject({ message: 'request', status: 401, route: '/api/v1/status' });
  });

  it('413: a body declared as 2 GB is refused before it is sent', async () => {
    const attacker = open('127.0.0.5');
    attacker.write(head({ ...JSON_TYPE, 'content-length': String(TWO_GIGABYTES) }));
    await until('refused', () => attacker.text().includes('payload_too_large'), SERVED_WITHIN_MS);
    expect(parseResponse(attacker.text()).status).toBe(413);
    await until('closed', () => attacker.closed());
  });

  it('413: a chunked body without end is refused at the limit and cut off', async () => {
    const attacker = open('127.0.0.6');
    attacker.write(head({ ...JSON_TYPE, 'transfer-encoding': 'chunked' }));
    const chunk = 'a'.repeat(65_536);
    await until(
      'cut off',
      () => {
        attacker.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
        return attacker.closed();
      },
      20_000,
    );
    expect(parseResponse(attacker.text()).status).toBe(413);
    expect(attacker.sentBytes()).toBeGreaterThan(BODY_BYTES_MAX);
  }, 30_000);

  it('408: a client that dribbles its head or its body is cut off in the time that is configured', async () => {
    const slow = [open('127.0.0.7'), open('127.0.0.7')] as const;
    slow[0].write('POST /api/v1/message HTTP/1.1\r\n');
    slow[1].write(head({ ...JSON_TYPE, 'content-length': '1000' }));
    const startedAt = performance.now();
    await until(
      'both are cut off',
      () => {
        slow[0].write('x');
        slow[1].write(' ');
        return slow.every((each) => each.closed());
      },
      20_000,
    );
    expect(performance.now() - startedAt).toBeLessThan(REQUEST_TIMEOUT_MS + SERVED_WITHIN_MS);
    for (const each of slow) expect(parseResponse(each.text()).status).toBe(408);
  }, 30_000);

  function sendMessage(): Promise<RawResponse> {
    return rawRequest(gateway.url, { method: 'POST', path: '/api/v1/message', headers: JSON_TYPE, body: MESSAGE });
  }

  async function expectRefused(response: Promise<RawResponse>, status: number, code: string): Promise<void> {
    const received = await response;
    expect(received.status).toBe(status);
    expect(JSON.parse(received.body)).toMatchObject({ error: code, status });
  }

  /** A connection of the attacker, closed at the latest after the test. */
  function open(localAddress: string): RawConnection {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ host: hostname, port: Number(port), localAddress });
    sockets.push(socket);
    return toConnection(socket);
  }

  function upgrade(localAddress: string, headers: Readonly<Record<string, string>>): RawUpgrade {
    const connection = open(localAddress);
    const { host } = new URL(gateway.url);
    const all = {
      host,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    };
    connection.write(`GET /ws HTTP/1.1\r\n${linesOf(all)}\r\n`);
    return {
      ...connection,
      status: () => (connection.text() === '' ? null : parseResponse(connection.text()).status),
      received: async () => {
        await until('the upgrade is answered', () => connection.closed());
        return parseResponse(connection.text());
      },
    };
  }

  function head(headers: Readonly<Record<string, string>>): string {
    const { host } = new URL(gateway.url);
    return `POST /api/v1/message HTTP/1.1\r\n${linesOf({ host, authorization: 'Bearer k7Qv2mXw9ZrT4bNc8LsD', ...headers })}\r\n`;
  }
});

interface RawConnection {
  write(bytes: string): void;
  text(): string;
  sentBytes(): number;
  closed(): boolean;
}

interface RawUpgrade extends RawConnection {
  /** null while nothing was answered. */
  status(): number | null;
  received(): Promise<RawResponse>;
}

interface Customer {
  leave(): Promise<{ statuses: readonly number[]; slowestMs: number }>;
}

function toConnection(socket: Socket): RawConnection {
  let text = '';
  socket.setEncoding('utf8').on('data', (data: string) => {
    text += data;
  });
  socket.on('error', () => undefined); // to be cut off is what these tests are about
  return {
    write: (bytes) => {
      if (socket.writable) socket.write(bytes);
    },
    text: () => text,
    sentBytes: () => socket.bytesWritten,
    closed: () => socket.destroyed || socket.readableEnded,
  };
}

/** Somebody who behaves, and who sends message after message until he leaves. */
function startCustomer(send: () => Promise<number>): Customer {
  const statuses: number[] = [];
  let slowestMs = 0;
  const leaving = new AbortController();
  const going = (async () => {
    while (!leaving.signal.aborted || statuses.length === 0) {
      const sentAt = performance.now();
      statuses.push(await send());
      slowestMs = Math.max(slowestMs, performance.now() - sentAt);
    }
  })();
  return {
    leave: async () => {
      leaving.abort();
      await going;
      return { statuses, slowestMs };
    },
  };
}

function linesOf(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

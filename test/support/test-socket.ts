import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type ClientOptions, WebSocket } from 'ws';
import type { RawResponse } from './raw-http.js';
import { TEST_TOKEN } from './test-system.js';
import { until } from './until.js';

/** A frame as the gateway sent it. */
export type Frame = Readonly<Record<string, unknown>>;

/** The other end of `/ws`: everything that came is kept, and can be waited for. */
export class TestSocket {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  /** How the gateway closed it; null while it is open. */
  closed: { readonly code: number; readonly reason: string } | null = null;

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, options);
    this.socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Frame); // the tests check what is in it
    });
    this.socket.on('error', () => undefined); // refusals and resets are what some tests are about; they look at `closed`
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
  }

  /** Connected, and nothing said yet; null where the upgrade was refused. */
  static async tryOpen(url: string, options: ClientOptions = {}): Promise<TestSocket | null> {
    const client = new TestSocket(url, options);
    await until('the socket opens', () => client.socket.readyState !== WebSocket.CONNECTING);
    return client.socket.readyState === WebSocket.OPEN ? client : null;
  }

  /** Connected, and nothing said yet. */
  static async open(url: string, options: ClientOptions = {}): Promise<TestSocket> {
    const client = await TestSocket.tryOpen(url, options);
    if (!client) throw new Error('the upgrade was refused');
    return client;
  }

  /** Connected and let in. */
  static async login(url: string, token = TEST_TOKEN): Promise<TestSocket> {
    const client = await TestSocket.open(url);
    client.send({ type: 'auth', token });
    await client.next({ type: 'auth_success' });
    return client;
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The first frame with all of these fields, once it is there. */
  async next(fields: Frame, timeoutMs?: number): Promise<Frame> {
    return until(`a frame with ${JSON.stringify(fields)}`, () => this.all(fields)[0], timeoutMs);
  }

  /** The frames so far that have all of these fields. */
  all(fields: Frame): Frame[] {
    return this.frames.filter((frame) => Object.entries(fields).every(([key, value]) => frame[key] === value));
  }

  async untilClosed(timeoutMs?: number): Promise<{ code: number; reason: string }> {
    return until('the socket closes', () => this.closed, timeoutMs);
  }
}

/** An upgrade that must be refused: the HTTP response to it. */
export async function refusedUpgrade(url: string, path = '/ws', options: ClientOptions = {}): Promise<RawResponse> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, options);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]; // ws's own event
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { configSchema, type Scope } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { silentLogger } from '@openclaw/telemetry';
import { WebSocket, WebSocketServer } from 'ws';
import { ClientMemory } from '../http/client-memory.js';
import type { Connection } from './connection.js';
import { FrameDispatcher } from './frame-dispatcher.js';
import { FrameMeter } from './frame-meter.js';
import type { FrameCall } from './frame-request.js';
import { Sockets } from './sockets.js';

const LIMITS = { ...configSchema.parse({}).gateway.limits, sockets_unauthenticated: 2 };
const AUTH = JSON.stringify({ type: 'auth', token: 'read' });

describe('Sockets', () => {
  let server: WebSocketServer;
  let sockets: Sockets;
  const connections: Connection[] = [];

  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    sockets = new Sockets({
      limits: LIMITS,
      version: '1.2.3',
      logger: silentLogger(),
      pingEveryMs: 40,
      meter: new FrameMeter(() => 60_000),
      memory: new ClientMemory(67_108_864, () => undefined),
      tokens: { hold: () => () => undefined },
      authenticator: {
        countFailure: () => undefined,
        authenticateToken: (token) => Promise.resolve({ tokenId: 'tok', person: 'owner', scopes: [token as Scope] }), // the tests send scopes for tokens
      },
    });
    server.on('connection', (socket, request) => {
      connections.push(sockets.open(socket, request.headers['x-address']?.toString() ?? 'here'));
    });
    await once(server, 'listening');
  });
  afterEach(async () => {
    await sockets.close();
    connections.length = 0;
    server.close();
  });

  async function connect(address = 'here', options: { autoPong?: boolean } = {}): Promise<WebSocket> {
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const client = new WebSocket(`ws://127.0.0.1:${String(port)}`, { ...options, headers: { 'x-address': address } });
    await once(client, 'open');
    return client;
  }

  async function login(options: { autoPong?: boolean } = {}): Promise<{ client: WebSocket; connection: Connection }> {
    const client = await connect('here', options);
    client.send(AUTH);
    await once(client, 'message');
    const connection = connections.at(-1);
    if (!connection) throw new Error('no connection');
    return { client, connection };
  }

  it('asks at intervals whether the peer is there, and keeps one that answers', async () => {
    const { client } = await login();
    for (let pings = 0; pings < 5; pings += 1) await once(client, 'ping');
    expect(sockets.size).toBe(1);
    expect(client.readyState).toBe(WebSocket.OPEN);
  });

  it('cuts off a peer that answers no ping', async () => {
    const { client, connection } = await login({ autoPong: false });
    const over = once(connection.signal, 'abort');
    const [code] = (await once(client, 'close')) as [number]; // ws's own event
    expect(code).toBe(1006);
    await over;
    expect(sockets.size).toBe(0);
  });

  it('where one address has more strangers than it may, the one that hesitated longest goes: 1013; other addresses stay', async () => {
    const other = await connect('there');
    const first = await connect();
    const closed = once(first, 'close');
    await connect();
    await connect();
    expect((await closed)[0]).toBe(1013);
    expect(other.readyState).toBe(WebSocket.OPEN);
  });

  it('where strangers come from everywhere, the one that hesitated longest goes: 1013; those let in stay', async () => {
    const { client: admitted } = await login();
    const eldest = await connect('address-0');
    const closed = once(eldest, 'close');
    for (let index = 1; index <= 32; index += 1) await connect(`address-${String(index)}`);
    expect((await closed)[0]).toBe(1013);
    const late = await connect('late');
    late.send(AUTH);
    await once(late, 'message');
    expect(admitted.readyState).toBe(WebSocket.OPEN);
    expect(sockets.size).toBe(2);
  });

  it('closing lets the frame in hand be answered, takes no other, and resolves when all are gone', async () => {
    const { client, connection } = await login();
    const handled: string[] = [];
    const { promise: finish, resolve } = Promise.withResolvers<undefined>();
    const began = new Promise<void>((inHand) => {
      connection.listen(async ({ bytes }) => {
        inHand();
        await finish;
        handled.push(bytes.toString());
        connection.send({ answered: bytes.toString() });
      });
    });
    for (const frame of ['1', '2', '3']) client.send(frame);
    await began;
    const answer = once(client, 'message');
    const closed = once(client, 'close');
    const closing = sockets.close();
    resolve(undefined);
    expect(String((await answer)[0])).toBe('{"answered":"1"}');
    expect((await closed)[0]).toBe(1012);
    await closing;
    expect(handled).toEqual(['1']);
  });

  describe('FrameDispatcher', () => {
    async function exchange(frame: object, handler: (call: FrameCall<unknown>) => Promise<void>): Promise<unknown> {
      const { client, connection } = await login();
      const dispatcher = new FrameDispatcher({ spend: () => Promise.resolve() }, silentLogger(), { frame: () => undefined });
      const handlers = ['cancel', 'subscribe'].map((message) => ({ message, callback: handler, isAckHandledManually: false }));
      connection.listen((arrival) => dispatcher.dispatch(connection, arrival, handlers));
      client.send(JSON.stringify(frame));
      const [data] = (await once(client, 'message')) as [Buffer]; // ws's own event
      return JSON.parse(data.toString());
    }

    it('403: a frame whose scope the token lacks, and its handler is not called', async () => {
      let called = false;
      const handler = (): Promise<void> => {
        called = true;
        return Promise.resolve();
      };
      expect(await exchange({ type: 'cancel', id: 'msg_01h2xcejqtf2nbrexx3vqjhp41', request_id: 'r' }, handler)).toEqual({
        type: 'error',
        error: 'forbidden',
        status: 403,
        message: expect.any(String),
        details: { required_scope: 'message' },
        request_id: 'r',
      });
      expect(called).toBe(false);
    });

    it('a frame whose scope the token has reaches its handler, parsed', async () => {
      const answer = await exchange({ type: 'subscribe', conversation_id: '*' }, ({ frame, request }) => {
        request.reply({ got: frame });
        return Promise.resolve();
      });
      expect(answer).toEqual({ got: { type: 'subscribe', conversation_id: '*' } });
    });

    it('500: a bug in a handler is told without particulars; a Fault is told as it is', async () => {
      const failing = (thrown: Error) => exchange({ type: 'subscribe', conversation_id: '*' }, () => Promise.reject(thrown));
      expect(JSON.stringify(await failing(new Error('secret particulars')))).not.toContain('secret');
      expect(await failing(new Fault('conflict', 'Busy.'))).toMatchObject({ error: 'conflict', message: 'Busy.' });
    });
  });
});

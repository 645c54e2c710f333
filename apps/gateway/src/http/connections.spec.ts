import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Connections } from './connections.js';

const MAX = 3;

/** Both ends of a connection. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

describe('Connections', () => {
  let server: Server;
  let connections: Connections;
  const clients: Socket[] = [];

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    connections = new Connections(MAX);
    connections.watch(server);
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    server.close();
  });

  async function open(localAddress = '127.0.0.1'): Promise<Pair> {
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const accepted = once(server, 'connection');
    const client = connect({ port, host: '127.0.0.1', localAddress });
    client.on('error', () => undefined); // a reset is what some tests are about
    clients.push(client);
    const [socket] = (await accepted) as [Socket]; // node:http's own event
    return { client, server: socket };
  }

  async function isGone({ server: socket }: Pair): Promise<boolean> {
    await new Promise(setImmediate);
    return socket.destroyed;
  }

  it('where one too many comes, the stranger that has been here longest goes', async () => {
    const [first, second, third] = [await open(), await open(), await open()];
    const fourth = await open();
    expect(await Promise.all([first, second, third, fourth].map(isGone))).toEqual([true, false, false, false]);
    expect(connections.size).toBe(MAX);
  });

  it('a crowd of one address makes room with its own: the single stranger of another stays, however old', async () => {
    const single = await open('127.0.0.2');
    const crowd = [await open(), await open(), await open(), await open()];
    expect(await isGone(single)).toBe(false);
    expect(await Promise.all(crowd.map(isGone))).toEqual([true, true, false, false]);
  });

  it('one on which a right token was shown stays, however old', async () => {
    const known = await open();
    connections.know(known.server);
    const strangers = [await open(), await open(), await open(), await open()];
    expect(await isGone(known)).toBe(false);
    expect(await Promise.all(strangers.map(isGone))).toEqual([true, true, false, false]);
  });

  it('where all are known, the one that has been idle longest makes room; one at work does not', async () => {
    const known = [await open(), await open(), await open()];
    for (const { server: socket } of known) connections.know(socket);
    const [busy, used, idle] = known;
    if (!busy || !used || !idle) throw new Error('three were opened');
    connections.begin(busy.server);
    connections.begin(used.server);
    connections.end(used.server);
    const newcomer = await open();
    expect(await Promise.all([busy, used, idle, newcomer].map(isGone))).toEqual([false, false, true, false]);
  });

  it('where all are known and at work, the newcomer goes', async () => {
    const busy = [await open(), await open(), await open()];
    for (const { server: socket } of busy) {
      connections.know(socket);
      connections.begin(socket);
    }
    expect(await isGone(await open())).toBe(true);
    expect(await Promise.all(busy.map(isGone))).toEqual([false, false, false]);
  });

  it('33 requests in hand on one connection are one too many: it is cut; as many one after the other are none', async () => {
    const calm = await open();
    for (let count = 0; count < 100; count += 1) {
      expect(connections.begin(calm.server)).toBe(true);
      connections.end(calm.server);
    }
    const flood = await open();
    const begun = Array.from({ length: 40 }, () => connections.begin(flood.server));
    expect(begun.filter(Boolean)).toHaveLength(32);
    expect(await isGone(flood)).toBe(true);
  });

  it('forgets what is closed', async () => {
    const { client, server: socket } = await open();
    const closed = once(socket, 'close');
    client.destroy();
    await closed;
    expect(connections.size).toBe(0);
  });
});

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire between a system and one of its services, which a test can cut. */
export interface TcpProxy {
  readonly port: number;
  /** Connections break and new ones are reset: the service is down. */
  cut(): void;
  /** Connections stay and new ones are taken, but nothing passes: the network drops packets. */
  freeze(): void;
  /** Everything passes again. Connections that were frozen stay dead. */
  open(): void;
  close(): Promise<void>;
}

/** @param target the service's URL; only host and port count */
export async function createTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  let state: 'open' | 'cut' | 'frozen' = 'open';
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    if (state === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const service = connect({ host: hostname, port: Number(port) });
    const pair = [client, service] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [service, client] as const]) {
      from.on('error', () => undefined); // a cut wire is what this is for
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
      from.pipe(to);
    }
    if (state === 'frozen') freezePair(pair);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const destroyAll = (): void => {
    for (const [client, service] of pairs) {
      client.resetAndDestroy();
      service.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    cut: () => {
      state = 'cut';
      destroyAll();
    },
    freeze: () => {
      state = 'frozen';
      for (const pair of pairs) freezePair(pair);
    },
    open: () => {
      state = 'open';
      destroyAll();
    },
    close: async () => {
      destroyAll();
      server.close();
      await once(server, 'close');
    },
  };
}

/** `url` with the proxy's address in it. */
export function through(proxy: TcpProxy, url: string): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(proxy.port);
  return String(changed);
}

function freezePair([client, service]: readonly [Socket, Socket]): void {
  client.unpipe(service);
  service.unpipe(client);
  client.pause();
  service.pause();
}

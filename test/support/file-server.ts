import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const folder = new URL('certificates/', import.meta.url);
const cert = readFileSync(new URL('test-only.cert.pem', folder), 'utf8');
const key = readFileSync(new URL('test-only.key.pem', folder), 'utf8');

export interface FileServer extends AsyncDisposable {
  readonly port: number;
  /** Every request that arrived, in order. */
  readonly requests: readonly IncomingMessage[];
  /** Connections that were opened, TLS or not. */
  connections(): number;
}

/** The authority that {@link startFileServer}'s certificate is checked against. */
export const testAuthority = cert;

/** An HTTPS server for `files.test` and `*.files.test` on one address of this machine; `listener` answers. */
export async function startFileServer(listener: RequestListener, { host = '127.0.0.1', port = 0 } = {}): Promise<FileServer> {
  const requests: IncomingMessage[] = [];
  let connections = 0;
  const server = createServer({ cert, key }, (req: IncomingMessage, res: ServerResponse) => {
    requests.push(req);
    listener(req, res);
  });
  server.on('connection', () => (connections += 1));
  server.on('tlsClientError', () => undefined); // a client that trusts no such certificate is what some tests want
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port, // a TCP server's address is an object
    requests,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

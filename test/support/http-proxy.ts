import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';

/** A proxy that notes what it was asked for, and takes every name for this machine. */
export interface HttpProxy extends AsyncDisposable {
  readonly url: string;
  /** `CONNECT host:port` for tunnels, `POST http://host/path` for what it asks itself, in order. */
  readonly asked: string[];
  /** What came as Proxy-Authorization. */
  readonly credentials: (string | undefined)[];
}

/** @param refuseWith the status with which it answers everything; 0 for none */
export async function startHttpProxy(refuseWith = 0): Promise<HttpProxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    asked.push(`${req.method ?? ''} ${req.url ?? ''}`);
    credentials.push(req.headers['proxy-authorization']);
    const url = new URL(req.url ?? '');
    if (refuseWith > 0) {
      res.writeHead(refuseWith).end('no');
      return;
    }
    const { 'proxy-authorization': _, ...headers } = req.headers;
    const onward = request(
      { host: '127.0.0.1', port: url.port, path: url.pathname + url.search, method: req.method, headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    req.pipe(onward);
  });
  server.on('connect', (req, socket, head: Buffer) => {
    asked.push(`CONNECT ${req.url ?? ''}`);
    credentials.push(req.headers['proxy-authorization']);
    if (refuseWith > 0) {
      socket.end(`HTTP/1.1 ${String(refuseWith)} No\r\n\r\n`);
      return;
    }
    const onward = connect(Number(/:(\d+)$/.exec(req.url ?? '')?.[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const side of [socket, onward])
      side.on('error', () => {
        socket.destroy();
        onward.destroy();
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    asked,
    credentials,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

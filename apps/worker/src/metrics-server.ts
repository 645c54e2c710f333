import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Config } from '@openclaw/words';
import { METRICS_TYPE } from '@openclaw/telemetry';

const REQUEST_MS = 5000;
const CONNECTIONS_MAX = 16;

/**
 * `GET /metrics`, and nothing else. It asks for no token: a worker has none to compare with, and figures name nobody; where it listens, if
 * at all, is the configuration's to say.
 */
export class MetricsServer {
  readonly #where: Config['worker']['metrics'];
  readonly #server: Server;

  constructor(text: () => Promise<string>, where: Config['worker']['metrics']) {
    this.#where = where;
    this.#server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
      if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
        response.writeHead(404).end();
        return;
      }
      text().then(
        (body) => {
          response.writeHead(200, { 'content-type': METRICS_TYPE, 'cache-control': 'no-store' }).end(body);
        },
        () => {
          response.writeHead(500).end();
        },
      );
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Resolves when it listens. @throws Error where the port is taken */
  async start(): Promise<void> {
    const { port, bind } = this.#where;
    if (port === 0) return;
    this.#server.listen(port, bind);
    await once(this.#server, 'listening');
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

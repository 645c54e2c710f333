import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What the server does with a request, once its body is read. */
export type Behaviour = (res: ServerResponse, req: IncomingMessage) => void;

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** A server that does, request by request, what it was told; the last behaviour stays. */
export class WireServer {
  readonly requests: ReceivedRequest[] = [];
  readonly #server: Server;
  readonly #scheme: string;
  #behaviours: Behaviour[] = [];

  private constructor(tls: { readonly key: string; readonly cert: string } | null) {
    const listener: RequestListener = (req, res) => void this.#answer(req, res);
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
    this.#scheme = tls ? 'https' : 'http';
  }

  static async start(tls: { readonly key: string; readonly cert: string } | null = null): Promise<WireServer> {
    const server = new WireServer(tls);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get origin(): string {
    const address = this.#server.address() as AddressInfo; // it listens on TCP
    return `${this.#scheme}://127.0.0.1:${String(address.port)}`;
  }

  will(...behaviours: readonly Behaviour[]): void {
    this.#behaviours = [...behaviours];
    this.requests.length = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method === 'GET') {
      repliesJson(200, { data: [] })(res, req); // which models there are: nobody's question
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer); // a request without encoding reads as buffers
    this.requests.push({ path: req.url ?? '', headers: req.headers, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
    const behaviour = this.#behaviours.length > 1 ? this.#behaviours.shift() : this.#behaviours[0];
    if (!behaviour) throw new Error('the wire server was asked before it was told what to do');
    behaviour(res, req);
  }
}

/** Sends the frames as a stream and ends it. */
export function streams(frames: readonly string[]): Behaviour {
  return (res) => {
    begin(res, frames);
    res.end();
  };
}

/** Sends the frames and then nothing, for as long as the client stays. */
export function stallsAfter(frames: readonly string[]): Behaviour {
  return (res) => {
    begin(res, frames);
  };
}

/** Sends the frames and resets the connection. */
export function resetsAfter(frames: readonly string[]): Behaviour {
  return (res, req) => {
    begin(res, frames);
    // Once the frames are with the kernel: a reset may overtake what is still in our own buffer.
    res.write(': reset\n\n', () => setImmediate(() => req.socket.resetAndDestroy()));
  };
}

/** Takes the request and says nothing at all. */
export const neverAnswers: Behaviour = () => undefined;

export function repliesJson(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (res) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers });
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

function begin(res: ServerResponse, frames: readonly string[]): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.flushHeaders();
  for (const frame of frames) res.write(frame);
}

/**
 * a skill's client ─► 127.0.0.1:3128 in its lane ─► Unix socket: token, then HTTP ─► declared? port? public? ─► out
 *
 *   GET http://host/…   asked of the host, by its name
 *   CONNECT host:443    the name in the ClientHello must be the host's: one that is allowed may front for others
 *   CONNECT host:80     HTTP is read in there too, and its Host must be the host's
 */
import { createServer, type IncomingMessage, request as ask, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { EgressPass } from './egress-pass.js';
import { readHello } from './read-hello.js';
import { nameOf, permitHost, RefusedError, type Network } from './permit-host.js';

const TOKEN_BYTES = 24;
const NEWLINE = 10;
const GREETING_MS = 5000;
const CONNECT_MS = 10_000;
const IDLE_MS = 60_000;
/** What a request and its answer count beside their bodies. */
const HEAD_BYTES = 1024;
/** What goes from hop to hop and is not passed on (RFC 9110 §7.6.1). */
const OF_THE_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whose connection it is; `host` where it is a tunnel to one, in which HTTP is spoken. */
interface Passage {
  readonly pass: EgressPass;
  readonly host: string | null;
}

/** The only way out for skills: HTTP, for the calls that it gave a token. */
export class EgressProxy {
  readonly #network: Network;
  readonly #passes = new Map<string, EgressPass>();
  readonly #passages = new WeakMap<Duplex, Passage>();
  readonly #http: Server;

  constructor(network: Network) {
    this.#network = network;
    this.#http = createServer({ headersTimeout: GREETING_MS, requestTimeout: 0, keepAliveTimeout: GREETING_MS }, (request, response) => {
      this.#forward(request, response).catch((thrown: unknown) => {
        this.#refuse(request.socket, thrown, response);
      });
    });
    this.#http.on('connect', (request, socket, head) => {
      socket.on('error', () => undefined);
      this.#tunnel(request.url ?? '', socket, head).catch((thrown: unknown) => {
        this.#refuse(socket, thrown, null);
      });
    });
  }

  /** Lets a call out. @returns its token, and its pass, which {@link close} ends */
  open(hosts: readonly string[]): { readonly token: string; readonly pass: EgressPass } {
    const opened = { token: randomBytes(TOKEN_BYTES).toString('hex'), pass: new EgressPass(hosts) };
    this.#passes.set(opened.token, opened.pass);
    return opened;
  }

  close(token: string): void {
    this.#passes.get(token)?.end();
    this.#passes.delete(token);
  }

  /** Takes a connection of a lane, which begins with a token and a new line. */
  accept(socket: Socket): void {
    socket.setTimeout(IDLE_MS, () => socket.destroy()).on('error', () => undefined);
    let greeting = Buffer.alloc(0);
    const read = (piece: Buffer): void => {
      greeting = Buffer.concat([greeting, piece]);
      const end = greeting.indexOf(NEWLINE);
      if (end < 0 && greeting.length <= 2 * TOKEN_BYTES) return;
      socket.off('data', read);
      const pass = this.#passes.get(greeting.toString('latin1', 0, Math.max(end, 0)));
      if (pass) this.#take(socket, pass, greeting.subarray(end + 1));
      else socket.destroy();
    };
    socket.on('data', read);
  }

  #take(socket: Socket, pass: EgressPass, head: Buffer): void {
    pass.admit(socket);
    if (!socket.destroyed) this.#serve(socket, { pass, host: null }, head);
  }

  #serve(socket: Duplex, passage: Passage, head: Buffer): void {
    this.#passages.set(socket, passage);
    if (head.length > 0) socket.unshift(head);
    this.#http.emit('connection', socket);
    socket.resume();
  }

  #passageOf(socket: Duplex): Passage {
    const passage = this.#passages.get(socket);
    if (!passage) throw new RefusedError('the call is over');
    return passage;
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pass, host: tunnelled } = this.#passageOf(request.socket);
    const url = targetOf(request, tunnelled);
    const host = nameOf(url.hostname);
    if (tunnelled !== null && host !== tunnelled) throw new RefusedError(`${host} was asked for in a tunnel to ${tunnelled}`);
    const port = Number(url.port || 80);
    const address = await permitHost(host, port, pass.hosts, this.#network);
    const headers = { ...Object.fromEntries(Object.entries(request.headers).filter(([name]) => !OF_THE_HOP.has(name))), host: url.host };
    const asked = ask({
      createConnection: () => this.#connect(address, port, pass),
      method: request.method,
      path: url.pathname + url.search,
      headers,
      timeout: IDLE_MS,
    });
    asked
      .on('timeout', () => asked.destroy())
      .on('error', () => {
        answer(response, 502, `${host} cannot be reached`);
      });
    asked.on('response', (answered) => {
      answered
        .on('data', (piece: Buffer) => {
          pass.spend(piece.length);
        })
        .on('error', () => response.destroy());
      response.writeHead(
        answered.statusCode ?? 502,
        Object.fromEntries(Object.entries(answered.headers).filter(([name]) => !OF_THE_HOP.has(name))),
      );
      answered.pipe(response);
    });
    response.on('close', () => asked.destroy());
    pass.spend(HEAD_BYTES);
    request
      .on('data', (piece: Buffer) => {
        pass.spend(piece.length);
      })
      .pipe(asked);
  }

  async #tunnel(authority: string, socket: Duplex, head: Buffer): Promise<void> {
    const { pass } = this.#passageOf(socket);
    const [, given = '', port = ''] = /^([^:]{1,255}):(\d{1,5})$/.exec(authority) ?? [];
    const host = nameOf(given);
    const address = await permitHost(host, Number(port), pass.hosts, this.#network);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (port === '80') {
      this.#serve(socket, { pass, host }, head);
      return;
    }
    const { hello, name } = await readHello(socket, head, GREETING_MS);
    if (name !== host) throw new RefusedError(`${name === null ? 'TLS without a name' : 'another name in TLS'} in a tunnel to ${host}`);
    const far = this.#connect(address, Number(port), pass);
    far
      .on('data', (piece: Buffer) => {
        pass.spend(piece.length);
      })
      .once('close', () => socket.destroy());
    socket
      .on('data', (piece: Buffer) => {
        pass.spend(piece.length);
      })
      .once('close', () => far.destroy());
    far.write(hello);
    socket.pipe(far).pipe(socket);
  }

  /** A connection that belongs to a call. It ends with it, and where nothing is said for long. */
  #connect(address: string, port: number, pass: EgressPass): Socket {
    const far = this.#network.connect(address, port);
    const opening = setTimeout(() => far.destroy(), CONNECT_MS);
    far
      .once('connect', () => {
        clearTimeout(opening);
      })
      .once('close', () => {
        clearTimeout(opening);
      });
    far.setTimeout(IDLE_MS, () => far.destroy()).on('error', () => undefined);
    pass.admit(far);
    return far;
  }

  /** Says no, keeps why for whoever called the skill, and closes. */
  #refuse(socket: Duplex, thrown: unknown, response: ServerResponse | null): void {
    const reason = thrown instanceof RefusedError ? thrown.message : 'The request was not understood.';
    if (thrown instanceof RefusedError) this.#passages.get(socket)?.pass.refuse(reason);
    if (response) answer(response, 403, reason);
    else
      socket
        .resume()
        .end(
          `HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: ${String(Buffer.byteLength(reason))}\r\nconnection: close\r\n\r\n${reason}`,
        );
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(text);
}

function targetOf({ url = '', headers: { host = '' } }: IncomingMessage, tunnelled: string | null): URL {
  const target = URL.parse(tunnelled === null ? url : `http://${host}${url}`);
  if (target?.protocol !== 'http:') throw new RefusedError('only http addresses, and tunnels for https, are served');
  return target;
}

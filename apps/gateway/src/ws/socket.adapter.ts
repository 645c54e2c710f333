import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketAdapter, WsMessageHandler } from '@nestjs/common';
import { type Config, FRAME_BYTES_MAX } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { WebSocketServer } from 'ws';
import { headersOf } from '../http/error.filter.js';
import type { Connections } from '../http/connections.js';
import { checkHostAndOrigin, pathOf } from '../http/host-and-origin.js';
import { rawResponse } from '../http/raw-response.js';
import { requestIdOf } from '../http/request-id.js';
import type { RequestLine, RequestLog } from '../http/request-log.js';
import type { Connection } from './connection.js';
import type { FrameDispatcher } from './frame-dispatcher.js';
import type { Sockets } from './sockets.js';

export interface SocketAdapterOptions {
  readonly server: Server;
  readonly gateway: Config['gateway'];
  readonly sockets: Sockets;
  readonly connections: Pick<Connections, 'begin' | 'know'>;
  readonly dispatcher: FrameDispatcher;
  readonly isDraining: () => boolean;
  readonly requestLog: RequestLog;
}

/** Where Nest binds one gateway: what to do with each socket that is opened at its path. */
interface SocketDoor {
  readonly path: string;
  onOpen: (connection: Connection) => void;
}

/** A frame may come in so many pieces; each costs memory of its own, however small. */
const PIECES = { maxFragments: 1024, maxBufferedChunks: 16_384 };
/** What a stranger may send: enough for an auth frame and no more to keep in memory. */
const STRANGER_BYTES_MAX = 32_768;

/**
 * upgrade ─► Host and Origin ─► draining ─► path ─► 101 ─► auth ─► frames, to their handlers
 *
 * Nest's WebSockets over `ws`, on the port of the HTTP server, in the frames of our contract. What is refused before the upgrade
 * is refused as over REST.
 */
export class SocketAdapter implements WebSocketAdapter<SocketDoor, Connection, { path?: string }> {
  readonly #options: SocketAdapterOptions;
  readonly #doors = new Map<string, SocketDoor>();
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
    ...PIECES,
  });

  constructor(options: SocketAdapterOptions) {
    this.#options = options;
    options.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket, head);
    });
    this.#upgrader.on('headers', (headers: string[], request: IncomingMessage) => headers.push(`X-Request-Id: ${requestIdOf(request)}`));
    this.#upgrader.on('wsClientError', ({ message }: Error, socket: Duplex, request: IncomingMessage) => {
      this.#refuse(request, socket, new Fault('bad_request', `This is not a WebSocket handshake: ${message}.`));
    });
  }

  create(_port: number, { path = '/' }: { path?: string } = {}): SocketDoor {
    const door: SocketDoor = { path, onOpen: () => undefined };
    this.#doors.set(path, door);
    return door;
  }

  bindClientConnect(door: SocketDoor, callback: (connection: Connection) => void): void {
    door.onOpen = callback;
  }

  bindClientDisconnect(connection: Connection, callback: () => void): void {
    connection.onClosed(callback);
  }

  bindMessageHandlers(connection: Connection, handlers: WsMessageHandler[]): void {
    connection.listen((arrival) => this.#options.dispatcher.dispatch(connection, arrival, handlers));
  }

  /** Called by Nest before the HTTP server closes: that one waits for all sockets to be gone. */
  async close(): Promise<void> {
    await this.#options.sockets.close();
  }

  /** Nothing else to let go of; Nest calls it. */
  async dispose(): Promise<void> {
    await Promise.resolve();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    request.headers['x-request-id'] = requestIdOf(request); // whoever asks again gets the same
    const address = request.socket.remoteAddress ?? '';
    try {
      const door = this.#findDoor(request);
      this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = this.#options.sockets.open(webSocket, address, () => {
          this.#admitted(request);
        });
        countArrivals(socket, connection);
        boundStranger(socket, connection);
        door.onOpen(connection);
      });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#refuse(request, socket, thrown);
    }
  }

  /** @throws the Fault of the first check that fails */
  #findDoor(request: IncomingMessage): SocketDoor {
    const { gateway, isDraining } = this.#options;
    checkHostAndOrigin(request, gateway);
    if (isDraining()) throw new Fault('service_unavailable', 'The gateway is shutting down. Try again in a few seconds.');
    const [path = ''] = pathOf(request.url ?? '').split('?', 1);
    const door = this.#doors.get(path);
    if (!door) throw new Fault('not_found', 'There is no WebSocket at this path. Use /ws.');
    return door;
  }

  #refuse(request: IncomingMessage, socket: Duplex, fault: Fault): void {
    const body = fault.toBody();
    const destroy = (): void => {
      socket.destroy();
    };
    socket.once('error', destroy); // gone already: there is nobody to tell
    socket.once('finish', destroy);
    socket.end(rawResponse(body, { ...headersOf(fault), 'x-request-id': requestIdOf(request) }));
    this.#options.requestLog.stranger(this.#lineOf(request, body.status), request.socket.remoteAddress ?? '');
  }

  /** One log line for each socket, once somebody is at the other end; strangers could fill the log. */
  #admitted(request: IncomingMessage): void {
    const { connections, requestLog } = this.#options;
    connections.know(request.socket);
    connections.begin(request.socket); // it is in use for as long as it is open
    requestLog.known(this.#lineOf(request, 101));
  }

  #lineOf(request: IncomingMessage, status: number): RequestLine {
    const [path = ''] = pathOf(request.url ?? '').split('?', 1);
    return { request_id: requestIdOf(request), method: 'GET', route: this.#doors.has(path) ? path : 'unknown', status };
  }
}

/** Cuts off a peer that sends more than a token before it has named itself: 1 MiB each from many would fill the memory. */
function boundStranger(socket: Duplex, connection: Connection): void {
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (connection.hasAsked) socket.off('data', count);
    else if (bytes > STRANGER_BYTES_MAX) connection.refuse(new Fault('unauthorized', 'Send an auth frame before anything else.'));
  };
  socket.on('data', count);
}

/** Counts what comes before ws has put it together: a frame that is never completed is memory all the same. */
function countArrivals(socket: Duplex, connection: Connection): void {
  socket.prependListener('data', (chunk: Buffer) => {
    connection.received(chunk.length);
  });
}

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '@openclaw/auth';

/** Requests that may wait on one connection: who sends more before reading floods, and would be answered at the cost of others. */
const PIPELINED_MAX = 32;

/**
 * Every open connection, WebSockets included: strangers, on which nobody has shown a token yet, and known ones. There are never more
 * than `max`: where one too many comes, of the address that has most strangers here the one that came first goes, then the known one
 * that has been idle longest; only where all of them are at work the newcomer itself goes. So a crowd that holds connections open
 * keeps nobody with a token out.
 */
export class Connections {
  readonly #max: number;
  readonly #strangers = new Map<Socket, string>();
  /** The strangers of each address, oldest first. */
  readonly #strangersOf = new Map<string, Set<Socket>>();
  /** Least recently used first. */
  readonly #known = new Set<Socket>();
  /** Requests in hand on each connection that has any. */
  readonly #inHand = new Map<Socket, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes in every connection that is made to `server`. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#meet(socket);
      socket.once('close', () => {
        this.#forget(socket);
      });
      if (this.size > this.#max) this.#cut(this.#leastNeeded(socket));
    });
  }

  /** How many are open. */
  get size(): number {
    return this.#strangers.size + this.#known.size;
  }

  isKnown(socket: Socket): boolean {
    return this.#known.has(socket);
  }

  /** Somebody showed a right token on it. */
  know(socket: Socket): void {
    if (this.#part(socket)) this.#known.add(socket);
  }

  /** A request came. @returns false where it is one too many for this connection, which has been cut by then */
  begin(socket: Socket): boolean {
    if (socket.destroyed) return false;
    const count = (this.#inHand.get(socket) ?? 0) + 1;
    if (count > PIPELINED_MAX) {
      this.#cut(socket);
      return false;
    }
    this.#inHand.set(socket, count);
    return true;
  }

  /** A request of {@link begin} is over. */
  end(socket: Socket): void {
    const count = (this.#inHand.get(socket) ?? 1) - 1;
    if (count > 0) this.#inHand.set(socket, count);
    else this.#inHand.delete(socket);
    if (this.#known.delete(socket)) this.#known.add(socket);
  }

  #meet(socket: Socket): void {
    const network = networkOf(socket.remoteAddress ?? '');
    this.#strangers.set(socket, network);
    this.#strangersOf.set(network, (this.#strangersOf.get(network) ?? new Set()).add(socket));
  }

  /** @returns whether it was a stranger */
  #part(socket: Socket): boolean {
    const network = this.#strangers.get(socket) ?? '';
    const others = this.#strangersOf.get(network);
    others?.delete(socket);
    if (others?.size === 0) this.#strangersOf.delete(network);
    return this.#strangers.delete(socket);
  }

  #leastNeeded(newcomer: Socket): Socket {
    let crowd = new Set<Socket>();
    for (const strangers of this.#strangersOf.values()) if (strangers.size > crowd.size) crowd = strangers;
    const [oldest] = crowd;
    if (oldest && oldest !== newcomer) return oldest;
    for (const socket of this.#known) if (!this.#inHand.has(socket)) return socket;
    return newcomer;
  }

  #cut(socket: Socket): void {
    this.#forget(socket);
    socket.destroy();
  }

  #forget(socket: Socket): void {
    this.#part(socket);
    this.#known.delete(socket);
    this.#inHand.delete(socket);
  }
}

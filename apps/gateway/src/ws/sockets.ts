import { type Authenticator, rateLimited } from '@openclaw/auth';
import type { Config, Principal } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { Logger } from '@openclaw/telemetry';
import type { WebSocket } from 'ws';
import { Connection } from './connection.js';
import type { FrameMeter } from './frame-meter.js';

export interface SocketsOptions {
  readonly limits: Config['gateway']['limits'];
  readonly authenticator: Pick<Authenticator, 'checkBudget' | 'authenticateToken' | 'countFailure'>;
  readonly meter: FrameMeter;
  readonly version: string;
  readonly logger: Logger;
  /** How often a socket is asked whether its peer is still there; 30 s by default. */
  readonly pingEveryMs?: number;
}

const PING_EVERY_MS = 30_000;
/** Times the bound on one address: sockets of all addresses together that have not yet authenticated. */
const ADDRESSES = 16;
const RETRY_MS = 1000;

/**
 * Every open socket: those that have yet to say who they are, and those let in. Strangers are few, short-lived, and never at the
 * cost of those let in: where too many come from everywhere, the one that hesitated longest goes first.
 */
export class Sockets {
  readonly #options: SocketsOptions;
  /** Oldest first. */
  readonly #strangers = new Set<Connection>();
  readonly #strangersOf = new Map<string, number>();
  readonly #admitted = new Set<Connection>();
  readonly #pinging: NodeJS.Timeout;

  constructor(options: SocketsOptions) {
    this.#options = options;
    this.#pinging = setInterval(() => {
      for (const connection of this.#admitted) connection.ping();
    }, options.pingEveryMs ?? PING_EVERY_MS).unref();
  }

  /** Those let in. */
  get size(): number {
    return this.#admitted.size;
  }

  /** @throws Fault `rate_limited` where this address has as many strangers here as it may, or has guessed too often */
  checkRoom(address: string): void {
    this.#options.authenticator.checkBudget(address);
    const max = this.#options.limits.sockets_unauthenticated;
    if ((this.#strangersOf.get(address) ?? 0) < max) return;
    throw rateLimited('Too many sockets of this address have not authenticated. Use one of them, or wait.', max, RETRY_MS, Date.now() + RETRY_MS);
  }

  /** Takes in a socket of an address that {@link checkRoom} let pass. */
  open(socket: WebSocket, address: string): Connection {
    const { limits, meter, version, logger } = this.#options;
    const connection = new Connection(socket, {
      address,
      version,
      bufferBytes: limits.stream_buffer_bytes,
      authTimeoutMs: limits.socket_auth_timeout_ms,
      admit: (token, asking) => this.#admit(token, asking),
      onUnreadable: () => {
        this.#options.authenticator.countFailure(address);
      },
      meter,
      onClosing: (code) => {
        logger.info({ code }, 'socket closing');
      },
    });
    this.#strangers.add(connection);
    this.#strangersOf.set(address, (this.#strangersOf.get(address) ?? 0) + 1);
    connection.onClosed(() => {
      this.#forgetStranger(connection);
      this.#admitted.delete(connection);
    });
    this.#makeRoom();
    return connection;
  }

  /** Closes them all with 1012, each after the frame in hand. Resolves when none is left. */
  async close(): Promise<void> {
    clearInterval(this.#pinging);
    await Promise.all([...this.#strangers, ...this.#admitted].map((connection) => connection.leave()));
  }

  /** @throws Fault `unauthorized`, `rate_limited`, or `service_unavailable` where as many are in as may be */
  #admit(token: string, connection: Connection): Principal {
    const principal = this.#options.authenticator.authenticateToken(token, connection.address);
    if (this.#admitted.size >= this.#options.limits.sockets) {
      throw new Fault('service_unavailable', 'Too many sockets are open. Try again in a few seconds, or raise gateway.limits.sockets.');
    }
    this.#forgetStranger(connection);
    this.#admitted.add(connection);
    return principal;
  }

  #makeRoom(): void {
    const [oldest] = this.#strangers;
    if (!oldest || this.#strangers.size <= this.#options.limits.sockets_unauthenticated * ADDRESSES) return;
    oldest.refuse(new Fault('service_unavailable', 'Too many sockets wait to authenticate. Try again.'));
    this.#forgetStranger(oldest);
  }

  #forgetStranger(connection: Connection): void {
    if (!this.#strangers.delete(connection)) return;
    const left = (this.#strangersOf.get(connection.address) ?? 1) - 1;
    if (left > 0) this.#strangersOf.set(connection.address, left);
    else this.#strangersOf.delete(connection.address);
  }
}

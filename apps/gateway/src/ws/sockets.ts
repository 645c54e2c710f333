import { type Authenticator, type IssuedTokens, networkOf } from '@openclaw/auth';
import type { Config, Principal } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { Logger } from '@openclaw/telemetry';
import type { WebSocket } from 'ws';
import type { ClientMemory } from '../http/client-memory.js';
import { Connection } from './connection.js';
import type { FrameMeter } from './frame-meter.js';

export interface SocketsOptions {
  readonly limits: Config['gateway']['limits'];
  readonly authenticator: Pick<Authenticator, 'authenticateToken' | 'countFailure'>;
  /** Tells when the token of a socket ends. */
  readonly tokens: Pick<IssuedTokens, 'hold'>;
  readonly meter: FrameMeter;
  readonly memory: ClientMemory;
  readonly version: string;
  readonly logger: Logger;
  /** How often a socket is asked whether its peer is still there; 30 s by default. */
  readonly pingEveryMs?: number;
}

const PING_EVERY_MS = 30_000;
/** Times the bound on one address: sockets of all addresses together that have not yet authenticated. */
const ADDRESSES = 16;

/**
 * Every open socket: those that have yet to say who they are, and those let in. Strangers are few, short-lived, and never at the
 * cost of those let in: where too many come, of one address or from everywhere, the one that hesitated longest goes first, so that
 * whoever comes with a token finds room.
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

  /** Takes in a socket. @param onAdmitted called once, when it has shown a right token */
  open(socket: WebSocket, address: string, onAdmitted: () => void = () => undefined): Connection {
    const { limits, meter, memory, version, logger } = this.#options;
    const connection = new Connection(socket, {
      address,
      version,
      bufferBytes: limits.stream_buffer_bytes,
      authTimeoutMs: limits.socket_auth_timeout_ms,
      admit: async (token, asking) => {
        const principal = await this.#admit(token, asking);
        onAdmitted();
        return principal;
      },
      onUnreadable: () => {
        this.#options.authenticator.countFailure(address);
      },
      meter,
      memory: memory.open(() => {
        socket.terminate();
      }),
      onClosing: (code) => {
        if (this.#admitted.has(connection)) logger.info({ code }, 'socket closing');
      },
    });
    this.#strangers.add(connection);
    const network = networkOf(address);
    this.#strangersOf.set(network, (this.#strangersOf.get(network) ?? 0) + 1);
    connection.onClosed(() => {
      this.#forgetStranger(connection);
      this.#admitted.delete(connection);
    });
    this.#makeRoom(network);
    return connection;
  }

  /** Closes them all with 1012, each after the frame in hand. Resolves when none is left. */
  async close(): Promise<void> {
    clearInterval(this.#pinging);
    await Promise.all([...this.#strangers, ...this.#admitted].map((connection) => connection.leave()));
  }

  /** @throws Fault `unauthorized`, `rate_limited`, or `service_unavailable` where as many are in as may be */
  async #admit(token: string, connection: Connection): Promise<Principal> {
    const principal = await this.#options.authenticator.authenticateToken(token, connection.address);
    if (connection.signal.aborted) throw new Fault('unauthorized', 'The socket was closed before it was let in.');
    if (this.#admitted.size >= this.#options.limits.sockets) {
      throw new Fault('service_unavailable', 'Too many sockets are open. Try again in a few seconds, or raise gateway.limits.sockets.');
    }
    this.#forgetStranger(connection);
    this.#admitted.add(connection);
    connection.onClosed(
      this.#options.tokens.hold(principal.tokenId, (why) => {
        connection.expel(why);
      }),
    );
    return principal;
  }

  #makeRoom(network: string): void {
    const max = this.#options.limits.sockets_unauthenticated;
    const strangers = [...this.#strangers];
    if ((this.#strangersOf.get(network) ?? 0) > max) this.#dismiss(strangers.find(({ address }) => networkOf(address) === network));
    else if (strangers.length > max * ADDRESSES) this.#dismiss(strangers[0]);
  }

  #dismiss(stranger: Connection | undefined): void {
    if (!stranger) return;
    stranger.dismiss(
      new Fault('service_unavailable', 'Too many sockets wait to authenticate. Try again, and send the auth frame at once.'),
    );
    this.#forgetStranger(stranger);
  }

  #forgetStranger(connection: Connection): void {
    if (!this.#strangers.delete(connection)) return;
    const network = networkOf(connection.address);
    const left = (this.#strangersOf.get(network) ?? 1) - 1;
    if (left > 0) this.#strangersOf.set(network, left);
    else this.#strangersOf.delete(network);
  }
}

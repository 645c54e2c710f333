import { networkOf } from '@openclaw/auth';
import type { Logger } from '@openclaw/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isAuthenticated } from './caller.js';

/** What one line tells of a request: never its query or body. */
export interface RequestLine {
  readonly request_id: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly duration_ms?: number;
  /** Of a socket, the type of the frame. */
  readonly frame?: string;
}

const RATE_LIMITED = 429;
const WINDOW_MS = 60_000;
const REFUSALS_LOGGED = 20;
/** Networks that are counted one by one; all others share one count. */
const NETWORKS_MAX = 1000;
const OTHERS = 'others';
/** The route of what has none: one, whatever was asked for. */
const UNMATCHED = 'unmatched';

/**
 * One line for each request, when its reply is over. Two kinds are not worth one each, since anybody can cause as many as he likes
 * and with them push every other line out of a log of limited size: answers of the open routes are not logged, and of the refusals
 * of one network {@link REFUSALS_LOGGED} a minute are, then one line says how many there were beside.
 */
export class RequestLog {
  readonly #logger: Logger;
  readonly #count: (line: RequestLine) => void;
  #refusals = new Map<string, number>();

  /** @param count hears of every request, those that are worth no line too */
  constructor(logger: Logger, count: (line: RequestLine) => void = () => undefined) {
    this.#logger = logger;
    this.#count = count;
  }

  /** To be called as the request comes: `close` comes for each reply, also where the client has gone before it. */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    const address = request.raw.socket.remoteAddress ?? ''; // a closed socket knows it no more
    reply.raw.once('close', () => {
      const line = {
        request_id: request.id,
        method: request.method,
        route: request.routeOptions.url ?? UNMATCHED,
        status: reply.raw.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 10) / 10,
      };
      this.#count(line);
      if (!isAuthenticated(request)) this.stranger(line, address);
      else if (line.status === RATE_LIMITED) this.refused(line, address);
      else this.known(line);
    });
  }

  /** A frame of a socket that was answered. */
  frame(line: RequestLine): void {
    this.#count(line);
    this.known(line);
  }

  known(line: RequestLine): void {
    this.#logger.info(line, 'request');
  }

  /** A request on which nobody showed a token: it was refused, or it went to an open route. */
  stranger(line: RequestLine, address: string): void {
    if (line.status >= 400) this.refused(line, address);
  }

  /** Logs the line unless its network has had enough of them in this minute. */
  refused(line: RequestLine, address: string): void {
    const network = networkOf(address);
    const key = this.#refusals.has(network) || this.#refusals.size < NETWORKS_MAX ? network : OTHERS;
    const count = (this.#refusals.get(key) ?? 0) + 1;
    this.#refusals.set(key, count);
    if (count === 1 && this.#refusals.size === 1)
      setTimeout(() => {
        this.#closeWindow();
      }, WINDOW_MS).unref();
    if (count <= REFUSALS_LOGGED) this.#logger.info({ ...line, address }, 'request');
  }

  #closeWindow(): void {
    for (const [network, count] of this.#refusals) {
      if (count > REFUSALS_LOGGED) this.#logger.info({ network, count: count - REFUSALS_LOGGED }, 'more requests were refused');
    }
    this.#refusals = new Map();
  }
}

import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';

/** What notices need of Redis. */
export interface NoticesOptions {
  /** A `command` connection. */
  readonly redis: Redis;
  /** A `blocking` connection of its own; closed by {@link RevocationNotices.stop}. */
  readonly connect: () => Redis;
  /** First part of the channel. */
  readonly prefix: string;
  readonly logger: Logger;
}

/**
 * Tells every gateway that tokens were revoked. A notice names none: it has whoever hears it look in Postgres, so that a forged one does no
 * harm, and a lost one costs a second, since every gateway looks that often anyway.
 */
export class RevocationNotices {
  readonly #options: NoticesOptions;
  readonly #channel: string;
  #connection: Redis | null = null;

  constructor(options: NoticesOptions) {
    this.#options = options;
    this.#channel = `${options.prefix}:tokens`;
  }

  /** Calls `hear` at each notice, and when Redis is back: there may have been some meanwhile. */
  start(hear: () => void): void {
    const connection = this.#options.connect();
    this.#connection = connection;
    connection.on('message', hear);
    connection.on('ready', hear);
    connection.subscribe(this.#channel).catch((err: unknown) => {
      this.#options.logger.debug({ err }, 'revocations are not heard, and are looked for alone');
    });
  }

  /** Does not wait and never fails. */
  tell(): void {
    this.#options.redis.publish(this.#channel, '').catch((err: unknown) => {
      this.#options.logger.debug({ err }, 'a revocation was not told, and will be found');
    });
  }

  stop(): void {
    this.#connection?.disconnect();
  }
}

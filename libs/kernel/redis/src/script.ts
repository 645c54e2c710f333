import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A Lua script, which Redis runs as a whole or not at all. Its text travels once; from then on its hash stands for it. */
export class Script {
  readonly #source: string;
  readonly #sha: string;

  constructor(source: string) {
    this.#source = source;
    this.#sha = hash('sha1', source);
  }

  /** What the script returns. Rejects where Redis is out of reach. */
  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return redis.evalsha(this.#sha, keys.length, ...keys, ...args).catch((thrown: unknown) => {
      if (!Error.isError(thrown) || !thrown.message.startsWith('NOSCRIPT')) throw thrown;
      return redis.eval(this.#source, keys.length, ...keys, ...args); // a Redis that was started anew knows no scripts
    });
  }
}

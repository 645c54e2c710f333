import { Unreachable } from '@openclaw/errors';
import type { Chore } from '@openclaw/feature';
import type { Logger } from '@openclaw/telemetry';

const EVERY_MS = 1000;

/** What the features look after beside the requests: each every second, and none twice at once. */
export class Chores {
  readonly #logger: Logger;
  readonly #going = new Map<Chore, Promise<void>>();
  readonly #failing = new Set<Chore>();
  #timer: NodeJS.Timeout | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  start(chores: readonly Chore[]): void {
    this.#timer = setInterval(() => {
      for (const chore of chores) if (!this.#going.has(chore)) this.#going.set(chore, this.#run(chore));
    }, EVERY_MS);
  }

  /** Resolves when what is in hand is done. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await Promise.all(this.#going.values());
  }

  /** Never rejects. What fails is said once, until it goes well again. */
  async #run(chore: Chore): Promise<void> {
    await chore.run().then(
      () => this.#failing.delete(chore),
      (err: unknown) => {
        const isNews = !(err instanceof Unreachable) && !this.#failing.has(chore);
        if (isNews) this.#failing.add(chore);
        this.#logger[isNews ? 'error' : 'debug']({ err, chore: chore.name }, 'a chore of the gateway failed, and is tried again');
      },
    );
    this.#going.delete(chore);
  }
}

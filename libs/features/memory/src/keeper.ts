import type { Logger } from '@openclaw/telemetry';

/** One step of work that waits for nobody. @returns whether there may be more */
export type Chore = () => Promise<boolean>;

/** What keeps memory in order besides: in every worker, step by step, side by side without harm. */
export class Keeper {
  readonly #chores: readonly Chore[];
  readonly #everyMs: number;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> | null = null;
  #isStopped = false;

  constructor(chores: readonly Chore[], everyMs: number, logger: Logger) {
    this.#chores = chores;
    this.#everyMs = everyMs;
    this.#logger = logger;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#working ??= this.work()
        .catch((err: unknown) => {
          // Postgres is away: the next round tries again.
          this.#logger.debug({ err }, 'memory could not be kept in order');
        })
        .finally(() => {
          this.#working = null;
        });
    }, this.#everyMs);
  }

  /** Resolves when the step in hand is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#working;
  }

  /** All there is to do, unless it is stopped. */
  async work(): Promise<void> {
    for (const chore of this.#chores) {
      while (!this.#isStopped && (await chore()));
    }
  }
}

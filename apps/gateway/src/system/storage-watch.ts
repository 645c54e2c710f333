import type { Logger } from '@openclaw/telemetry';

export interface StorageWatchOptions {
  /** How large the database is, in MiB. */
  readonly measure: () => Promise<number>;
  /** How large it may become, in MiB. */
  readonly maxMb: number;
  readonly logger: Logger;
}

const EVERY_MS = 15_000;

/**
 * Whether the database has room, asked four times a minute. Beyond the limit no new message is taken, so that what is there can be read,
 * deleted and finished: a disk that is full stops all of that. While Postgres does not answer, what was known last holds.
 */
export class StorageWatch {
  readonly #options: StorageWatchOptions;
  #isFull = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: StorageWatchOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look(), EVERY_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { measure, maxMb, logger } = this.#options;
    const sizeMb = await measure().catch(() => null); // the monitor tells that Postgres is away
    if (sizeMb === null) return;
    const isFull = sizeMb >= maxMb;
    if (isFull !== this.#isFull)
      logger[isFull ? 'error' : 'info'](
        { size_mb: sizeMb, max_mb: maxMb },
        isFull ? 'the database is as large as it may be' : 'the database has room again',
      );
    this.#isFull = isFull;
  }
}

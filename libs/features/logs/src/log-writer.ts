import { randomUUID } from 'node:crypto';
import type { Config } from '@openclaw/words';
import type { LineSink, Logger } from '@openclaw/telemetry';
import type { LogsStore, Retention } from './logs.store.js';
import { type StoredLine, toStoredLine } from './stored-line.js';

/** Where lines go, and for how long. */
export interface Writing {
  readonly store: Pick<LogsStore, 'write' | 'trim' | 'forgetWriters'>;
  /** As the settings are at that moment. */
  readonly retention: () => Retention;
  /** Tells how many lines were let go of. */
  readonly logger: Logger;
}

/** For how long the configuration has lines kept. */
export function toRetention({ gateway: { logging } }: Config): Retention {
  return { bytesMax: logging.keep_mb * BYTES_PER_MB, daysMax: logging.keep_days };
}

interface Batch {
  readonly number: number;
  readonly lines: readonly StoredLine[];
}

/** How late a line may be in the store, all being well. */
const EVERY_MS = 500;
/** Lines in one statement: few enough that making them ready holds up no request. */
const BATCH_LINES = 200;
/** What waits while Postgres is away or behind; beyond it new lines are let go of, and counted. */
const WAITING_CHARACTERS_MAX = 4_194_304;
/** How often age is looked at; size is after each batch. */
const TRIM_MS = 60_000;
/** Of a long overdue trim, what is done before lines are written again. */
const TRIMS_AT_ONCE = 20;
const STOP_MS = 2000;
const BYTES_PER_MB = 1_048_576;

/**
 * line ─► a list in memory ─► every 500 ms, in batches of 200: parsed ─► Postgres │ Postgres is away: waits, up to 4 MiB ─► let go of and counted
 *
 * Taking a line costs no more than keeping it in a list, and never fails. A batch whose answer is lost is sent again under its number,
 * and kept once. Lines of a process that is killed within the half second are on its standard output alone.
 */
export class LogWriter implements LineSink {
  readonly #id = randomUUID();
  #waiting: string[] = [];
  #characters = 0;
  #dropped = 0;
  /** Numbered, and perhaps kept: it is sent again before any other. */
  #batch: Batch | null = null;
  #number = 0;
  #trimAt = 0;
  #writing: Writing | null = null;
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> | null = null;

  take(line: string): void {
    if (this.#characters + line.length > WAITING_CHARACTERS_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#characters += line.length;
  }

  /** From now on what was taken is written, and what is too old or too much goes. */
  start(writing: Writing): void {
    this.#writing = writing;
    this.#timer = setInterval(() => void this.flush(), EVERY_MS);
    this.#timer.unref();
  }

  /** Writes what waits, for 2 s at most. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await Promise.race([
      this.flush().then(() => this.flush()),
      new Promise((resolve) => {
        setTimeout(resolve, STOP_MS).unref();
      }),
    ]);
    this.#writing = null;
  }

  /** Resolves when what was taken before is written, or Postgres does not take it now. Never fails. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
    });
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    const writing = this.#writing;
    if (!writing) return;
    try {
      let bytes: number | null = null;
      for (let batch = this.#next(); batch; batch = this.#next()) {
        bytes = await writing.store.write(this.#id, batch.number, batch.lines);
        this.#batch = null;
      }
      this.#tellDropped(writing);
      await this.#trim(writing, bytes);
      // eslint-disable-next-line no-catch-all/no-catch-all -- whatever it is, logging must not fail what is logged: the batch waits for the next turn
    } catch (err) {
      writing.logger.debug({ err }, 'log lines wait for Postgres');
    }
  }

  #next(): Batch | null {
    if (this.#batch) return this.#batch;
    if (this.#waiting.length === 0) return null;
    const taken = this.#waiting.slice(0, BATCH_LINES);
    this.#waiting = this.#waiting.slice(BATCH_LINES);
    this.#characters -= taken.reduce((sum, line) => sum + line.length, 0);
    const lines = taken.map(toStoredLine).filter((line) => line !== null);
    this.#number += 1;
    this.#batch = { number: this.#number, lines };
    return this.#batch;
  }

  #tellDropped({ logger }: Writing): void {
    const lines = this.#dropped;
    this.#dropped = 0;
    if (lines > 0) logger.warn({ lines }, 'log lines were not kept, since too many waited; standard output has them');
  }

  async #trim({ store, retention }: Writing, bytes: number | null): Promise<void> {
    const limits = retention();
    const now = performance.now();
    if (now < this.#trimAt && (bytes ?? 0) <= limits.bytesMax) return;
    if (now >= this.#trimAt) await store.forgetWriters();
    this.#trimAt = now + TRIM_MS;
    for (let times = 0; times < TRIMS_AT_ONCE && (await store.trim(limits)); times += 1);
  }
}

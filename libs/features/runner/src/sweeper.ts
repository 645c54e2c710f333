import type { MessageId } from '@openclaw/words';
import type { AcceptStore, RunsStore } from '@openclaw/conversations';
import type { PresenceStore } from '@openclaw/presence';
import type { JobQueue, JobWorker } from '@openclaw/queue';
import type { Logger } from '@openclaw/telemetry';

export interface SweeperOptions {
  readonly runs: RunsStore;
  readonly accepts: AcceptStore;
  readonly presence: PresenceStore;
  readonly queue: JobQueue;
  /** Drops from Redis what nobody reads any more. */
  readonly trimEvents: () => Promise<void>;
  readonly logger: Logger;
}

/** The worker that sweeps. */
export interface SweepingWorker {
  /** Runs that it could take beside those in hand. */
  free(): number;
  readonly isIdle: boolean;
  /** Answers a run as if its bell had been heard. @param stopping aborts when this worker shuts down */
  answer(runId: MessageId, stopping: AbortSignal): Promise<void>;
}

export interface SweeperSettings {
  readonly everyMs: number;
  /** A run that waits longer than this without need has lost its bell. */
  readonly silenceMs: number;
}

/** For how long ringing again for the same run adds no second bell. */
const SAME_BELL_MS = 10_000;
/** Runs that one sweep rings for. */
const RUNS_MAX = 500;
/** Sweeps in a row that find work while this worker hears nothing, before its consumer is replaced. */
const DEAF_SWEEPS_MAX = 4;
const TIDY_EVERY_SWEEPS = 300;

/**
 * Rings again for runs that wait although it is their turn, and for runs whose worker is gone. Runs in every worker, side by
 * side without harm: the bell is a hint and the claim decides. Where Redis takes no bell (it is away, or full), this worker answers
 * what it has hands for. It also notices when this worker has stopped hearing bells.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #settings: SweeperSettings;
  readonly #ear: Pick<JobWorker, 'heardAt' | 'restart'>;
  readonly #worker: SweepingWorker;
  readonly #stopping = new AbortController();
  readonly #answering = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #sweeping: Promise<unknown> | null = null;
  #sweeps = 0;
  #deafSweeps = 0;
  #lastHeardAt = 0;

  constructor(options: SweeperOptions, settings: SweeperSettings, ear: Pick<JobWorker, 'heardAt' | 'restart'>, worker: SweepingWorker) {
    this.#options = options;
    this.#settings = settings;
    this.#ear = ear;
    this.#worker = worker;
  }

  start(): void {
    this.#timer = setInterval(() => {
      // Postgres or Redis is away: the next sweep tries again.
      this.#sweeping ??= this.sweep()
        .catch((err: unknown) => {
          this.#options.logger.debug({ err }, 'sweep failed');
        })
        .finally(() => {
          this.#sweeping = null;
        });
    }, this.#settings.everyMs);
  }

  /** Resolves when nothing that it began goes on any more. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#sweeping;
    await Promise.all(this.#answering);
  }

  /** One sweep. @returns how many runs it rang for */
  async sweep(): Promise<number> {
    const { runs, queue, logger } = this.#options;
    const found = await runs.unanswered(this.#settings.silenceMs, RUNS_MAX);
    if (found.length > 0) logger.info({ runs: found.length }, 'ringing again for unanswered runs');
    // A worker that dies between bell and claim keeps the bell's key for a while; a later round has keys of its own.
    const round = Math.floor(Date.now() / SAME_BELL_MS);
    const bells = found.map(({ runId, requestId, attempt }) => ({ key: `${runId}-${String(attempt + 1)}-${String(round)}`, payload: { run_id: runId, request_id: requestId } }));
    const rung = await queue.ringOnce('answerRun', bells).then(() => true, () => false); // the connection's own listener logs outages
    if (!rung) this.#answerUnheard(found.map(({ runId }) => runId));
    this.#listen(rung && found.length > 0);
    await this.#options.trimEvents().catch((err: unknown) => {
      logger.debug({ err }, 'the firehose is not trimmed now'); // Redis is away: the next sweep tries again
    });
    await this.#tidy();
    return found.length;
  }

  /** A bell is a hint: what nobody can be told of is answered all the same, by the workers that look. */
  #answerUnheard(runIds: readonly MessageId[]): void {
    for (const runId of runIds.slice(0, this.#worker.free())) {
      const answering = this.#worker
        .answer(runId, this.#stopping.signal)
        .catch((err: unknown) => {
          this.#options.logger.debug({ err, message_id: runId }, 'a run without a bell was not answered now');
        })
        .finally(() => this.#answering.delete(answering));
      this.#answering.add(answering);
    }
  }

  /** A consumer can be silent while every connection is well: what counts is whether work that waits is heard of. */
  #listen(workWaits: boolean): void {
    const heard = this.#ear.heardAt !== this.#lastHeardAt;
    this.#lastHeardAt = this.#ear.heardAt;
    this.#deafSweeps = workWaits && !heard && this.#worker.isIdle ? this.#deafSweeps + 1 : 0;
    if (this.#deafSweeps < DEAF_SWEEPS_MAX) return;
    this.#options.logger.warn({}, 'this worker hears no bells; replacing its consumer');
    this.#deafSweeps = 0;
    this.#ear.restart();
  }

  async #tidy(): Promise<void> {
    this.#sweeps += 1;
    if (this.#sweeps % TIDY_EVERY_SWEEPS !== 1) return;
    await this.#options.accepts.forgetOldKeys();
    await this.#options.presence.forgetGone();
  }
}

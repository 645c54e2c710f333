import type { Bell, BellListener } from '@openclaw/queue';
import type { Logger } from '@openclaw/telemetry';
import type { WorkLane } from './work-lane.js';

/** What a sweeper looks after. */
export interface SweeperOptions {
  readonly lanes: readonly WorkLane[];
  readonly bell: Bell;
  /** Notices by it when this worker has stopped hearing bells. */
  readonly listener: Pick<BellListener, 'heardAt' | 'restart'>;
  /** Done at each sweep besides; where it fails, the next one tries again. */
  readonly tidy: () => Promise<unknown>;
  readonly everyMs: number;
  readonly logger: Logger;
}

/** For how long ringing again for the same thing adds no second bell. */
const SAME_BELL_MS = 10_000;
/** Sweeps in a row that find work while this worker hears nothing, before its consumers are replaced. */
const DEAF_SWEEPS_MAX = 4;

/**
 * every lane ─► what waits although it is its turn: the bell was lost, its worker is gone, or its time has come ─► bell
 *
 * Runs in every worker, side by side without harm: the bell is a hint and the claim decides. Where Redis takes no bell (it is away,
 * or full), this worker answers what it has hands for.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #stopping = new AbortController();
  readonly #answering = new Set<Promise<void>>();
  readonly #deafness = new Map<WorkLane, { sweeps: number; heardAt: number }>();
  #timer: NodeJS.Timeout | null = null;
  #sweeping: Promise<unknown> | null = null;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#sweeping ??= this.sweep().finally(() => {
        this.#sweeping = null;
      });
    }, this.#options.everyMs);
  }

  /** Resolves when nothing that it began goes on any more. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#sweeping;
    await Promise.all(this.#answering);
  }

  /** One sweep. @returns how much it found that waits; a lane that cannot be swept is left to the next sweep */
  async sweep(): Promise<number> {
    let found = 0;
    for (const lane of this.#options.lanes) {
      found += await this.#sweep(lane).catch((err: unknown) => {
        this.#options.logger.debug({ err, lane: lane.name }, 'sweep failed');
        return 0;
      });
    }
    await this.#options.tidy().catch((err: unknown) => {
      this.#options.logger.debug({ err }, 'nothing tidied now');
    });
    return found;
  }

  async #sweep(lane: WorkLane): Promise<number> {
    const found = await lane.unanswered();
    if (found.length > 0) this.#options.logger.info({ lane: lane.name, waiting: found.length }, 'ringing again');
    // A worker that dies between bell and claim keeps the bell's key for a while; a later round has keys of its own.
    const round = Math.floor(Date.now() / SAME_BELL_MS);
    const bells = found.map(({ id, key }) => ({ id, key: `${key}-${String(round)}` }));
    const rung = await this.#options.bell.ringOnce(lane.name, bells).then(
      () => true,
      () => false,
    ); // the connection's own listener logs outages
    if (!rung)
      this.#answerUnheard(
        lane,
        found.map(({ id }) => id),
      );
    this.#listen(lane, rung && found.length > 0);
    return found.length;
  }

  /** A bell is a hint: what nobody can be told of is answered all the same, by the workers that look. */
  #answerUnheard(lane: WorkLane, ids: readonly string[]): void {
    for (const id of ids.slice(0, Math.max(0, lane.concurrency() - lane.inHand()))) {
      const answering = lane
        .hear(id, this.#stopping.signal)
        .catch((err: unknown) => {
          this.#options.logger.debug({ err, lane: lane.name }, 'what has no bell was not answered now');
        })
        .finally(() => this.#answering.delete(answering));
      this.#answering.add(answering);
    }
  }

  /** A consumer can be silent while every connection is well: what counts is whether work that waits is heard of. */
  #listen(lane: WorkLane, workWaits: boolean): void {
    const { listener, logger } = this.#options;
    const heardAt = listener.heardAt(lane.name);
    const before = this.#deafness.get(lane) ?? { sweeps: 0, heardAt: 0 };
    const sweeps = workWaits && heardAt === before.heardAt && lane.inHand() === 0 ? before.sweeps + 1 : 0;
    this.#deafness.set(lane, { sweeps: sweeps < DEAF_SWEEPS_MAX ? sweeps : 0, heardAt });
    if (sweeps < DEAF_SWEEPS_MAX) return;
    logger.warn({ lane: lane.name }, 'this worker hears no bells; replacing its consumer');
    listener.restart(lane.name);
  }
}

import { Unreachable } from '@openclaw/errors';
import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import { type Job, Worker } from 'bullmq';
import { type Lane, LANES } from './lanes.js';

/** What a bell of a lane is answered with. */
export interface AnsweredLane {
  readonly name: Lane;
  /** Bells answered at once; asked when the lane is opened, and whenever {@link BellListener.resize} is called. */
  readonly concurrency: () => number;
  /** Idempotent, and quick to stop once `stopping` aborts: a bell may come twice, or for nothing. */
  readonly hear: (id: string, stopping: AbortSignal) => Promise<void>;
}

export interface BellListenerOptions {
  /** A `blocking` connection, used by one lane alone and closed with it. */
  readonly connect: () => Redis;
  readonly prefix: string;
  readonly lanes: readonly AnsweredLane[];
  readonly logger: Logger;
}

/** One BullMQ worker, and what is in hand through it. */
interface Consumer {
  readonly lane: AnsweredLane;
  readonly worker: Worker;
  readonly connection: Redis;
  readonly inHand: ReadonlySet<Promise<void>>;
}

/** What BullMQ may take to close once nothing is in hand. */
const CLOSE_MS_MAX = 1000;
/** How often BullMQ may deliver a bell again after its worker stalled. The fence in Postgres decides whether that means anything. */
const STALLED_REDELIVERIES = 3;

/**
 * Hears the doorbell: one consumer and one connection per lane. Consumption is watched, not the connection: whoever sees that work
 * waits while nothing was heard calls {@link restart}.
 */
export class BellListener {
  readonly #options: BellListenerOptions;
  readonly #stopping = new AbortController();
  readonly #heardAt = new Map<Lane, number>();
  /** Consumers that were replaced and still have something in hand. */
  readonly #closing = new Set<Promise<void>>();
  #running: readonly Consumer[] = [];

  constructor(options: BellListenerOptions) {
    this.#options = options;
  }

  /** When a bell of that lane was last heard, by `performance.now()`; 0 where none was yet. */
  heardAt(lane: Lane): number {
    return this.#heardAt.get(lane) ?? 0;
  }

  start(): void {
    this.#running = this.#options.lanes.map((lane) => this.#listen(lane, lane.concurrency()));
  }

  /** Replaces a lane's consumer, leaving to the old one what it has in hand. */
  restart(name: Lane): void {
    this.#running = this.#running.map((consumer) => (consumer.lane.name === name ? this.#replace(consumer) : consumer));
  }

  /** Gives each lane as many slots as it asks for now; where there are to be fewer, what is in hand is finished first. */
  resize(): void {
    this.#running = this.#running.map((consumer) => {
      const wanted = consumer.lane.concurrency();
      // BullMQ looks at a new number when a bell comes or something ends: with all slots taken that may be long.
      const isFull = consumer.inHand.size >= consumer.worker.concurrency;
      if (isFull && wanted > consumer.worker.concurrency) return this.#replace(consumer);
      consumer.worker.concurrency = wanted;
      return consumer;
    });
  }

  /** Hears no more bells, aborts the signal of what is in hand, and resolves when all of it has returned. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#running.map(close), ...this.#closing]);
  }

  /** The new consumer has the slots that the old one leaves free, and more as what is in hand there ends. */
  #replace(old: Consumer): Consumer {
    const { lane, inHand } = old;
    const slots = (): number => Math.max(1, lane.concurrency() - inHand.size);
    const consumer = this.#listen(lane, slots());
    for (const work of inHand)
      void work
        .catch(() => undefined)
        .finally(() => {
          consumer.worker.concurrency = slots();
        });
    const closing = close(old).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    return consumer;
  }

  #listen(lane: AnsweredLane, slots: number): Consumer {
    const { prefix, logger } = this.#options;
    const connection = this.#options.connect();
    const inHand = new Set<Promise<void>>();
    const answer = async (job: Job): Promise<void> => {
      const work = this.#answer(lane, job);
      inHand.add(work);
      await work.finally(() => inHand.delete(work));
    };
    const worker = new Worker(LANES[lane.name].queueName, answer, {
      connection,
      prefix,
      concurrency: slots,
      skipWaitingForReady: true,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      maxStalledCount: STALLED_REDELIVERIES,
    });
    // BullMQ's own bookkeeping fails whenever Redis loses the bell (flush, failover); the row in Postgres is what counts.
    worker.on('error', (err) => {
      logger.debug({ err, lane: lane.name }, 'queue bookkeeping failed');
    });
    worker.on('failed', (_job, err) => {
      logger[err instanceof Unreachable ? 'warn' : 'error']({ err, lane: lane.name }, 'bell not answered; the sweeper will ring again');
    });
    return { lane, worker, connection, inHand };
  }

  async #answer(lane: AnsweredLane, job: Job): Promise<void> {
    this.#heardAt.set(lane.name, performance.now());
    await lane.hear(LANES[lane.name].read(job.data), this.#stopping.signal);
  }
}

/**
 * Resolves when nothing is in hand any more and BullMQ has let go, or has had its time to: it waits for ever for the end of a
 * connection that ioredis is just then restoring, since that end is never told.
 */
async function close({ worker, connection, inHand }: Consumer): Promise<void> {
  const closing = { done: false };
  const closed = worker.close().finally(() => {
    closing.done = true;
  });
  do {
    await Promise.allSettled(inHand);
    await atMost(CLOSE_MS_MAX, closed);
  } while (!closing.done && inHand.size > 0);
  connection.disconnect();
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, ms, undefined);
  await Promise.race([work, late]);
  clearTimeout(timer);
}

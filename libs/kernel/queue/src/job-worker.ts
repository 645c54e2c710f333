import { Unreachable } from '@openclaw/errors';
import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import { type Job, Worker } from 'bullmq';
import { type JobHandlers, type JobName, jobs } from './job-definition.js';

export interface JobWorkerOptions {
  /** A `blocking` connection, used by this worker alone and closed with it. */
  readonly connect: () => Redis;
  readonly prefix: string;
  /** Jobs of one kind in hand at once. */
  readonly concurrency: number;
  readonly handlers: JobHandlers;
  readonly logger: Logger;
}

/** One BullMQ worker, and what its handlers have in hand. */
interface Consumer {
  readonly worker: Worker;
  readonly connection: Redis;
  readonly inHand: ReadonlySet<Promise<void>>;
}

/** What BullMQ may take to close once no handler is at work. */
const CLOSE_MS_MAX = 1000;

/**
 * Hears the doorbell and calls the one handler of each job. Consumption is watched, not the connection: whoever sees that work
 * waits while nothing was heard calls {@link restart}.
 */
export class JobWorker {
  readonly #options: JobWorkerOptions;
  readonly #stopping = new AbortController();
  #running: Consumer[] = [];
  #heardAt = 0;

  constructor(options: JobWorkerOptions) {
    this.#options = options;
    const missing = Object.keys(jobs).filter((name) => !(name in options.handlers));
    if (missing.length > 0) throw new Error(`no handler for job: ${missing.join(', ')}`);
  }

  /** When a job was last heard, by `performance.now()`; 0 where none was yet. */
  get heardAt(): number {
    return this.#heardAt;
  }

  start(): void {
    this.#running = (Object.keys(jobs) as JobName[]).map((name) => this.#listen(name)); // Object.keys forgets the literal keys
  }

  /** Replaces the consumers, leaving to the old ones what they have in hand. */
  restart(): void {
    const old = this.#running;
    this.start();
    for (const consumer of old) void close(consumer);
  }

  /** Takes no more jobs, aborts the signal of those in hand, and resolves when their handlers have returned. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.map(close));
  }

  #listen(name: JobName): Consumer {
    const { prefix, concurrency, logger } = this.#options;
    const connection = this.#options.connect();
    const inHand = new Set<Promise<void>>();
    const handle = async (job: Job): Promise<void> => {
      const work = this.#handle(name, job);
      inHand.add(work);
      await work.finally(() => inHand.delete(work));
    };
    const worker = new Worker(jobs[name].name, handle, {
      connection,
      prefix,
      concurrency,
      skipWaitingForReady: true,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      maxStalledCount: jobs[name].stalledRedeliveries,
    });
    // BullMQ's own bookkeeping fails whenever Redis loses the job (flush, failover); the run in Postgres is what counts.
    worker.on('error', (err) => {
      logger.debug({ err, job: name }, 'queue bookkeeping failed');
    });
    worker.on('failed', (_job, err) => {
      const outage = err instanceof Unreachable;
      logger[outage ? 'warn' : 'error']({ err, job: name }, 'job handler failed; the sweeper will ring again');
    });
    return { worker, connection, inHand };
  }

  async #handle(name: JobName, job: Job): Promise<void> {
    this.#heardAt = performance.now();
    const handler = this.#options.handlers[name] as (payload: unknown, signal: AbortSignal) => Promise<void>; // it gets what its own schema parsed
    await handler(jobs[name].payload.parse(job.data), this.#stopping.signal);
  }
}

/**
 * Resolves when no handler is at work any more and BullMQ has let go, or has had its time to: it waits for ever for the end of a
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

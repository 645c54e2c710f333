import { Fault } from '@openclaw/errors';
import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import { type Job, Worker } from 'bullmq';
import { type JobHandler, type JobHandlers, type JobName, jobs, type PayloadOf } from './job-definition.js';

export interface JobWorkerOptions {
  /** A `blocking` connection, used by this worker alone and closed with it. */
  readonly connect: () => Redis;
  readonly prefix: string;
  /** Jobs of one kind in hand at once. */
  readonly concurrency: number;
  readonly handlers: JobHandlers;
  readonly logger: Logger;
}

/**
 * Hears the doorbell and calls the one handler of each job. Consumption is watched, not the connection: whoever sees that work
 * waits while nothing was heard calls {@link restart}.
 */
export class JobWorker {
  readonly #options: JobWorkerOptions;
  readonly #stopping = new AbortController();
  #running: { worker: Worker; connection: Redis }[] = [];
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
    for (const { worker, connection } of old) void closeWorker(worker, connection);
  }

  /** Takes no more jobs, aborts the signal of those in hand, and resolves when their handlers have returned. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.map(({ worker, connection }) => closeWorker(worker, connection)));
  }

  #listen(name: JobName): { worker: Worker; connection: Redis } {
    const { prefix, concurrency, logger } = this.#options;
    const connection = this.#options.connect();
    const worker = new Worker(jobs[name].name, (job) => this.#handle(name, job), {
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
      const outage = err instanceof Fault && err.code === 'service_unavailable';
      logger[outage ? 'warn' : 'error']({ err, job: name }, 'job handler failed; the sweeper will ring again');
    });
    return { worker, connection };
  }

  async #handle<N extends JobName>(name: N, job: Job): Promise<void> {
    this.#heardAt = performance.now();
    const payload = jobs[name].payload.parse(job.data) as PayloadOf<N>; // parsed by the schema of that very name
    const handler: JobHandler<N> = this.#options.handlers[name];
    await handler(payload, this.#stopping.signal);
  }
}

async function closeWorker(worker: Worker, connection: Redis): Promise<void> {
  await worker.close();
  connection.disconnect();
}

import type { Redis } from '@openclaw/redis';
import { Queue } from 'bullmq';
import { type JobName, jobs, type PayloadOf } from './job-definition.js';

export interface QueueSettings {
  /** First part of every key of the queue. */
  readonly prefix: string;
}

/** With more bells than this ahead no bell is lost for want of another; and a sweep rings anew for all that wait, again and again. */
const WAITING_MAX = 2000;

/**
 * The doorbell. A ring may be lost with Redis or come twice; whoever hears it must find out from Postgres what there is to do,
 * and the sweeper rings again for what nobody answered.
 */
export class JobQueue {
  readonly #connection: Redis;
  readonly #settings: QueueSettings;
  readonly #queues = new Map<JobName, Queue>();

  /** @param connection a `command` connection: a ring fails within a second where Redis is out of reach. Not closed by this class. */
  constructor(connection: Redis, settings: QueueSettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /** Rings for one job. Rejects where Redis is out of reach. */
  async ring<N extends JobName>(name: N, payload: PayloadOf<N>): Promise<void> {
    await this.#queue(name).add(jobs[name].name, payload);
  }

  /**
   * Rings for many at once, each at most once while an earlier ring with the same key still waits; for none where so many wait that
   * workers have enough to hear. Rejects where Redis is out of reach, or full.
   * @param entries `key` holds no colon
   */
  async ringOnce<N extends JobName>(name: N, entries: readonly { key: string; payload: PayloadOf<N> }[]): Promise<void> {
    if (entries.length === 0) return;
    if ((await this.#queue(name).getWaitingCount()) >= WAITING_MAX) return;
    await this.#queue(name).addBulk(entries.map(({ key, payload }) => ({ name: jobs[name].name, data: payload, opts: { jobId: key } })));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  /** BullMQ greets Redis once, when a queue is made, and never recovers from a greeting that failed: so it is made late. */
  #queue(name: JobName): Queue {
    const known = this.#queues.get(name);
    if (known) return known;
    if (this.#connection.status !== 'ready') throw new Error('redis is not reachable');
    const queue = new Queue(jobs[name].name, {
      connection: this.#connection,
      prefix: this.#settings.prefix,
      skipMetasUpdate: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    queue.on('error', () => undefined); // the connection's own listener logs outages, once each
    this.#queues.set(name, queue);
    queue.waitUntilReady().catch(() => this.#queues.delete(name));
    return queue;
  }
}

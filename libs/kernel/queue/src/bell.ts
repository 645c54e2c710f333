import { type Redis } from '@openclaw/redis';
import { Unreachable } from '@openclaw/errors';
import { Queue } from 'bullmq';
import { type Lane, LANES } from './lanes.js';

export interface BellSettings {
  /** First part of every key of the queue. */
  readonly prefix: string;
}

/** With more bells than this ahead no bell is lost for want of another; and a sweep rings anew for all that wait, again and again. */
const WAITING_MAX = 2000;

/**
 * The doorbell. A ring may be lost with Redis or come twice; whoever hears it must find out from Postgres what there is to do,
 * and the sweeper rings again for what nobody answered.
 */
export class Bell {
  readonly #connection: Redis;
  readonly #settings: BellSettings;
  readonly #queues = new Map<Lane, Queue>();

  /** @param connection a `command` connection: a ring fails within a second where Redis is out of reach. Not closed by this class. */
  constructor(connection: Redis, settings: BellSettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /** Rings for one thing. Rejects where Redis is out of reach. */
  async ring(lane: Lane, id: string): Promise<void> {
    await this.#queue(lane).add(LANES[lane].queueName, LANES[lane].write(id));
  }

  /**
   * Rings for many at once, each at most once while an earlier ring with the same key still waits; for none where so many wait that
   * workers have enough to hear. Rejects where Redis is out of reach, or full.
   * @param entries `key` holds no colon
   */
  async ringOnce(lane: Lane, entries: readonly { readonly id: string; readonly key: string }[]): Promise<void> {
    if (entries.length === 0) return;
    const { queueName, write } = LANES[lane];
    if ((await this.#queue(lane).getWaitingCount()) >= WAITING_MAX) return;
    await this.#queue(lane).addBulk(entries.map(({ id, key }) => ({ name: queueName, data: write(id), opts: { jobId: key } })));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  /** BullMQ greets Redis once, when a queue is made, and never recovers from a greeting that failed: so it is made late. */
  #queue(lane: Lane): Queue {
    const known = this.#queues.get(lane);
    if (known) return known;
    if (this.#connection.status !== 'ready') throw new Unreachable('redis', new Error(`the connection is ${this.#connection.status}`));
    const queue = new Queue(LANES[lane].queueName, {
      connection: this.#connection,
      prefix: this.#settings.prefix,
      skipMetasUpdate: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    queue.on('error', () => undefined); // the connection's own listener logs outages, once each
    this.#queues.set(lane, queue);
    queue.waitUntilReady().catch(() => this.#queues.delete(lane));
    return queue;
  }
}

import { randomUUID } from 'node:crypto';
import { idToUuid, type WorkId } from '@openclaw/words';
import { Database } from '@openclaw/db';
import { type Logger, Redactor, silentLogger } from '@openclaw/telemetry';
import { defineWork, type HandledWork, handleWork, LeaseKeeper, newWork, type WorkKind, WorkRunner, WorkStore } from '@openclaw/work';
import { z } from 'zod';
import type { TestServices } from './test-services.js';

/** A row of work, as plain SQL sees it. */
export interface WorkRow {
  readonly status: string;
  readonly attempt: number;
  readonly losses: number;
  readonly failures: number;
  readonly last_error: string | null;
  readonly payload: unknown;
  readonly due_in_ms: number;
}

export interface StageWorkerOptions {
  readonly databaseUrl?: string;
  /** False: the worker is as good as stopped; its leases run out. */
  readonly heartbeat?: boolean;
  readonly finishMs?: number;
  readonly redactor?: Redactor;
  readonly logger?: Logger;
}

/** One worker's hands on the table of work, and nobody who rings. */
export interface WorkHands {
  readonly runner: WorkRunner;
  readonly stopping: AbortController;
  /** As a bell would. */
  perform(): Promise<void>;
  close(): Promise<void>;
}

const LEASE_MS = 60_000;
const HEARTBEAT_MS = 50;

export const TEST_POLICY = {
  lane: 'background',
  tries: 3,
  backoff: { firstMs: 60_000, maxMs: 600_000 },
  timeoutMs: 30_000,
  lossesMax: 2,
} as const;
const PAYLOAD = z.object({ n: z.number() });

/** A kind of the test's own, with a payload of one number. */
export function testKind(overrides: Partial<WorkKind<typeof PAYLOAD>> = {}): WorkKind<typeof PAYLOAD> {
  return defineWork({ name: 'test.work', payload: PAYLOAD, stored: [{ n: 1 }], policy: TEST_POLICY, ...overrides });
}

/** The table of work on a test's own database, and short ways to put work into any state. */
export class WorkStage {
  readonly services: TestServices;
  readonly database: Database;
  readonly store: WorkStore;
  #hands: WorkHands[] = [];

  constructor(services: TestServices) {
    this.services = services;
    this.database = new Database({ url: services.databaseUrl, poolMax: 8, logger: silentLogger(), applicationName: 'test' });
    this.store = new WorkStore(this.database);
  }

  async ask(kind: WorkKind<typeof PAYLOAD>, n = 1, options: { runAt?: Date; person?: string } = {}): Promise<WorkId> {
    const work = newWork(kind, { n }, { person: null, ...options });
    await this.store.enqueue([work]);
    return work.id;
  }

  /** A worker that knows these kinds. Closed with the stage, or by the test. */
  worker(works: readonly HandledWork[], options: StageWorkerOptions = {}): WorkHands {
    const logger = options.logger ?? silentLogger();
    const workerId = `worker-${randomUUID()}`;
    const database = new Database({
      url: options.databaseUrl ?? this.services.databaseUrl,
      poolMax: 4,
      logger,
      applicationName: 'test-worker',
    });
    const leases = new LeaseKeeper({ workerId, leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS, logger });
    const deps = { store: new WorkStore(database), leases, redactor: options.redactor ?? new Redactor(), logger };
    const runner = new WorkRunner(works, deps, { workerId, leaseMs: LEASE_MS, finishMs: options.finishMs ?? 0 });
    if (options.heartbeat ?? true) leases.start();
    const stopping = new AbortController();
    const hands: WorkHands = {
      runner,
      stopping,
      perform: () => runner.perform('background', stopping.signal),
      close: async () => {
        this.#hands = this.#hands.filter((each) => each !== hands);
        leases.stop();
        await database.close();
      },
    };
    this.#hands.push(hands);
    return hands;
  }

  /** A worker of one kind that does what the test says. */
  doing(
    kind: WorkKind<typeof PAYLOAD>,
    handle: Parameters<typeof handleWork<typeof PAYLOAD>>[1],
    options: StageWorkerOptions = {},
  ): WorkHands {
    return this.worker([handleWork(kind, handle)], options);
  }

  async row(id: WorkId): Promise<WorkRow> {
    const [row] = await this.services.sql<WorkRow>(
      `SELECT status, attempt, losses, failures, last_error, payload, (extract(epoch FROM run_at - now()) * 1000)::float8 AS due_in_ms FROM work WHERE id = $1`,
      [idToUuid(id)],
    );
    if (!row) throw new Error('no such work');
    return row;
  }

  /** As if its time had come. */
  async makeDue(id: WorkId): Promise<void> {
    await this.services.sql('UPDATE work SET run_at = now() WHERE id = $1', [idToUuid(id)]);
  }

  /** As if the worker that has it had fallen silent for longer than its lease. */
  async lapse(id: WorkId): Promise<void> {
    await this.services.sql(`UPDATE work SET lease_until = now() - interval '1 second' WHERE id = $1`, [idToUuid(id)]);
  }

  async closeWorkers(): Promise<void> {
    await Promise.all(this.#hands.map((hands) => hands.close()));
  }

  async close(): Promise<void> {
    await this.closeWorkers();
    await this.database.close();
  }
}

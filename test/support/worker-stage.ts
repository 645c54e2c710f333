import { randomUUID } from 'node:crypto';
import type { AgentLimits } from '@openclaw/agent';
import type { Tool } from '@openclaw/feature';
import { type MessageId, newId, type RunEvent } from '@openclaw/words';
import { JournalStore, LogStore, RunsStore } from '@openclaw/conversations';
import { Database } from '@openclaw/db';
import { eventKeys, parseLog } from '@openclaw/events';
import { FilesStore } from '@openclaw/files';
import type { ModelClient } from '@openclaw/language-model';
import { Bell } from '@openclaw/queue';
import { connectRedis, untilReady } from '@openclaw/redis';
import { Runner, type RunnerAgent, type RunnerSettings } from '@openclaw/runner';
import { openRecaller } from '@openclaw/memory';
import { type Logger, Redactor, silentLogger } from '@openclaw/telemetry';
import { publishedEvents } from './event-stage.js';
import { LeaseKeeper } from '@openclaw/work';
import type { RunStage } from './run-stage.js';
import { until } from './until.js';

export const LIMITS: AgentLimits = {
  turnsMax: 12,
  runTimeoutMs: 60_000,
  toolTimeoutMs: 30_000,
  toolArgumentsCharacters: 100_000,
  toolResultCharacters: 20_000,
  callsPerTurnMax: 16,
  turnCharactersMax: 1_000_000,
};

export interface WorkerOptions {
  readonly model: ModelClient;
  readonly tools?: readonly Tool[];
  readonly files?: RunnerAgent['files'];
  readonly databaseUrl?: string;
  readonly logger?: Logger;
  readonly settings?: Partial<RunnerSettings>;
  /** False: the worker is as good as stopped; its leases run out. */
  readonly heartbeat?: boolean;
}

export interface StageWorker {
  readonly id: string;
  readonly runner: Runner;
  readonly leases: LeaseKeeper;
  readonly stopping: AbortController;
  /** Answers as a job would. */
  answer(runId: MessageId): Promise<void>;
  close(): Promise<void>;
}

const LEASE_MS = 60_000;
const HEARTBEAT_MS = 50;

/** One worker's runner on real stores, with a model and tools of the test's own and nobody who rings. */
export async function createStageWorker(stage: RunStage, options: WorkerOptions): Promise<StageWorker> {
  const { services } = stage;
  const logger = options.logger ?? silentLogger();
  const id = `worker-${randomUUID()}`;
  const database = new Database({ url: options.databaseUrl ?? services.databaseUrl, poolMax: 4, logger, applicationName: 'test-worker' });
  const redis = connectRedis({ url: services.redisUrl, prefix: services.prefix }, 'command', logger);
  await untilReady(redis, 2000);
  const recaller = openRecaller(database);
  const bell = new Bell(redis, { prefix: `${services.prefix}-queue` });
  const runs = new RunsStore(database);
  const leases = new LeaseKeeper({ workerId: id, leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS, logger });
  if (options.heartbeat ?? true) leases.start();
  const runner = new Runner(
    {
      stores: { runs, logs: new LogStore(database), journal: new JournalStore(database) },
      events: { redis, keys: eventKeys(services.prefix), bell },
      takeAgent: () => ({
        model: options.model,
        toolsFor: () => Promise.resolve(options.tools ?? []),
        madeFiles: (runId) => new FilesStore(database).madeFor(runId),
        files: options.files ?? (() => Promise.resolve({ parts: new Map(), unreadable: [], shortened: [] })),
        recall: (run) => recaller.recall(run.caller, { ...run, at: run.createdAt }),
        limits: LIMITS,
        shares: { system: 0.15, recent: 0.4, memory: 0.2, tools: 0.15, reply: 0.1 },
        soul: '',
        timeZone: 'UTC',
        policy: { lossesMax: 2, queueWaitMs: 3_600_000 },
        titleOf: (question) => question,
        workAfter: () => [],
        release: () => undefined,
      }),
      leases,
    },
    { workerId: id, leaseMs: LEASE_MS, finishMs: 0, threadMax: 200, redactor: new Redactor(), logger, ...options.settings },
  );
  const stopping = new AbortController();
  return {
    id,
    runner,
    leases,
    stopping,
    answer: (runId) => runner.answer(runId, stopping.signal),
    close: async () => {
      leases.stop();
      await bell.close();
      redis.disconnect();
      await database.close();
    },
  };
}

/** The finished log of a run, as Postgres keeps it. */
export async function finishedLog(stage: RunStage, runId: MessageId): Promise<RunEvent[]> {
  const { events } = await stage.row(runId);
  if (events === null) throw new Error('the run is not finished');
  return parseLog(events);
}

/** Resolves when the live log of a run has an event of that type. */
export async function untilEvent(stage: RunStage, runId: MessageId, type: RunEvent['type']): Promise<RunEvent> {
  return until(`a ${type} event`, async () => (await publishedEvents(stage.services, runId)).find((event) => event.type === type));
}

/** A fresh run of a conversation of its own. */
export async function freshRun(stage: RunStage, content = 'hello'): Promise<MessageId> {
  return (await stage.ask(content, { runId: newId('msg') })).runId;
}

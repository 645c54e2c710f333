import { randomUUID } from 'node:crypto';
import type { Config, ProviderHealth } from '@openclaw/words';
import { AcceptStore, JournalStore, LogStore, OutlineStore, RunsStore } from '@openclaw/conversations';
import { Database } from '@openclaw/db';
import { eventKeys, Notices, trimLive } from '@openclaw/events';
import { MemoryStore } from '@openclaw/memory';
import type { ModelClient } from '@openclaw/models';
import { Presence, PresenceStore } from '@openclaw/presence';
import { type JobHandlers, JobQueue, JobWorker } from '@openclaw/queue';
import { connectRedis, type RedisSettings, untilReady } from '@openclaw/redis';
import { LeaseKeeper, loadQuestionAttachments, Runner, Sweeper } from '@openclaw/runner';
import { Describer, extractTitle } from '@openclaw/summaries';
import type { Logger, Redactor } from '@openclaw/telemetry';
import { builtInTools } from '@openclaw/tools';
import { Heartbeat } from './heartbeat.js';

/** A model that can say how its providers do. */
export interface WorkerModel extends ModelClient {
  health(): ProviderHealth[];
  close(): Promise<void>;
}

export interface WorkerSettings {
  readonly config: Config;
  readonly model: WorkerModel;
  /** The agent's character. */
  readonly soul: string;
  /** Touched while this worker lives and reaches Postgres; null for none. */
  readonly aliveFile: string | null;
  readonly redactor: Redactor;
  readonly logger: Logger;
}

export interface WorkerProcess {
  start(): Promise<void>;
  /** Takes no more work, finishes or hands back what it has, and lets go of everything. */
  stop(): Promise<void>;
}

/** Messages of a thread that a run reads. */
const THREAD_MAX = 200;
/** Of the time that stopping may take, what handing back and closing need. */
const HAND_BACK_MS = 5000;
const FIRST_CONNECT_MS = 2000;

/** Builds the rooms of a worker and joins them; each job has its handler in one list. */
export function composeWorker(settings: WorkerSettings): WorkerProcess {
  const { config, logger, model } = settings;
  const id = `worker-${randomUUID()}`;
  const redisSettings = { url: config.redis.url, prefix: config.redis.prefix };
  const database = new Database({ url: config.database.url, poolMax: config.database.pool_max, logger, applicationName: 'openclaw-worker' });
  const redis = connectRedis(redisSettings, 'command', logger);
  const queue = new JobQueue(redis, { prefix: `${config.redis.prefix}-queue` });
  const runs = new RunsStore(database);
  const leases = new LeaseKeeper({ runs, workerId: id, leaseMs: config.worker.lease_ms, heartbeatMs: config.worker.heartbeat_ms, logger });
  const runner = composeRunner(settings, { id, database, leases, redis, queue, runs });
  const describer = new Describer({ outline: new OutlineStore(database), model, logger });
  const jobs = listenForJobs(settings, redisSettings, {
    answerRun: ({ run_id }, signal) => runner.answer(run_id, signal),
    describeConversation: ({ conversation_id }, signal) => describer.describe(conversation_id, signal),
  });
  const presenceStore = new PresenceStore(database);
  const presence = new Presence(id, { store: presenceStore, kind: 'worker', logger, active: () => leases.size, report: () => ({ providers: model.health() }) });
  const sweeper = new Sweeper(
    { runs, accepts: new AcceptStore(database), presence: presenceStore, queue, trimEvents: () => trimLive(redis, eventKeys(config.redis.prefix)), logger },
    { everyMs: config.worker.sweep_ms, silenceMs: config.worker.sweep_ms },
    jobs,
    {
      free: () => config.worker.concurrency - leases.size,
      get isIdle() { return leases.size === 0; },
      answer: (runId, stopping) => runner.answer(runId, stopping),
    },
  );
  const heartbeat = new Heartbeat(settings.aliveFile, () => database.ping());
  const stopListening = listenForCancels(redisSettings, logger, leases);
  return {
    start: async () => {
      await untilReady(redis, FIRST_CONNECT_MS).catch(() => undefined); // Redis is away: runs are recorded all the same
      await presence.start();
      leases.start();
      sweeper.start();
      jobs.start();
      heartbeat.start();
    },
    stop: async () => {
      await Promise.all([sweeper.stop(), presence.stop(), jobs.stop()]);
      leases.stop();
      heartbeat.stop();
      stopListening();
      await queue.close();
      redis.disconnect();
      await model.close();
      await database.close();
    },
  };
}

function listenForJobs({ config, logger }: WorkerSettings, settings: RedisSettings, handlers: JobHandlers): JobWorker {
  return new JobWorker({
    connect: () => connectRedis(settings, 'blocking', logger),
    prefix: `${settings.prefix}-queue`,
    concurrency: config.worker.concurrency,
    handlers,
    logger,
  });
}

interface RunnerParts {
  readonly id: string;
  readonly database: Database;
  readonly leases: LeaseKeeper;
  readonly redis: ReturnType<typeof connectRedis>;
  readonly queue: JobQueue;
  readonly runs: RunsStore;
}

function composeRunner({ config, model, soul, redactor, logger }: WorkerSettings, parts: RunnerParts): Runner {
  const { id, database, leases, redis, queue, runs } = parts;
  const memory = new MemoryStore(database);
  const { agent, worker } = config;
  return new Runner(
    {
      stores: { runs, logs: new LogStore(database), journal: new JournalStore(database), outline: new OutlineStore(database) },
      events: { redis, keys: eventKeys(config.redis.prefix), queue },
      agent: {
        model,
        toolsFor: (run) => builtInTools({ caller: run.caller, runId: run.runId, conversationId: run.conversationId, memory }),
        loadAttachments: loadQuestionAttachments,
        limits: {
          turnsMax: agent.max_turns,
          runTimeoutMs: agent.run_timeout_ms,
          toolTimeoutMs: agent.tool_timeout_ms,
          toolArgumentsCharacters: agent.tool_arguments_characters,
          toolResultCharacters: agent.tool_result_characters,
          callsPerTurnMax: agent.tool_calls_per_turn,
          turnCharactersMax: agent.turn_characters,
        },
        shares: agent.context,
        soul,
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        titleWithoutModel: extractTitle,
      },
      leases,
    },
    {
      workerId: id,
      leaseMs: worker.lease_ms,
      lossesMax: worker.attempts_max,
      queueWaitMs: agent.queue_wait_timeout_ms,
      finishMs: Math.max(0, worker.shutdown_ms - HAND_BACK_MS),
      threadMax: THREAD_MAX,
      redactor,
      logger,
    },
  );
}

/** The quick way to stop a run; the heartbeat is the sure one. */
function listenForCancels(settings: RedisSettings, logger: Logger, leases: LeaseKeeper): () => void {
  const connection = connectRedis(settings, 'blocking', logger);
  Notices.onCancel(connection, eventKeys(settings.prefix), (runId) => {
    leases.cancel(runId);
  }).catch((err: unknown) => {
    logger.debug({ err }, 'cancel notices are not heard');
  });
  return () => {
    connection.disconnect();
  };
}

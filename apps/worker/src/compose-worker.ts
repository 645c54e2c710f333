import { randomUUID } from 'node:crypto';
import type { Config } from '@openclaw/words';
import { JournalStore, LogStore, ReindexStore, RunsStore } from '@openclaw/conversations';
import { Database } from '@openclaw/db';
import { composeEmbeddings, type WorkerEmbeddings } from '@openclaw/embeddings';
import { type EventKeys, eventKeys, Notices, trimLive } from '@openclaw/events';
import { type Feature, type MountedWorker, mountWorker, NO_SKILL_RUNNER, type SkillRunner } from '@openclaw/feature';
import { AttachmentsStore, ConversationFiles, FilesStore, publicInternetThrough } from '@openclaw/files';
import { forgetUsedKeys } from '@openclaw/idempotency';
import { LogsStore, type LogWriter, toRetention } from '@openclaw/logs';
import { AdoptStore, Keeper, openRecaller, TermsStore } from '@openclaw/memory';
import { toProxies } from '@openclaw/net';
import { Presence, PresenceStore } from '@openclaw/presence';
import { Bell, BellListener } from '@openclaw/queue';
import { connectRedis, type Redis, untilReady } from '@openclaw/redis';
import { FEATURES } from '@openclaw/roster';
import { Runner, type RunnerAgent, runsLane } from '@openclaw/runner';
import { OverlayStore, type WrittenSettings } from '@openclaw/settings';
import { extractTitle } from '@openclaw/summaries';
import { Heartbeat, type Logger, type Redactor, WorkerMetrics } from '@openclaw/telemetry';
import { backgroundLane, forgetWork, LeaseKeeper, Sweeper, type WorkLane, WorkRunner, WorkStore } from '@openclaw/work';
import { LiveModel, type WorkerModel } from './live-model.js';
import { measureModel } from './measured-model.js';
import { MetricsServer } from './metrics-server.js';

export interface WorkerOptions {
  readonly settings: WrittenSettings;
  /** Makes the model of a configuration. */
  readonly createModel: (config: Config) => WorkerModel;
  /** The agent's character. */
  readonly soul: string;
  /** Touched while this worker lives and reaches Postgres; null for none. */
  readonly aliveFile: string | null;
  /** Has the settings follow what is written, the overlay in this worker's own database included. */
  readonly watchSettings?: (overlay: OverlayStore) => Promise<void>;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** Keeps what it logs for GET /logs; none where nobody asks for it. */
  readonly lines?: LogWriter;
  /** Runs the code of skills; nobody where absent. */
  readonly skillRunner?: SkillRunner;
  /** What it can do; all features of the house where absent. */
  readonly features?: readonly Feature[];
}

export interface WorkerProcess {
  /** `provider/model` that answers first, as it is now. */
  readonly model: string;
  start(): Promise<void>;
  /** Takes no more work, finishes or hands back what it has, and lets go of everything. */
  stop(): Promise<void>;
}

/** Messages of a thread that a run reads. */
const THREAD_MAX = 200;
/** Of the time that stopping may take, what handing back and closing need. */
const HAND_BACK_MS = 5000;
const FIRST_CONNECT_MS = 2000;
/** How often what memory does beside the messages is looked after. */
const KEEP_EVERY_MS = 5000;

/** Builds the rooms of a worker, mounts every feature's side of it, and joins them. */
export async function composeWorker(options: WorkerOptions): Promise<WorkerProcess> {
  const { settings, logger, features = FEATURES, skillRunner = NO_SKILL_RUNNER } = options;
  const config = settings.get(); // for keys that a change of waits for a restart
  const id = `worker-${randomUUID()}`;
  const { url, prefix } = config.redis;
  const connect = (use: 'command' | 'blocking'): Redis => connectRedis({ url, prefix }, use, logger);
  const database = openDatabase(config, logger);
  const redis = connect('command');
  const bell = new Bell(redis, { prefix: `${prefix}-queue` });
  const { lease_ms: leaseMs, heartbeat_ms: heartbeatMs } = config.worker;
  const leases = new LeaseKeeper({ workerId: id, leaseMs, heartbeatMs, logger });
  const metrics = new WorkerMetrics(() => active());
  const keys = eventKeys(prefix);
  const model = openModel(options, metrics);
  const embeddings = openEmbeddings(options, { database, redis, connect: () => connect('blocking') });
  const lent = { settings, logger, database, redis, keys, bell, model, questions: embeddings.questions, skillRunner };
  const mounted = await mountWorker(features, lent);
  const parts = { id, config, mounted, embeddings, database, leases, redis, bell, model, metrics, runs: new RunsStore(database) };
  const active = (): number => leases.sizeOf(parts.runs);
  const lanes = [composeRuns(options, parts), composeBackground(options, parts)];
  const listener = new BellListener({ connect: () => connect('blocking'), prefix: `${prefix}-queue`, lanes, logger });
  const sweeper = new Sweeper({ lanes, bell, listener, tidy: () => trimLive(redis, keys), everyMs: config.worker.sweep_ms, logger });
  const presence = announce(options, parts, active);
  const heartbeat = new Heartbeat(options.aliveFile, () => database.ping());
  const figures = new MetricsServer(() => metrics.text(), config.worker.metrics);
  const keeper = composeKeeper(parts, logger);
  const stopListening = listenForCancels(connect('blocking'), keys, { logger, leases });
  return {
    get model() {
      return `${model.provider}/${model.model}`;
    },
    ...lifeOf(options, { ...parts, sweeper, keeper, presence, listener, heartbeat, figures, stopListening }),
  };
}

interface LivingParts extends WorkerParts {
  readonly sweeper: Sweeper;
  readonly keeper: Keeper;
  readonly presence: Presence;
  readonly listener: BellListener;
  readonly heartbeat: Heartbeat;
  readonly figures: MetricsServer;
  readonly stopListening: () => void;
}

function lifeOf({ settings, logger, lines, watchSettings }: WorkerOptions, parts: LivingParts): Pick<WorkerProcess, 'start' | 'stop'> {
  const { database, redis, bell, model, embeddings, leases, sweeper, keeper, presence, listener, heartbeat, figures, stopListening } =
    parts;
  return {
    start: async () => {
      lines?.start({ store: new LogsStore(database), retention: () => toRetention(settings.get()), logger });
      await untilReady(redis, FIRST_CONNECT_MS).catch(() => undefined); // Redis is away: runs are recorded all the same
      await presence.start();
      await figures.start();
      await watchSettings?.(new OverlayStore(database));
      settings.onChange(() => {
        listener.resize();
      });
      for (const part of [leases, sweeper, keeper, listener, embeddings, heartbeat]) part.start();
    },
    stop: async () => {
      await Promise.all([sweeper.stop(), keeper.stop(), presence.stop(), listener.stop()]);
      for (const part of [leases, heartbeat, figures, embeddings]) part.stop();
      stopListening();
      await bell.close();
      redis.disconnect();
      await Promise.all([model.close(), embeddings.close()]);
      await lines?.stop();
      await database.close();
    },
  };
}

function openDatabase({ database: { url, pool_max: poolMax } }: Config, logger: Logger): Database {
  return new Database({ url, poolMax, logger, applicationName: 'openclaw-worker' });
}

/** The model as the configuration has it at each moment, with what it costs and takes counted. */
function openModel({ settings, createModel }: WorkerOptions, metrics: WorkerMetrics): LiveModel {
  const measured = (config: Config): WorkerModel =>
    measureModel(createModel(config), (call) => {
      metrics.call(call);
    });
  return new LiveModel(settings, measured);
}

interface Connected {
  readonly database: Database;
  readonly redis: Redis;
  readonly connect: () => Redis;
}

function openEmbeddings({ settings, logger }: WorkerOptions, connected: Connected): WorkerEmbeddings {
  const { proxy, redis } = settings.get();
  return composeEmbeddings({ ...connected, logger, config: () => settings.get().memory, proxies: toProxies(proxy), prefix: redis.prefix });
}

/** Says that this worker is there, and how it is. */
function announce(
  { settings, logger, skillRunner = NO_SKILL_RUNNER }: WorkerOptions,
  { id, database, model, embeddings }: WorkerParts,
  active: () => number,
): Presence {
  const skills = (): object => ({ refusal: skillRunner.refusal(), sandbox: skillRunner.sandbox() });
  const report = (): object => ({ providers: model.health(), embedder: embeddings.health(), settings: settings.state, skills: skills() });
  const presence = new Presence(id, { store: new PresenceStore(database), kind: 'worker', logger, active, report });
  settings.onState(() => void presence.beat());
  return presence;
}

function composeKeeper({ database, embeddings }: WorkerParts, logger: Logger): Keeper {
  const [terms, reindex, adopt] = [new TermsStore(database), new ReindexStore(database), new AdoptStore(database)];
  return new Keeper([() => terms.count(), () => reindex.step(), () => adopt.step(), embeddings.chore], KEEP_EVERY_MS, logger);
}

interface WorkerParts {
  readonly id: string;
  /** What it started with. */
  readonly config: Config;
  readonly mounted: MountedWorker;
  readonly embeddings: WorkerEmbeddings;
  readonly database: Database;
  readonly leases: LeaseKeeper;
  readonly redis: Redis;
  readonly bell: Bell;
  readonly model: LiveModel;
  readonly metrics: WorkerMetrics;
  readonly runs: RunsStore;
}

function composeBackground(options: WorkerOptions, parts: WorkerParts): WorkLane {
  const { settings, redactor, logger } = options;
  const { id: workerId, config, leases } = parts;
  const store = new WorkStore(parts.database);
  const works = [...parts.mounted.works, ...parts.embeddings.works, forgetWork(store), forgetUsedKeys(parts.database)];
  const runner = new WorkRunner(
    works,
    {
      store,
      leases,
      redactor,
      logger,
      watch: (kind, outcome) => {
        parts.metrics.work(kind, outcome);
      },
    },
    { workerId, leaseMs: config.worker.lease_ms, finishMs: finishMsOf(config) },
  );
  return backgroundLane('background', { runner, store, leases }, () => settings.get().worker.background_concurrency);
}

function composeRuns(options: WorkerOptions, parts: WorkerParts): WorkLane {
  const concurrency = (): number => options.settings.get().worker.concurrency;
  return runsLane({ runner: composeRunner(options, parts), ...parts }, { concurrency, silenceMs: parts.config.worker.sweep_ms });
}

/** What a stopping worker leaves to what it has in hand. */
function finishMsOf({ worker }: Config): number {
  return Math.max(0, worker.shutdown_ms - HAND_BACK_MS);
}

function composeRunner(options: WorkerOptions, parts: WorkerParts): Runner {
  const { id, config, database, leases, redis, bell, runs, metrics } = parts;
  const { redactor, logger } = options;
  return new Runner(
    {
      stores: { runs, logs: new LogStore(database), journal: new JournalStore(database) },
      events: { redis, keys: eventKeys(config.redis.prefix), bell },
      takeAgent: agentOf(options, parts),
      leases,
    },
    {
      workerId: id,
      leaseMs: config.worker.lease_ms,
      finishMs: finishMsOf(config),
      threadMax: THREAD_MAX,
      redactor,
      logger,
      watch: metrics,
    },
  );
}

/** The agent as the settings of that moment make it. */
function agentOf({ settings, soul }: WorkerOptions, { config, database, model, mounted, embeddings }: WorkerParts): () => RunnerAgent {
  const recaller = openRecaller(database, () => settings.get().memory.weights, embeddings.questions);
  const stores = { store: new AttachmentsStore(database), uploads: new FilesStore(database) };
  const files = new ConversationFiles({ ...stores, network: publicInternetThrough(toProxies(config.proxy)) });
  return () => {
    const { agent, worker } = settings.get();
    const held = model.hold();
    const timeZone = agent.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    return {
      ...held,
      toolsFor: ({ caller, runId, conversationId, channel, thread }, turn) =>
        mounted.toolsFor({ caller, runId, conversationId, channel, timeZone, seen: thread.map(({ id }) => id), ...turn }),
      // The responder without a model asks by itself.
      recall: (run) =>
        held.model.provider === 'builtin' ? Promise.resolve(new Map()) : recaller.recall(run.caller, { ...run, at: run.createdAt }),
      files: (messageIds, questionId, within) => files.ofThread(messageIds, questionId, within),
      madeFiles: (runId) => stores.uploads.madeFor(runId),
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
      policy: { lossesMax: worker.attempts_max, queueWaitMs: agent.queue_wait_timeout_ms },
      soul,
      timeZone,
      titleOf: (question) => (agent.titles === 'off' ? null : extractTitle(question)),
      workAfter: (run, status) => [...(status === 'completed' ? mounted.afterReply(run) : []), ...mounted.afterRun(run)],
    };
  };
}

/** The quick way to stop a run; the heartbeat is the sure one. */
function listenForCancels(connection: Redis, keys: EventKeys, { logger, leases }: { logger: Logger; leases: LeaseKeeper }): () => void {
  Notices.onCancel(connection, keys, (runId) => {
    leases.cancel(runId);
  }).catch((err: unknown) => {
    logger.debug({ err }, 'cancel notices are not heard');
  });
  return () => {
    connection.disconnect();
  };
}

import { randomUUID } from 'node:crypto';
import { Authenticator, type BucketShape, FailureBudget, PassedTokens, RateLimiter } from '@openclaw/auth';
import type { Config } from '@openclaw/words';
import { composeConversations, type ConversationServices, KeptLogs, LogStore } from '@openclaw/conversations';
import { Database } from '@openclaw/db';
import { AskWorkers, LimitedQuestions } from '@openclaw/embeddings';
import { eventKeys, LiveReader, RunFollower } from '@openclaw/events';
import { type Feature, type GatewayKernel, type GatewayParts, routesOf, type Vitals } from '@openclaw/feature';
import { LogsStore, type LogWriter, toRetention } from '@openclaw/logs';
import { Presence, PresenceStore } from '@openclaw/presence';
import { Bell } from '@openclaw/queue';
import { FEATURES } from '@openclaw/roster';
import { connectRedis, type Redis, untilReady } from '@openclaw/redis';
import type { Settings, WrittenSettings } from '@openclaw/settings';
import { KnownTokens, RevocationNotices, TokensStore } from '@openclaw/tokens';
import { GatewayMetrics, type Logger } from '@openclaw/telemetry';
import { ClientMemory } from './http/client-memory.js';
import { Connections } from './http/connections.js';
import { Guard } from './http/guard.js';
import { RequestLog } from './http/request-log.js';
import { RouteIndex } from './http/route-index.js';
import { Chores } from './system/chores.js';
import { DependencyMonitor } from './system/dependency-monitor.js';
import { GatewayAdmission } from './system/gateway-admission.js';
import { LoopWatch } from './system/loop-watch.js';
import { StorageWatch } from './system/storage-watch.js';
import { composeSockets, type SocketParts } from './ws/compose-sockets.js';

export interface GatewayOptions {
  readonly settings: WrittenSettings;
  readonly gatewayToken: string;
  readonly version: string;
  readonly logger: Logger;
  /** Where it keeps what it makes; nothing is kept where it is left out. */
  readonly dataFolder?: string;
  /** Keeps what it logs for GET /logs; none where nobody asks for it. */
  readonly lines?: LogWriter;
  /** What it can do; all features of the house where absent. */
  readonly features?: readonly Feature[];
}

/** Everything a gateway is made of, put together by hand. */
export interface Gateway extends GatewayOptions, SocketParts {
  /** What it started with: for keys that a change of waits for a restart. */
  readonly config: Config;
  readonly guard: Guard;
  readonly connections: Connections;
  readonly requestLog: RequestLog;
  readonly authenticator: Authenticator;
  readonly tokens: KnownTokens;
  readonly kernel: GatewayKernel;
  /** The core's use cases, for the socket. */
  readonly services: ConversationServices;
  readonly follower: RunFollower;
  readonly memory: ClientMemory;
  readonly routeIndex: RouteIndex;
  /** Callers that wait for a reply of the agent, or read it as it comes. */
  readonly waiting: { count: number };
  /** What every feature brings: what answers the routes, and what is looked after beside. */
  mount(): Promise<Required<GatewayParts>>;
  /** Started once everything is there. */
  readonly chores: Chores;
  /** Started once starting up is over, which holds up the loop like nothing after it. */
  readonly loop: LoopWatch;
  readonly draining: AbortController;
  readonly leaving: AbortController;
  /** Connects; resolves once the first look at Postgres and Redis is done, whatever it showed. */
  start(): Promise<void>;
  /** Lets go of everything, after the last request. */
  close(): Promise<void>;
}

const FIRST_CONNECT_MS = 2000;

/** Builds the rooms and joins them; opens connections lazily, listens to nothing yet. */
export function composeGateway(options: GatewayOptions): Gateway {
  const { settings, logger, features = FEATURES } = options;
  const config = settings.get();
  const { url, prefix } = config.redis;
  const connect = (use: 'command' | 'blocking'): Redis => connectRedis({ url, prefix }, use, logger);
  const database = openDatabase(config, logger);
  const redis = connect('command');
  const [keys, bell] = [eventKeys(prefix), new Bell(redis, { prefix: `${prefix}-queue` })];
  const live = new LiveReader({ connect: () => connect('blocking'), keys, logger });
  const waiting = { count: 0 };
  const sockets = (): number => socketParts.sockets.size;
  const metrics = new GatewayMetrics({ waiting: () => waiting.count, sockets });
  const presence = announce(options, database, () => waiting.count + sockets());
  const watches = composeWatches(options, { database, redis, presence });
  const archive = new KeptLogs(new LogStore(database));
  const follower = new RunFollower({ redis, keys, live, archive });
  const tokens = composeTokens(options, database, redis);
  const [workers, chores] = [askWorkers(settings, redis, logger), new Chores(logger)];
  const kernel: GatewayKernel = {
    ...{ settings, version: options.version, logger, database, redis, keys, bell, live, follower, metrics },
    admission: new GatewayAdmission(settings, watches, presence),
    vitals: toVitals(watches),
    admittance: tokens,
    dataFolder: options.dataFolder ?? null,
    questions: new LimitedQuestions(workers, { waitMs: () => settings.get().memory.embeddings.question_ms }),
    routes: routesOf(features),
  };
  const services = composeConversations(kernel);
  const routeIndex = new RouteIndex(kernel.routes);
  const [draining, leaving] = [new AbortController(), new AbortController()];
  const guards = composeGuard(options, { redis, tokens, routes: routeIndex, draining: draining.signal, metrics });
  const socketParts = composeSockets({ ...options, ...guards, ...services, tokens, archive, follower, live });
  return {
    ...options,
    ...guards,
    ...socketParts,
    ...{ config, tokens, kernel, services, follower, routeIndex, waiting, chores, draining, leaving },
    loop: watches.loop,
    mount: () => mount(features, kernel),
    ...lifeOf({ ...options, tokens, live, redis, workers, presence, watches, chores, bell, database }),
  };
}

function openDatabase({ database: { url, pool_max: poolMax } }: Config, logger: Logger): Database {
  return new Database({ url, poolMax, logger, applicationName: 'openclaw-gateway' });
}

/** Says that this gateway is there, and how it is. */
function announce({ settings, logger }: GatewayOptions, database: Database, active: () => number): Presence {
  const report = (): object => ({ settings: settings.state });
  const presence = new Presence(`gateway-${randomUUID()}`, { store: new PresenceStore(database), kind: 'gateway', logger, active, report });
  settings.onState(() => void presence.beat());
  return presence;
}

async function mount(features: readonly Feature[], kernel: GatewayKernel): Promise<Required<GatewayParts>> {
  const parts = (await Promise.all(features.map(async (feature) => feature.gateway?.(kernel)))).filter((part) => part !== undefined);
  return { routes: parts.flatMap(({ routes }) => routes), chores: parts.flatMap(({ chores }) => chores ?? []) };
}

interface Lived extends Pick<GatewayOptions, 'settings' | 'logger' | 'lines'> {
  readonly tokens: KnownTokens;
  readonly live: LiveReader;
  readonly redis: Redis;
  readonly workers: AskWorkers;
  readonly presence: Presence;
  readonly watches: Watches;
  readonly chores: Chores;
  readonly bell: Bell;
  readonly database: Database;
}

function lifeOf({
  tokens,
  live,
  redis,
  workers,
  presence,
  watches,
  chores,
  bell,
  database,
  lines,
  settings,
  logger,
}: Lived): Pick<Gateway, 'start' | 'close'> {
  return {
    start: async () => {
      lines?.start({ store: new LogsStore(database), retention: () => toRetention(settings.get()), logger });
      tokens.start();
      await live.start();
      await untilReady(redis, FIRST_CONNECT_MS).catch(() => undefined); // the monitor reports it, and readiness waits for it
      await Promise.all([presence.start(), watches.start()]);
    },
    close: async () => {
      watches.stop();
      await Promise.all([presence.stop(), tokens.stop(), chores.stop()]);
      await live.stop();
      await bell.close();
      for (const connection of [redis, workers]) connection.disconnect();
      await lines?.stop();
      await database.close();
    },
  };
}

function composeTokens({ settings, logger }: GatewayOptions, database: Database, redis: Redis): KnownTokens {
  const { url, prefix } = settings.get().redis;
  const notices = new RevocationNotices({ redis, connect: () => connectRedis({ url, prefix }, 'blocking', logger), prefix, logger });
  return new KnownTokens({ store: new TokensStore(database), notices, logger });
}

function askWorkers(settings: Settings, redis: Redis, logger: Logger): AskWorkers {
  const { url, prefix } = settings.get().redis;
  const provider = (): string | null => {
    const embedder = settings.get().memory.embeddings.provider;
    return embedder === 'off' ? null : embedder;
  };
  return new AskWorkers({ redis, connect: () => connectRedis({ url, prefix }, 'blocking', logger), prefix, provider });
}

function clientMemory(config: Config, logger: Logger): ClientMemory {
  return new ClientMemory(config.gateway.limits.client_memory_bytes, (bytes) => {
    logger.warn({ bytes }, 'a client that does not read was cut off');
  });
}

interface Watches {
  readonly monitor: DependencyMonitor;
  readonly storage: StorageWatch;
  readonly loop: LoopWatch;
  start(): Promise<void>;
  stop(): void;
}

interface Watched {
  readonly database: Database;
  readonly redis: Redis;
  readonly presence: Presence;
}

const PROBE_MS = 10_000;

/** Each look writes: a server that is full or read-only answers every question and takes nothing. Redis also tells by its connection. */
function composeWatches({ settings, logger }: GatewayOptions, { database, redis, presence }: Watched): Watches {
  const config = settings.get();
  const probe = `${config.redis.prefix}:probe:${presence.id}`;
  const monitor = new DependencyMonitor({ postgres: () => presence.show(), redis: () => redis.set(probe, '1', 'PX', PROBE_MS) }, logger);
  redis.on('close', () => {
    monitor.lost('redis');
  });
  redis.on('ready', () => {
    monitor.found('redis');
  });
  const storage = new StorageWatch({ measure: () => database.sizeMb(), maxMb: config.database.size_max_mb, logger });
  const loop = new LoopWatch();
  return {
    monitor,
    storage,
    loop,
    start: async () => {
      await Promise.all([monitor.start(), storage.start()]);
    },
    stop: () => {
      for (const watch of [monitor, storage, loop]) watch.stop();
    },
  };
}

/** What a gateway can tell of its health, as it is whenever it is asked. */
function toVitals({ monitor, loop }: Watches): Vitals {
  return {
    get isWell() {
      return monitor.isHealthy;
    },
    get isResponsive() {
      return !loop.isLagging;
    },
    get checks() {
      return monitor.checks;
    },
  };
}

type GuardParts = Pick<Gateway, 'guard' | 'authenticator' | 'connections' | 'requestLog' | 'memory'>;

interface Guarded {
  readonly redis: Redis;
  readonly tokens: KnownTokens;
  readonly routes: RouteIndex;
  readonly draining: AbortSignal;
  readonly metrics: GatewayMetrics;
}

function composeGuard(
  { settings, gatewayToken, logger }: GatewayOptions,
  { redis, tokens, routes, draining, metrics }: Guarded,
): GuardParts {
  const config = settings.get();
  const { prefix } = config.redis;
  const rates = (): Config['gateway']['rate_limit'] => settings.get().gateway.rate_limit;
  const requests = ({ requests_per_minute: perMinute, burst } = rates()): BucketShape => ({
    capacity: perMinute + burst,
    refillPerMinute: perMinute,
  });
  const failures = ({ failed_authentications_per_minute: perMinute } = rates()): BucketShape => ({
    capacity: perMinute,
    refillPerMinute: perMinute,
  });
  const limiter = new RateLimiter({ redis, prefix, shape: requests });
  const failing = new RateLimiter({ redis, prefix: `${prefix}:failed`, shape: failures });
  const authenticator = new Authenticator({
    enabled: config.gateway.auth.enabled,
    gatewayToken,
    issued: tokens,
    failures: new FailureBudget({ limiter: failing, redis, prefix: `${prefix}:failed` }),
    passed: new PassedTokens({ redis, prefix }),
  });
  const connections = new Connections(config.gateway.limits.connections);
  const guard = new Guard({ settings, authenticator, limiter, routes, connections, isDraining: () => draining.aborted });
  return {
    authenticator,
    connections,
    guard,
    requestLog: new RequestLog(logger, (line) => {
      metrics.request(line);
    }),
    memory: clientMemory(config, logger),
  };
}

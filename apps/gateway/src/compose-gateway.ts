import { randomUUID } from 'node:crypto';
import { Authenticator, FailureBudget, PassedTokens, RateLimiter } from '@openclaw/auth';
import type { Config } from '@openclaw/words';
import { AcceptStore, ConversationsService, ConversationsStore, LogStore, MessagesService, RunsStore, StatisticsStore } from '@openclaw/conversations';
import { Database } from '@openclaw/db';
import { eventKeys, LiveReader, Notices, RunFollower } from '@openclaw/events';
import { MemoryStore } from '@openclaw/memory';
import { Presence, PresenceStore } from '@openclaw/presence';
import { JobQueue } from '@openclaw/queue';
import { connectRedis, type Redis, untilReady } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import { Connections } from './http/connections.js';
import { Guard } from './http/guard.js';
import { RequestLog } from './http/request-log.js';
import { Canceller } from './messages/canceller.js';
import { Responder } from './messages/responder.js';
import { DependencyMonitor } from './system/dependency-monitor.js';
import { GatewayAdmission } from './system/gateway-admission.js';
import { LoopWatch } from './system/loop-watch.js';
import { StorageWatch } from './system/storage-watch.js';
import { SystemReport } from './system/system-report.js';
import { composeSockets, type SocketParts } from './ws/compose-sockets.js';

export interface GatewaySettings {
  readonly config: Config;
  readonly gatewayToken: string;
  readonly version: string;
  readonly logger: Logger;
}

/** Everything a gateway is made of, put together by hand. */
export interface Gateway extends GatewaySettings, SocketParts {
  readonly guard: Guard;
  readonly connections: Connections;
  readonly requestLog: RequestLog;
  readonly authenticator: Authenticator;
  readonly messages: MessagesService;
  readonly conversations: ConversationsService;
  readonly follower: RunFollower;
  readonly live: LiveReader;
  readonly responder: Responder;
  readonly canceller: Canceller;
  readonly report: SystemReport;
  readonly draining: AbortController;
  readonly leaving: AbortController;
  /** Connects; resolves once the first look at Postgres and Redis is done, whatever it showed. */
  start(): Promise<void>;
  /** Lets go of everything, after the last request. */
  close(): Promise<void>;
}

const FIRST_CONNECT_MS = 2000;

/** Builds the rooms and joins them; opens connections lazily, listens to nothing yet. */
export function composeGateway(settings: GatewaySettings): Gateway {
  const { config, logger } = settings;
  const redisSettings = { url: config.redis.url, prefix: config.redis.prefix };
  const database = new Database({ url: config.database.url, poolMax: config.database.pool_max, logger, applicationName: 'openclaw-gateway' });
  const redis = connectRedis(redisSettings, 'command', logger);
  const keys = eventKeys(config.redis.prefix);
  const live = new LiveReader({ connect: () => connectRedis(redisSettings, 'blocking', logger), keys, logger });
  const queue = new JobQueue(redis, { prefix: `${config.redis.prefix}-queue` });
  let openRequests = 0;
  const presence = new Presence(`gateway-${randomUUID()}`, { store: new PresenceStore(database), kind: 'gateway', logger, active: () => openRequests + socketParts.sockets.size });
  const watches = composeWatches(settings, { database, redis, presence });
  const runs = new RunsStore(database);
  const admission = new GatewayAdmission(config.gateway.queue.max_size, watches, presence);
  const messages = new MessagesService({ accepts: new AcceptStore(database), runs, logs: new LogStore(database), queue, notices: new Notices(redis, keys), admission, logger });
  const follower = new RunFollower({ redis, keys, live, archive: messages });
  const canceller = new Canceller(messages, follower);
  const [draining, leaving] = [new AbortController(), new AbortController()];
  const responder = new Responder(follower, { draining: draining.signal, leaving: leaving.signal }, (change) => { openRequests += change; });
  const conversations = new ConversationsService(new ConversationsStore(database), runs, messages, (caller, runId, signal) => canceller.untilOver(caller, runId, signal));
  const guards = composeGuard(settings, redis, draining.signal);
  const socketParts = composeSockets({ ...settings, ...guards, follower, live, messages, conversations });
  const report = new SystemReport({ config, version: settings.version, ...watches, presence, statistics: new StatisticsStore(database), memory: new MemoryStore(database) });
  return {
    ...settings,
    ...guards,
    ...socketParts,
    messages,
    conversations,
    follower,
    live,
    responder,
    canceller,
    report,
    draining,
    leaving,
    start: async () => {
      await live.start();
      await untilReady(redis, FIRST_CONNECT_MS).catch(() => undefined); // the monitor reports it, and readiness waits for it
      await Promise.all([presence.start(), watches.start()]);
    },
    close: async () => {
      watches.stop();
      await presence.stop();
      await live.stop();
      await queue.close();
      redis.disconnect();
      await database.close();
    },
  };
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
function composeWatches({ config, logger }: GatewaySettings, { database, redis, presence }: Watched): Watches {
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
      loop.start();
      await Promise.all([monitor.start(), storage.start()]);
    },
    stop: () => {
      for (const watch of [monitor, storage, loop]) watch.stop();
    },
  };
}

type GuardParts = Pick<Gateway, 'guard' | 'authenticator' | 'connections' | 'requestLog'>;

function composeGuard({ config, gatewayToken, logger }: GatewaySettings, redis: Redis, draining: AbortSignal): GuardParts {
  const { requests_per_minute: perMinute, burst, failed_authentications_per_minute: failures } = config.gateway.rate_limit;
  const { prefix } = config.redis;
  const limiter = new RateLimiter({ redis, prefix, shape: { capacity: perMinute + burst, refillPerMinute: perMinute } });
  const failing = new RateLimiter({ redis, prefix: `${prefix}:failed`, shape: { capacity: failures, refillPerMinute: failures } });
  const authenticator = new Authenticator({
    enabled: config.gateway.auth.enabled,
    gatewayToken,
    failures: new FailureBudget({ limiter: failing, redis, prefix: `${prefix}:failed` }),
    passed: new PassedTokens({ redis, prefix }),
  });
  const connections = new Connections(config.gateway.limits.connections);
  const guard = new Guard({ gateway: config.gateway, authenticator, limiter, connections, isDraining: () => draining.aborted });
  return { authenticator, connections, guard, requestLog: new RequestLog(logger) };
}

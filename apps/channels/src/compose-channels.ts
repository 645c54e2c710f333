import { randomUUID } from 'node:crypto';
import { type ChannelDefinition, openChatStores, serveChannels } from '@openclaw/chats';
import { composeMessages, KeptLogs, LogStore } from '@openclaw/conversations';
import { Database } from '@openclaw/db';
import { eventKeys, LiveReader, RunFollower } from '@openclaw/events';
import { LogsStore, type LogWriter, toRetention } from '@openclaw/logs';
import { Presence, PresenceStore } from '@openclaw/presence';
import { Bell, BellListener } from '@openclaw/queue';
import { connectRedis, type Redis, untilReady } from '@openclaw/redis';
import { OverlayStore, type WrittenSettings } from '@openclaw/settings';
import { Heartbeat, type Logger, type Redactor } from '@openclaw/telemetry';
import { backgroundLane, type HandledWork, LeaseKeeper, Sweeper, WorkRunner, WorkStore } from '@openclaw/work';
import { CHANNELS } from './channels.js';

export interface ChannelsOptions {
  readonly settings: WrittenSettings;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** Touched while this process lives and reaches Postgres; null for none. */
  readonly aliveFile: string | null;
  /** Has the settings follow what is written, the overlay in this process's own database included. */
  readonly watchSettings?: (overlay: OverlayStore) => Promise<void>;
  /** Keeps what it logs for GET /logs; none where nobody asks for it. */
  readonly lines?: LogWriter;
  /** What it serves; every channel of the house where absent. */
  readonly channels?: readonly ChannelDefinition[];
}

export interface ChannelsProcess {
  start(): Promise<void>;
  /** Lets go of its channels, finishes or hands back what it is saying. */
  stop(): Promise<void>;
}

const FIRST_CONNECT_MS = 2000;
/** What a stopping process leaves to what it is saying. */
const FINISH_MS = 10_000;
/** Things said at once, over all chats: each waits for a platform. */
const SAID_AT_ONCE = 32;

/** Builds the rooms of a process that serves channels, and joins them. */
export function composeChannels(options: ChannelsOptions): ChannelsProcess {
  const { settings, logger } = options;
  const config = settings.get(); // for keys that a change of waits for a restart
  const id = `channels-${randomUUID()}`;
  const redisSettings = { url: config.redis.url, prefix: config.redis.prefix };
  const { url, pool_max: poolMax } = config.database;
  const database = new Database({ url, poolMax, logger, applicationName: 'openclaw-channels' });
  const redis = connectRedis(redisSettings, 'command', logger);
  const keys = eventKeys(config.redis.prefix);
  const live = new LiveReader({ connect: () => connectRedis(redisSettings, 'blocking', logger), keys, logger });
  const follower = new RunFollower({ redis, keys, live, archive: new KeptLogs(new LogStore(database)) });
  const bell = new Bell(redis, { prefix: `${config.redis.prefix}-queue` });
  const messages = composeMessages({ settings, database, redis, keys, bell, logger });
  const store = new WorkStore(database);
  const served = serveChannels(options.channels ?? CHANNELS, {
    holder: id,
    stores: openChatStores(database),
    work: store,
    settings,
    ...{ messages, follower, bell },
    logger,
  });
  const { leases, listener, sweeper } = composeDeliveries(options, { id, works: served.works, store, bell });
  const presence = showPresence(options, { id, database, active: () => leases.sizeOf(store) });
  const heartbeat = new Heartbeat(options.aliveFile, () => database.ping());
  return {
    start: async () => {
      options.lines?.start({ store: new LogsStore(database), retention: () => toRetention(settings.get()), logger });
      await untilReady(redis, FIRST_CONNECT_MS).catch(() => undefined); // Redis is away: what is said waits in Postgres
      await live.start();
      await presence.start();
      await options.watchSettings?.(new OverlayStore(database));
      for (const part of [leases, sweeper, listener, heartbeat, served]) part.start();
    },
    stop: async () => {
      await Promise.all([sweeper.stop(), listener.stop()]);
      await served.stop();
      await presence.stop();
      for (const part of [leases, heartbeat]) part.stop();
      await live.stop();
      await bell.close();
      redis.disconnect();
      await options.lines?.stop();
      await database.close();
    },
  };
}

interface Delivering {
  readonly id: string;
  readonly works: readonly HandledWork[];
  readonly store: WorkStore;
  readonly bell: Bell;
}

/** What has replies said: the bell, the leases of what is being said, and the sweeper for bells that were lost. */
function composeDeliveries({ settings, redactor, logger }: ChannelsOptions, { id, works, store, bell }: Delivering): DeliveryParts {
  const { worker, redis } = settings.get();
  const leases = new LeaseKeeper({ workerId: id, leaseMs: worker.lease_ms, heartbeatMs: worker.heartbeat_ms, logger });
  const times = { workerId: id, leaseMs: worker.lease_ms, finishMs: FINISH_MS };
  const runner = new WorkRunner(works, { store, leases, redactor, logger }, times);
  const lanes = [backgroundLane('channels', { runner, store, leases }, () => SAID_AT_ONCE)];
  const connect = (): Redis => connectRedis({ url: redis.url, prefix: redis.prefix }, 'blocking', logger);
  const listener = new BellListener({ connect, prefix: `${redis.prefix}-queue`, lanes, logger });
  const sweeper = new Sweeper({ lanes, bell, listener, tidy: () => Promise.resolve(), everyMs: worker.sweep_ms, logger });
  return { leases, listener, sweeper };
}

interface DeliveryParts {
  readonly leases: LeaseKeeper;
  readonly listener: BellListener;
  readonly sweeper: Sweeper;
}

function showPresence({ settings, logger }: ChannelsOptions, { id, database, active }: Shown): Presence {
  const report = (): object => ({ settings: settings.state });
  const presence = new Presence(id, { store: new PresenceStore(database), kind: 'channels', logger, active, report });
  settings.onState(() => void presence.beat());
  return presence;
}

interface Shown {
  readonly id: string;
  readonly database: Database;
  readonly active: () => number;
}

import type { Authenticator, IssuedTokens } from '@openclaw/auth';
import type { Settings } from '@openclaw/settings';
import type { ConversationsService, KeptLogs } from '@openclaw/conversations';
import type { LiveReader, RunFollower } from '@openclaw/events';
import type { Logger } from '@openclaw/telemetry';
import type { ClientMemory } from '../http/client-memory.js';
import { FrameMeter } from './frame-meter.js';
import { RunStreams } from './run-streams.js';
import { Sockets } from './sockets.js';
import { Subscriptions } from './subscriptions.js';

export interface SocketDependencies {
  readonly settings: Settings;
  readonly version: string;
  readonly logger: Logger;
  readonly authenticator: Authenticator;
  readonly tokens: Pick<IssuedTokens, 'hold'>;
  readonly memory: ClientMemory;
  readonly follower: RunFollower;
  readonly live: LiveReader;
  readonly archive: KeptLogs;
  readonly conversations: ConversationsService;
}

/** What serves the sockets of one gateway. */
export interface SocketParts {
  readonly sockets: Sockets;
  readonly runStreams: RunStreams;
  readonly subscriptions: Subscriptions;
}

/** Builds them; opens nothing. */
export function composeSockets({
  settings,
  version,
  logger,
  authenticator,
  tokens,
  memory,
  follower,
  live,
  archive,
  conversations,
}: SocketDependencies): SocketParts {
  return {
    sockets: new Sockets({
      limits: settings.get().gateway.limits,
      authenticator,
      tokens,
      meter: new FrameMeter(() => settings.get().gateway.rate_limit.frames_per_minute),
      memory,
      version,
      logger,
    }),
    runStreams: new RunStreams(follower, archive, logger),
    subscriptions: new Subscriptions({ live, conversations, archive, logger }),
  };
}

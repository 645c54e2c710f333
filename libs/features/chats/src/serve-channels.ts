import type { MessagesService } from '@openclaw/conversations';
import type { RunFollower } from '@openclaw/events';
import type { Bell } from '@openclaw/queue';
import type { Settings } from '@openclaw/settings';
import type { Logger } from '@openclaw/telemetry';
import type { HandledWork, WorkStore } from '@openclaw/work';
import type { ChannelDefinition } from './channel.types.js';
import { ChannelServer } from './channel-server.js';
import type { ChatStores } from './chat-stores.module.js';
import { deliverJob } from './deliver.job.js';
import { Inbox } from './inbox.js';
import { Previews } from './previews.js';
import { Pump } from './pump.js';

export interface ServingDeps {
  /** This process, unique among all that ever ran. */
  readonly holder: string;
  readonly stores: ChatStores;
  readonly work: WorkStore;
  readonly settings: Settings;
  readonly messages: Pick<MessagesService, 'acceptWithin'>;
  /** Shows replies while they are made. */
  readonly follower: Pick<RunFollower, 'follow'>;
  readonly bell: Bell;
  readonly logger: Logger;
}

/** Channels of one process. */
export interface ServedChannels {
  /** What says things in their chats. */
  readonly works: readonly HandledWork[];
  start(): void;
  stop(): Promise<void>;
}

/** Serves each of these channels where this process gets it. */
export function serveChannels(definitions: readonly ChannelDefinition[], deps: ServingDeps): ServedChannels {
  const { stores, settings, logger } = deps;
  const served = definitions.map((definition) => {
    const rules = (): ReturnType<ChannelDefinition['rulesOf']> => definition.rulesOf(settings.get());
    const inbox = new Inbox(definition.type, stores, rules);
    const previews = new Previews({ ...deps, ...stores });
    const pump = new Pump(definition.type, deps, {
      maxAgeMs: () => rules().maxAgeMs,
      accepted: (run) => {
        previews.start(server.channel, run);
      },
    });
    const server: ChannelServer = new ChannelServer(definition, { ...deps, ...stores, inbox, pump });
    const through = {
      type: definition.type,
      capabilities: definition.capabilities,
      channel: () => server.channel,
      endPreview: (delivery: string) => previews.end(delivery),
    };
    return { server, previews, work: deliverJob(through, { ...stores, logger }) };
  });
  return {
    works: served.map(({ work }) => work),
    start: () => {
      for (const { server } of served) server.start();
    },
    stop: async () => {
      await Promise.all(
        served.map(async ({ server, previews }) => {
          await previews.stop();
          await server.stop();
        }),
      );
    },
  };
}

import { composeConversations } from '@openclaw/conversations';
import type { Config } from '@openclaw/words';
import { Answer, type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { openChatStores } from './chat-stores.module.js';
import { ChannelsReport } from './channels-report.js';
import { PairingsService } from './pairings.service.js';
import { Pump } from './pump.js';
import { WebhookReceiver } from './webhook/receive-webhook.js';
import { AGE_MS_MAX } from './webhook/webhook.adapter.js';
import { channelRoutes as routes } from './words.js';

/** Everything about channels that a program may ask for, and the door for programs that sign. */
export function channelHandlers(kernel: GatewayKernel): readonly RouteHandler[] {
  const { database, settings, bell, logger } = kernel;
  const config = (): Config => settings.get();
  const stores = openChatStores(database);
  const channels = new ChannelsReport(stores, config);
  const pairings = new PairingsService({ bell, stores });
  const { messages } = composeConversations(kernel);
  const pump = new Pump('webhook', { messages, bell, logger, stores }, { maxAgeMs: () => AGE_MS_MAX });
  const receiver = new WebhookReceiver({ config, pump, stores });
  return [
    handle(routes.listChannels, async () => {
      const list = await channels.list();
      return { channels: list, total: list.length };
    }),
    handle(routes.channelStatus, ({ params }) => channels.get(params.type)),
    handle(routes.listPairings, async ({ params, query }) => {
      const list = await pairings.list(params.type, query.status);
      return { pairings: list, total: list.length };
    }),
    handle(routes.approvePairing, ({ params, body }, caller) => pairings.approve(caller, params.type, params.code, body.person)),
    handle(routes.deletePairing, ({ params }, caller) => pairings.refuse(caller, params.type, params.code)),
    handle(routes.receiveWebhook, async ({ params }, _caller, request) => {
      const headers = {
        id: request.header('webhook-id'),
        timestamp: request.header('webhook-timestamp'),
        signature: request.header('webhook-signature'),
      };
      return new Answer(
        202,
        await receiver.receive({ name: params.name, headers, open: (bytesMax) => request.file(bytesMax) }, request.leaving),
      );
    }),
  ];
}

export type {
  ChannelDefinition,
  ChannelHost,
  DeliverySubject,
  IncomingChat,
  OpenChannel,
  Piece,
  Place,
  Preview,
  Sending,
} from './channel.types.js';
export { ChannelFault } from './channel-fault.js';
export { openChatStores } from './chat-stores.module.js';
export { ChannelsReport } from './channels-report.js';
export { channels } from './feature.js';
export { serveChannels } from './serve-channels.js';
export { webhookChannel } from './webhook/webhook.adapter.js';

export type { ChannelDefinition } from './channel.types.js';
export { openChatStores } from './chat-stores.module.js';
export { ChannelsReport } from './channels-report.js';
export { channels } from './feature.js';
export { serveChannels } from './serve-channels.js';
export { webhookChannel } from './webhook/webhook.adapter.js';

import { type ChannelDefinition, webhookChannel } from '@openclaw/chats';
import { telegramChannel } from '@openclaw/telegram';

/** Every channel that is served. A new one is a room of its own and a line here. */
export const CHANNELS: readonly ChannelDefinition[] = [webhookChannel, telegramChannel()];

import type { Config } from '@openclaw/words';

/** Every type of channel, by the name under which it stands in the configuration. */
export const CHANNEL_TYPES = ['telegram', 'webhook'] as const;
/** A type of channel. */
export type ChannelType = (typeof CHANNEL_TYPES)[number];

/** Whether that name is one of a channel. */
export function isChannelType(name: string): name is ChannelType {
  return CHANNEL_TYPES.some((type) => type === name);
}

/** Whether the configuration has it served. */
export function isEnabled(type: ChannelType, { channels }: Config): boolean {
  if (type === 'webhook') return Object.values(channels.webhook).some(({ enabled }) => enabled);
  return channels[type].enabled;
}

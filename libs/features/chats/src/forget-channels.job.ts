import { type HandledWork, housekeeping } from '@openclaw/work';
import type { ChatStores } from './chat-stores.module.js';

/** Drops codes that ran out, and what was said a month ago. */
export function forgetChannels({ pairings, deliveries }: ChatStores): HandledWork {
  return housekeeping('channels.forget', () => Promise.all([pairings.forget(), deliveries.forget()]));
}

import { type HandledWork, housekeeping } from '@openclaw/work';
import type { UsageStore } from './usage.store.js';

/** Drops what was spent more than 400 days ago. */
export function forgetUsage(store: UsageStore): HandledWork {
  return housekeeping('usage.forget', () => store.forgetOld());
}

import { type HandledWork, housekeeping } from '@openclaw/work';
import type { PresenceStore } from './presence.store.js';

/** Drops the rows of processes that never said goodbye. */
export function forgetProcesses(store: PresenceStore): HandledWork {
  return housekeeping('presence.forget_processes', () => store.forgetGone());
}

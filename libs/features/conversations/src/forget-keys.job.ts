import { type HandledWork, housekeeping } from '@openclaw/work';
import type { AcceptStore } from './accept.store.js';

/** Drops idempotency keys that are a day old. */
export function forgetKeys(accepts: AcceptStore): HandledWork {
  return housekeeping('conversations.forget_keys', () => accepts.forgetOldKeys());
}

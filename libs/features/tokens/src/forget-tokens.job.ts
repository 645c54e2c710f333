import { type HandledWork, housekeeping } from '@openclaw/work';
import type { TokensStore } from './tokens.store.js';

/** Drops tokens that were revoked or have expired a month ago. */
export function forgetTokens(store: TokensStore): HandledWork {
  return housekeeping('tokens.forget', () => store.forgetOld());
}

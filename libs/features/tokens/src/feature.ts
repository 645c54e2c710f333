import type { Feature } from '@openclaw/feature';
import { tokenRoutes } from './words.js';

/** Tokens beside the gateway's own: named, scoped, revocable. */
export const tokens: Feature = {
  name: 'tokens',
  routes: tokenRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).tokenHandlers(kernel) }),
  worker: async ({ database }) => {
    const [{ TokensStore }, { forgetTokens }] = await Promise.all([import('./tokens.store.js'), import('./forget-tokens.job.js')]);
    return { works: [forgetTokens(new TokensStore(database))] };
  },
};

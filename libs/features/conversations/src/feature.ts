import type { Feature } from '@openclaw/feature';
import { conversationRoutes } from './words.js';

/** Messages, their runs, and the conversations that they make. */
export const conversations: Feature = {
  name: 'conversations',
  routes: conversationRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).conversationHandlers(kernel) }),
  worker: async ({ database }) => {
    const [{ AcceptStore }, { forgetKeys }] = await Promise.all([import('./accept.store.js'), import('./forget-keys.job.js')]);
    return { works: [forgetKeys(new AcceptStore(database))] };
  },
};

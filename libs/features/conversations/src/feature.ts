import type { Feature } from '@openclaw/feature';
import { conversationRoutes } from './words.js';

/** Messages, their runs, and the conversations that they make. */
export const conversations: Feature = {
  name: 'conversations',
  routes: conversationRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).conversationHandlers(kernel) }),
};

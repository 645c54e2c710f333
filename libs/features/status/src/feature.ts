import type { Feature } from '@openclaw/feature';
import { statusRoutes } from './words.js';

/** Health and figures of the whole system. */
export const status: Feature = {
  name: 'status',
  routes: statusRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).statusHandlers(kernel) }),
};

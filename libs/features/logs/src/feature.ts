import type { Feature } from '@openclaw/feature';
import { logRoutes } from './words.js';

/** What every process of the house has logged, in one place. */
export const logs: Feature = {
  name: 'logs',
  routes: logRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).logHandlers(kernel) }),
};

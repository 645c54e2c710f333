import type { Feature } from '@openclaw/feature';
import { scheduleRoutes } from './words.js';

/** Messages that are sent to the agent at set times. */
export const schedules: Feature = {
  name: 'schedules',
  routes: scheduleRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).scheduleHandlers(kernel) }),
  worker: async (kernel) => ({ works: (await import('./compose-works.js')).composeWorks(kernel) }),
};

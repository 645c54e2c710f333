import type { Feature } from '@openclaw/feature';
import { memoryRoutes } from './words.js';

/** What was said and saved, and how it is found again. */
export const memory: Feature = {
  name: 'memory',
  routes: memoryRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).memoryHandlers(kernel) }),
};

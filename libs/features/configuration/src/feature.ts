import type { Feature } from '@openclaw/feature';
import { configurationRoutes } from './words.js';

/** The configuration, read and changed over the API. */
export const configuration: Feature = {
  name: 'configuration',
  routes: configurationRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).configurationHandlers(kernel) }),
};

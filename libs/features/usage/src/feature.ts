import type { Feature } from '@openclaw/feature';
import { usageRoutes } from './words.js';

/** What was asked of models, and what that cost. */
export const usage: Feature = {
  name: 'usage',
  routes: usageRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).usageHandlers(kernel) }),
  worker: async ({ database }) => {
    const [{ UsageStore }, { forgetUsage }] = await Promise.all([import('./usage.store.js'), import('./forget-usage.job.js')]);
    return { works: [forgetUsage(new UsageStore(database))] };
  },
};

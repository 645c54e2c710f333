import type { Feature } from '@openclaw/feature';
import { newWork } from '@openclaw/work';
import { thingRoutes } from './words.js';

export const things: Feature = {
  name: 'things',
  routes: thingRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).thingHandlers(kernel) }),
  worker: async ({ database }) => {
    const [{ ThingsStore }, { COUNT, countThings }, { thingTools }] = await Promise.all([
      import('./things.store.js'),
      import('./count-things.job.js'),
      import('./thing-tools.js'),
    ]);
    const store = new ThingsStore(database);
    return {
      tools: (run) => thingTools(run, store),
      works: [countThings(store)],
      afterReply: ({ caller }) => [newWork(COUNT, {}, caller)],
    };
  },
};

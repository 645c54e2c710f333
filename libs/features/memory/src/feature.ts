import type { Feature } from '@openclaw/feature';
import { memoryRoutes } from './words.js';

/** What was said and saved, and how it is found again. */
export const memory: Feature = {
  name: 'memory',
  routes: memoryRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).memoryHandlers(kernel) }),
  worker: async ({ database, settings, questions }) => {
    const [{ openMemory }, { memoryTools }, { FiguresStore }, { retainMemory }] = await Promise.all([
      import('./memory.module.js'),
      import('./memory-tools.js'),
      import('./figures.store.js'),
      import('./retain.job.js'),
    ]);
    const service = openMemory(database, () => settings.get().memory.weights, questions);
    return { tools: (run) => memoryTools(run, service), works: [retainMemory(new FiguresStore(database), () => settings.get().memory)] };
  },
};

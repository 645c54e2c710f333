import type { Feature } from '@openclaw/feature';
import { memoryRoutes } from './words.js';

/** What was said and saved, and how it is found again. */
export const memory: Feature = {
  name: 'memory',
  routes: memoryRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).memoryHandlers(kernel) }),
  worker: async ({ database }) => {
    const [{ openMemory }, { memoryTools }] = await Promise.all([import('./memory.module.js'), import('./memory-tools.js')]);
    const service = openMemory(database);
    return { tools: (run) => memoryTools(run, service) };
  },
};

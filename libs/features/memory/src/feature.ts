import type { Feature } from '@openclaw/feature';
import { memoryRoutes } from './words.js';

/** What was said and saved, and how it is found again. */
export const memory: Feature = {
  name: 'memory',
  routes: memoryRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).memoryHandlers(kernel) }),
  worker: async ({ database, settings, model, logger, questions }) => {
    const [
      { openMemory },
      { memoryTools },
      { FiguresStore },
      { retainMemory },
      { PassagesStore },
      { Compactor },
      { compactMemory },
      { WorkStore },
    ] = await Promise.all([
      import('./memory.module.js'),
      import('./memory-tools.js'),
      import('./figures.store.js'),
      import('./retain.job.js'),
      import('./passages.store.js'),
      import('./compactor.js'),
      import('./compact.job.js'),
      import('@openclaw/work'),
    ]);
    const service = openMemory(database, () => settings.get().memory.weights, questions);
    const retained = retainMemory(new FiguresStore(database), () => settings.get().memory);
    const passages = new PassagesStore(database);
    const compacted = compactMemory({ passages, compactor: new Compactor({ passages, model, logger }), works: new WorkStore(database) });
    return { tools: (run) => memoryTools(run, service), works: [retained, ...compacted] };
  },
};

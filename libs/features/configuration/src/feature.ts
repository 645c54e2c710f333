import type { Feature } from '@openclaw/feature';
import { configurationRoutes } from './words.js';

/** The configuration, read and changed over the API. */
export const configuration: Feature = {
  name: 'configuration',
  routes: configurationRoutes,
  gateway: async (kernel) => {
    const [{ configurationHandlers }, { configurationChores }] = await Promise.all([import('./routes.js'), import('./chores.js')]);
    return { routes: configurationHandlers(kernel), chores: configurationChores(kernel) };
  },
  worker: async ({ database, settings, logger }) => {
    const [{ PresenceStore }, { RevisionsStore }, { watchConfiguration }, { ConfigurationWatch }] = await Promise.all([
      import('@openclaw/presence'),
      import('./revisions.store.js'),
      import('./watch.job.js'),
      import('./watch.service.js'),
    ]);
    const store = new RevisionsStore(database);
    const watch = new ConfigurationWatch({ store, presence: new PresenceStore(database), settings, logger });
    return { works: [watchConfiguration(store, settings, watch)] };
  },
};

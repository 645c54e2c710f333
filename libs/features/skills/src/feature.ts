import type { Feature } from '@openclaw/feature';
import { skillRoutes } from './words.js';

/** Instructions that the agent is taught over the API. */
export const skills: Feature = {
  name: 'skills',
  routes: skillRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).skillHandlers(kernel) }),
  worker: async ({ database, settings, skillRunner }) => {
    const [{ SkillUseStore }, { skillTools }, { FetchesStore }, { fetchPackage }, { publicInternetThrough }] = await Promise.all([
      import('./skill-use.store.js'),
      import('./skill-tools.js'),
      import('./fetches.store.js'),
      import('./fetch-package.job.js'),
      import('@openclaw/files'),
    ]);
    const store = new SkillUseStore(database);
    const network = (): ReturnType<typeof publicInternetThrough> => {
      const { http, https, except } = settings.get().proxy;
      return publicInternetThrough({ http: http === '' ? null : http, https: https === '' ? null : https, except });
    };
    return {
      tools: () => skillTools({ skills: store, runner: skillRunner, env: () => settings.get().skills.env }),
      works: [fetchPackage(new FetchesStore(database), network)],
    };
  },
};

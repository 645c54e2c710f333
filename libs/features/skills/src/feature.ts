import type { Feature } from '@openclaw/feature';
import { skillRoutes } from './words.js';

/** Instructions that the agent is taught over the API. */
export const skills: Feature = {
  name: 'skills',
  routes: skillRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).skillHandlers(kernel) }),
  worker: async ({ database, settings, skillRunner }) => {
    const [{ SkillUseStore }, { skillTools }] = await Promise.all([import('./skill-use.store.js'), import('./skill-tools.js')]);
    const store = new SkillUseStore(database);
    return { tools: () => skillTools({ skills: store, runner: skillRunner, env: () => settings.get().skills.env }) };
  },
};

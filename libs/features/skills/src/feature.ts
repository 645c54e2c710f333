import type { Feature } from '@openclaw/feature';
import { skillRoutes } from './words.js';

/** Instructions that the agent is taught over the API. */
export const skills: Feature = {
  name: 'skills',
  routes: skillRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).skillHandlers(kernel) }),
  worker: async ({ database }) => {
    const [{ SkillsStore }, { skillTools }] = await Promise.all([import('./skills.store.js'), import('./skill-tools.js')]);
    const store = new SkillsStore(database);
    return { tools: () => skillTools(store) };
  },
};

import type { Feature } from '@openclaw/feature';
import { auditRoutes } from './words.js';

/** What changed the system, and that nobody changed what is told of it. */
export const auditing: Feature = {
  name: 'auditing',
  routes: auditRoutes,
  gateway: async (kernel) => {
    const [{ auditHandlers }, { auditChores }] = await Promise.all([import('./routes.js'), import('./chores.js')]);
    return { routes: auditHandlers(kernel), chores: auditChores(kernel) };
  },
};

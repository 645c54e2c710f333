import type { Feature } from '@openclaw/feature';

/** Which processes there are. */
export const presence: Feature = {
  name: 'presence',
  worker: async ({ database }) => {
    const [{ PresenceStore }, { forgetProcesses }] = await Promise.all([
      import('./presence.store.js'),
      import('./forget-processes.job.js'),
    ]);
    return { works: [forgetProcesses(new PresenceStore(database))] };
  },
};

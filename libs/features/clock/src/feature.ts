import type { Feature } from '@openclaw/feature';

/** The agent's watch. */
export const clock: Feature = {
  name: 'clock',
  worker: async () => {
    const { currentTime } = await import('./current-time.tool.js');
    return { tools: ({ timeZone }) => [currentTime(timeZone)] };
  },
};

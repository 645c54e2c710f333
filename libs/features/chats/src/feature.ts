import type { Feature } from '@openclaw/feature';
import { channelRoutes } from './words.js';

/** The agent where people already talk. */
export const channels: Feature = {
  name: 'channels',
  routes: channelRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).channelHandlers(kernel) }),
  worker: async ({ database }) => {
    const [{ deliverAfter }, { forgetChannels }, { openChatStores }] = await Promise.all([
      import('./deliver-kinds.js'),
      import('./forget-channels.job.js'),
      import('./chat-stores.module.js'),
    ]);
    return { works: [forgetChannels(openChatStores(database))], afterRun: deliverAfter };
  },
};

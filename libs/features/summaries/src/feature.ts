import type { Feature } from '@openclaw/feature';
import { workAfterReply } from './describe-conversation.job.js';

/** Titles and summaries of conversations. */
export const summaries: Feature = {
  name: 'summaries',
  worker: async ({ database, model, logger }) => {
    const [{ OutlineStore }, { Describer }, { describeConversations }] = await Promise.all([
      import('@openclaw/conversations'),
      import('./describer.js'),
      import('./describe-conversation.job.js'),
    ]);
    const describer = new Describer({ outline: new OutlineStore(database), model, logger });
    return { works: describeConversations(describer), afterReply: workAfterReply };
  },
};

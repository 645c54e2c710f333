import type { Feature } from '@openclaw/feature';
import { workAfterReply } from './describe-conversation.job.js';

/** Titles and summaries of conversations. */
export const summaries: Feature = {
  name: 'summaries',
  worker: async ({ database, model, settings, logger }) => {
    const [{ OutlineStore }, { Describer }, { describeConversations }] = await Promise.all([
      import('@openclaw/conversations'),
      import('./describer.js'),
      import('./describe-conversation.job.js'),
    ]);
    const asksForTitles = (): boolean => model.provider !== 'builtin' && settings.get().agent.titles === 'auto';
    const describer = new Describer({ outline: new OutlineStore(database), model, asksForTitles, logger });
    return { works: describeConversations(describer), afterReply: (run) => workAfterReply(run, asksForTitles()) };
  },
};

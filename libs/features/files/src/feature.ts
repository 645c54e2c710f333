import type { Feature } from '@openclaw/feature';

/** What is attached to messages. */
export const files: Feature = {
  name: 'files',
  worker: async ({ database }) => {
    const [{ AttachmentsStore }, { ConversationFiles }, { readFile }] = await Promise.all([
      import('./attachments.store.js'),
      import('./conversation-files.js'),
      import('./read-file.tool.js'),
    ]);
    const ofConversations = new ConversationFiles({ store: new AttachmentsStore(database) });
    return { tools: (run) => [readFile(run, ofConversations)] };
  },
};

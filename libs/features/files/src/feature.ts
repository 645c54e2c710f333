import type { Feature } from '@openclaw/feature';
import { fileRoutes } from './words.js';

/** What is attached to messages, and what is sent before it is. */
export const files: Feature = {
  name: 'files',
  routes: fileRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).fileHandlers(kernel) }),
  worker: async ({ database }) => {
    const [{ AttachmentsStore }, { ConversationFiles }, { FilesStore }, { forgetFiles }, { readFile }] = await Promise.all([
      import('./attachments.store.js'),
      import('./conversation-files.js'),
      import('./files.store.js'),
      import('./forget-files.job.js'),
      import('./read-file.tool.js'),
    ]);
    const uploads = new FilesStore(database);
    const ofConversations = new ConversationFiles({ store: new AttachmentsStore(database), uploads });
    return { tools: (run) => [readFile(run, ofConversations)], works: [forgetFiles(uploads)] };
  },
};

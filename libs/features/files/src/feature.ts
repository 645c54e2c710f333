import type { Feature } from '@openclaw/feature';
import { fileRoutes } from './words.js';

/** What is attached to messages, and what is sent before it is. */
export const files: Feature = {
  name: 'files',
  routes: fileRoutes,
  gateway: async (kernel) => ({ routes: (await import('./routes.js')).fileHandlers(kernel) }),
  worker: async ({ database, settings }) => {
    const [{ AttachmentsStore }, { ConversationFiles }, { FilesStore }, { forgetFiles }, { makeFile }, { readFile }] = await Promise.all([
      import('./attachments.store.js'),
      import('./conversation-files.js'),
      import('./files.store.js'),
      import('./forget-files.job.js'),
      import('./make-file.tool.js'),
      import('./read-file.tool.js'),
    ]);
    const uploads = new FilesStore(database);
    const store = new AttachmentsStore(database);
    const ofConversations = new ConversationFiles({ store, uploads });
    const personBytesMax = (): number => settings.get().gateway.limits.person_file_bytes;
    return {
      tools: (run) => [readFile(run, ofConversations), makeFile(run, { uploads, store, personBytesMax })],
      works: [forgetFiles(uploads)],
    };
  },
};

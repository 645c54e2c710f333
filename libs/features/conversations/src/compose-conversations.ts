import type { GatewayKernel } from '@openclaw/feature';
import { Notices } from '@openclaw/events';
import { FilesStore } from '@openclaw/files';
import { openSearch } from '@openclaw/memory';
import { AcceptStore } from './accept.store.js';
import { Canceller } from './canceller.js';
import { ConversationsService } from './conversations.service.js';
import { ConversationsStore } from './conversations.store.js';
import { MessagesService } from './messages.service.js';
import { RunsStore } from './runs.store.js';

/** The use cases of messages and conversations: the front door for doors and for other features. */
export interface ConversationServices {
  readonly messages: MessagesService;
  readonly conversations: ConversationsService;
  readonly canceller: Canceller;
}

/** Keeps no state: each of its callers may make its own. */
export function composeConversations(kernel: Omit<GatewayKernel, 'vitals' | 'live'>): ConversationServices {
  const { database, redis, keys, bell, admission, logger, follower } = kernel;
  const runs = new RunsStore(database);
  const messages = new MessagesService({ accepts: new AcceptStore(database), runs, files: new FilesStore(database), bell, notices: new Notices(redis, keys), admission, logger });
  const canceller = new Canceller(messages, follower);
  const conversations = new ConversationsService(new ConversationsStore(database, openSearch(database)), runs, messages, (caller, runId, signal) =>
    canceller.untilOver(caller, runId, signal),
  );
  return { messages, conversations, canceller };
}

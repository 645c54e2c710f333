import type { GatewayKernel, WorkerKernel } from '@openclaw/feature';
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

/** The use cases of messages where nobody is asked whether there is room: what the house itself sends. Keeps no state. */
export function composeMessages(
  kernel: Pick<WorkerKernel, 'settings' | 'database' | 'redis' | 'keys' | 'bell' | 'logger'>,
): MessagesService {
  const { settings } = kernel;
  const admission = {
    check: () => Promise.resolve(),
    checkRoom: () => undefined,
    get queueMax() {
      return settings.get().gateway.queue.max_size;
    },
  };
  return messagesOf({ ...kernel, admission });
}

function messagesOf({
  database,
  redis,
  keys,
  bell,
  admission,
  logger,
}: Pick<GatewayKernel, 'database' | 'redis' | 'keys' | 'bell' | 'admission' | 'logger'>): MessagesService {
  const [accepts, runs, files] = [new AcceptStore(database), new RunsStore(database), new FilesStore(database)];
  return new MessagesService({ accepts, runs, files, bell, notices: new Notices(redis, keys), admission, logger });
}

/** Keeps no state: each of its callers may make its own. */
export function composeConversations(kernel: Omit<GatewayKernel, 'vitals' | 'live'>): ConversationServices {
  const { database, follower } = kernel;
  const runs = new RunsStore(database);
  const messages = messagesOf(kernel);
  const canceller = new Canceller(messages, follower);
  const conversations = new ConversationsService(
    new ConversationsStore(database, openSearch(database)),
    runs,
    messages,
    (caller, runId, signal) => canceller.untilOver(caller, runId, signal),
  );
  return { messages, conversations, canceller };
}

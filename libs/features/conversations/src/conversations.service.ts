import type {
  Caller,
  Conversation,
  ConversationId,
  ConversationList,
  ConversationWithMessages,
  GetConversationQuery,
  ListConversationsQuery,
  Message,
  MessageId,
  PatchConversation,
} from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { ConversationDetail, ConversationsStore } from './conversations.store.js';
import type { MessagesService } from './messages.service.js';
import type { RunsStore } from './runs.store.js';

/** How long a deletion waits for the workers to let go; what they write afterwards finds no place and is dropped. */
const LET_GO_MS = 1000;

/** Conversations as their owner reads and keeps them. */
export class ConversationsService {
  readonly #store: ConversationsStore;
  readonly #runs: RunsStore;
  readonly #messages: MessagesService;
  /** Resolves when the run is over, or when `signal` aborts. */
  readonly #untilOver: (caller: Caller, runId: MessageId, signal: AbortSignal) => Promise<void>;

  constructor(
    store: ConversationsStore,
    runs: RunsStore,
    messages: MessagesService,
    untilOver: (caller: Caller, runId: MessageId, signal: AbortSignal) => Promise<void>,
  ) {
    this.#store = store;
    this.#runs = runs;
    this.#messages = messages;
    this.#untilOver = untilOver;
  }

  async list(caller: Caller, query: ListConversationsQuery): Promise<ConversationList> {
    const { conversations, total } = await this.#store.list(caller, query);
    return { conversations, total, limit: query.limit, offset: query.offset };
  }

  /** The newest page of the newest branch, or the page before a message. @throws Fault `not_found`, `bad_request` */
  async get(caller: Caller, id: ConversationId, query: GetConversationQuery): Promise<ConversationWithMessages> {
    const detail = await this.#store.find(caller, id);
    if (!detail) throw notFound();
    const from = await this.#pageStart(caller, detail, query);
    const messages = from === null ? [] : await this.#store.thread(caller, from, query.limit);
    return { ...detail.conversation, metadata: detail.metadata, messages, has_more: (messages[0]?.parent_id ?? null) !== null };
  }

  /** @throws Fault `not_found` */
  async assertExists(caller: Caller, id: ConversationId): Promise<void> {
    if (!(await this.#store.find(caller, id))) throw notFound();
  }

  /** One message as its conversation shows it; null where it is gone. */
  async findMessage(caller: Caller, id: MessageId): Promise<Message | null> {
    const [message] = await this.#store.thread(caller, id, 1);
    return message ?? null;
  }

  /** @throws Fault `not_found` */
  async patch(caller: Caller, id: ConversationId, patch: PatchConversation): Promise<Conversation> {
    const detail = await this.#store.patch(caller, id, patch);
    if (!detail) throw notFound();
    return detail.conversation;
  }

  /**
   * Cancels what is going on in it, then deletes it with all that was learnt from it, and takes what was said out of Redis.
   * @throws Fault `not_found`
   */
  async delete(caller: Caller, id: ConversationId): Promise<void> {
    const live = await this.#runs.liveRuns(caller, id);
    await Promise.all(live.map((runId) => this.#cancel(caller, runId)));
    const signal = AbortSignal.timeout(LET_GO_MS);
    await Promise.all(live.map((runId) => this.#untilOver(caller, runId, signal)));
    if (!(await this.#store.delete(caller, id))) throw notFound();
    await this.#messages.forget(id, live);
  }

  async #cancel(caller: Caller, runId: MessageId): Promise<void> {
    await this.#messages.cancel(caller, runId).catch((thrown: unknown) => {
      // Over or gone meanwhile: that is what was wanted.
      if (!(thrown instanceof Fault) || (thrown.code !== 'conflict' && thrown.code !== 'not_found')) throw thrown;
    });
  }

  /** The newest message of the page: the branch's own, or the one before `before`. */
  async #pageStart(caller: Caller, { conversation, headId }: ConversationDetail, query: GetConversationQuery): Promise<MessageId | null> {
    if (query.before !== undefined) return (await this.#messageOf(caller, conversation.id, { before: query.before })).parentId;
    if (query.branch === undefined) return headId;
    await this.#messageOf(caller, conversation.id, { branch: query.branch });
    return query.branch;
  }

  /** @throws Fault `bad_request` where the message is not of this conversation */
  async #messageOf(
    caller: Caller,
    id: ConversationId,
    named: { before: MessageId } | { branch: MessageId },
  ): Promise<{ parentId: MessageId | null }> {
    const [parameter, messageId] = 'before' in named ? (['before', named.before] as const) : (['branch', named.branch] as const);
    const found = await this.#store.findParentOf(caller, id, messageId);
    if (found) return found;
    throw new Fault('bad_request', `${parameter} names no message of this conversation.`, {
      details: { issues: [{ path: parameter, message: 'is not a message of this conversation' }] },
    });
  }
}

function notFound(): Fault {
  return new Fault('not_found', 'There is no such conversation.');
}

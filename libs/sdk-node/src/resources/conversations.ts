import type {
  Conversation,
  ConversationList,
  ConversationWithMessages,
  GetConversationData,
  ListConversationsData,
  Message,
  PatchConversation,
} from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { type Page, pageFrom } from '../page.js';
import { pathOf, type Transport } from '../transport.js';

/** What was said, by conversation. */
export class Conversations {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Last active first. */
  async list(query: NonNullable<ListConversationsData['query']> = {}, options?: CallOptions): Promise<Page<Conversation>> {
    return pageFrom(query.offset ?? 0, async (offset) => {
      const { conversations, total } = await this.#transport.json<ConversationList>(
        { method: 'GET', path: pathOf('conversations'), query: { ...query, offset }, repeatable: true },
        options,
      );
      return { items: conversations, total };
    });
  }

  /** The conversation with its newest page of messages, in order. */
  async get(id: string, query: NonNullable<GetConversationData['query']> = {}, options?: CallOptions): Promise<ConversationWithMessages> {
    return this.#transport.json({ method: 'GET', path: pathOf('conversations', id), query: { ...query }, repeatable: true }, options);
  }

  /** Every message of a conversation, newest first: pages are asked for as they are needed. */
  async *messages(id: string, options?: CallOptions): AsyncGenerator<Message, void> {
    for (let before: string | undefined, more = true; more;) {
      const page = await this.get(id, { limit: 200, ...(before === undefined ? {} : { before }) }, options);
      yield* page.messages.toReversed();
      before = page.messages[0]?.id;
      more = page.has_more && before !== undefined;
    }
  }

  async update(id: string, patch: PatchConversation, options?: CallOptions): Promise<Conversation> {
    return this.#transport.json({ method: 'PATCH', path: pathOf('conversations', id), json: patch, repeatable: true }, options);
  }

  /** With its messages and the memory learnt from it. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: pathOf('conversations', id), repeatable: true }, options);
  }
}

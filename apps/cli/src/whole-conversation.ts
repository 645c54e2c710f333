import type { ConversationWithMessages, OpenClawClient } from '@openclaw/sdk';

/** A conversation with all of its messages, in order: the branch that is shown. */
export async function wholeConversation(client: OpenClawClient, id: string): Promise<Omit<ConversationWithMessages, 'has_more'>> {
  const { has_more: _more, messages: _newest, ...conversation } = await client.conversations.get(id, { limit: 1 });
  const messages = await Array.fromAsync(client.conversations.messages(id));
  return { ...conversation, messages: messages.reverse() };
}

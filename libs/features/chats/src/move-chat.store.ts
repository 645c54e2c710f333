import { type Query, statement, type Statement } from '@openclaw/db';

const MOVE = 'a chat moves with everything in it, and stays whose it was';
const PARAMS = { channel: 'text', from: 'text', to: 'text' } as const;

const CHATS = statement({
  anybodys: MOVE,
  name: 'move_chats',
  params: PARAMS,
  text: `UPDATE channel_chats SET chat = :to WHERE channel = :channel AND chat = :from AND NOT EXISTS (
  SELECT FROM channel_chats taken WHERE taken.channel = :channel AND taken.chat = :to AND taken.thread = channel_chats.thread AND taken.person = channel_chats.person)`,
});
const MESSAGES = statement({
  anybodys: MOVE,
  name: 'move_chat_messages',
  params: PARAMS,
  text: `UPDATE channel_messages SET chat = :to WHERE channel = :channel AND chat = :from AND status IN ('waiting', 'late') AND NOT EXISTS (
  SELECT FROM channel_messages taken WHERE taken.channel = :channel AND taken.chat = :to AND taken.message = channel_messages.message)`,
});
const DELIVERIES = statement({
  anybodys: MOVE,
  name: 'move_chat_deliveries',
  params: PARAMS,
  text: `UPDATE channel_deliveries SET chat = :to WHERE channel = :channel AND chat = :from AND status = 'open'`,
});
const PAIRINGS = statement({
  anybodys: MOVE,
  name: 'move_chat_pairings',
  params: PARAMS,
  text: `UPDATE channel_pairings SET sender = 'group:' || :to, chat = :to
WHERE channel = :channel AND sender = 'group:' || :from AND NOT EXISTS (SELECT FROM channel_pairings taken WHERE taken.channel = :channel AND taken.sender = 'group:' || :to)`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [CHATS, MESSAGES, DELIVERIES, PAIRINGS];

/**
 * Gives a chat its new id wherever it is named, in one transaction; again it changes nothing. Its person stays what it was: memory goes on.
 */
export async function moveChat(
  query: Query,
  move: { readonly channel: string; readonly from: string; readonly to: string },
): Promise<void> {
  for (const each of [CHATS, MESSAGES, DELIVERIES, PAIRINGS]) await query(each, move);
}

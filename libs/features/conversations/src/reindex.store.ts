import { type Database, of, type Query, type Row, type Statement, statement } from '@openclaw/db';
import { ASSISTANT, insertTurns, TURN_PARAMS, turnParams } from '@openclaw/memory';

const WORKERS = 'workers index for everybody; each entry is of the person of its conversation';
const TAKE = statement({
  anybodys: WORKERS,
  name: 'take_unindexed_conversation',
  row: { id: 'uuid', person: 'text', channel: 'text' },
  text: 'SELECT id, person, channel FROM conversations WHERE unindexed ORDER BY id DESC LIMIT 1 FOR UPDATE SKIP LOCKED',
});
const UNINDEXED = statement({
  anybodys: WORKERS,
  name: 'unindexed_messages',
  params: { conversationId: 'uuid', max: 'int4' },
  row: { id: 'uuid', role: of<'user' | 'assistant'>('"Role"'), content: 'text', created_at: 'timestamptz' },
  text: `SELECT id, role, content, created_at FROM messages m
WHERE conversation_id = :conversationId AND content <> '' AND id NOT IN (
  SELECT message_id FROM memory_entries e WHERE e.conversation_id = :conversationId AND message_id IS NOT NULL)
ORDER BY id LIMIT :max`,
});
const INDEX = statement({
  anybodys: WORKERS,
  name: 'index_message',
  params: {
    conversationId: 'uuid',
    messageId: 'uuid',
    person: 'text',
    author: 'text',
    at: 'timestamptz',
    channel: 'text',
    provenance: 'text',
    ...TURN_PARAMS,
  },
  text: `WITH place AS (
  UPDATE conversations SET entries = entries + cardinality(:entryIds) WHERE id = :conversationId RETURNING entries, session),
${insertTurns({
  from: 'place',
  conversationId: ':conversationId',
  messageId: ':messageId',
  person: ':person',
  author: ':author',
  at: ':at',
  channel: ':channel',
  provenance: ':provenance',
})}
SELECT FROM place`,
});
const DONE = statement({
  anybodys: WORKERS,
  name: 'conversation_is_indexed',
  params: { id: 'uuid' },
  text: 'UPDATE conversations SET unindexed = false WHERE id = :id',
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [TAKE, UNINDEXED, INDEX, DONE];

/** Messages of one step: none may take long. */
const MESSAGES_AT_ONCE = 50;

/** Brings what was said before there was an index into it, the newest conversation first. Side by side without harm. */
export class ReindexStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One step. @returns whether there may be more to do */
  async step(): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      const [conversation] = await query(TAKE);
      if (!conversation) return false;
      const messages = await query(UNINDEXED, { conversationId: conversation.id, max: MESSAGES_AT_ONCE });
      for (const message of messages) await index(query, conversation, message);
      if (messages.length < MESSAGES_AT_ONCE) await query(DONE, { id: conversation.id });
      return true;
    });
  }
}

async function index(
  query: Query,
  { id: conversationId, person, channel }: Row<typeof TAKE.row>,
  message: Row<typeof UNINDEXED.row>,
): Promise<void> {
  const { id: messageId, role, content, created_at: at } = message;
  const who = role === 'user' ? { author: person, provenance: 'owner' } : { author: ASSISTANT, provenance: 'agent' };
  await query(INDEX, { conversationId, messageId, person, ...who, at, channel, ...turnParams(content) });
}

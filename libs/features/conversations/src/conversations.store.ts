import {
  type Conversation,
  type ConversationId,
  idToUuid,
  type ListConversationsQuery,
  type Message,
  type MessageId,
  type PatchConversation,
  type RunStatus,
  type TokenUsage,
  uuidToId,
} from '@openclaw/words';
import type { Database, Prisma, Statement } from '@openclaw/db';

const FILTER = `($1::text IS NULL OR channel = $1) AND ($2::timestamptz IS NULL OR last_message_at >= $2)
  AND ($3::timestamptz IS NULL OR last_message_at <= $3)
  AND ($4::text IS NULL OR id IN (SELECT conversation_id FROM messages WHERE search @@ websearch_to_tsquery('simple', $4)))`;
const COUNT: Statement = { name: 'count_conversations', text: `SELECT count(*)::int AS total FROM conversations WHERE ${FILTER}` };
const PAGE: Statement = {
  name: 'list_conversations',
  text: `SELECT id, channel, title, summary, message_count, created_at, last_message_at FROM conversations
WHERE ${FILTER} ORDER BY last_message_at DESC, id DESC LIMIT $5 OFFSET $6`,
};

/** Attachments are told by name and kind: what they hold would make a page of any size. */
const METADATA = `CASE WHEN jsonb_typeof(m.metadata->'attachments') = 'array' THEN jsonb_set(m.metadata, '{attachments}', (
  SELECT coalesce(jsonb_agg(CASE WHEN attachment->>'url' LIKE 'data:%' THEN attachment - 'url' ELSE attachment - 'text' END), '[]')
  FROM jsonb_array_elements(m.metadata->'attachments') attachment)) ELSE m.metadata END`;
/** $1 where the walk to the root begins, $2 how many messages it takes */
const THREAD: Statement = {
  name: 'thread_page',
  text: `WITH RECURSIVE path AS (
  SELECT id, parent_id, 1 AS depth FROM messages WHERE id = $1
  UNION ALL
  SELECT m.id, m.parent_id, path.depth + 1 FROM path JOIN messages m ON m.id = path.parent_id WHERE path.depth < $2)
SELECT m.id, m.parent_id, m.role, m.content, ${METADATA} AS metadata, m.created_at, runs.status, runs.outcome
FROM path JOIN messages m ON m.id = path.id LEFT JOIN runs ON runs.id = path.id ORDER BY path.depth DESC`,
};

interface ThreadRow {
  id: string;
  parent_id: string | null;
  role: 'user' | 'assistant';
  content: string;
  metadata: Record<string, unknown>;
  created_at: Date;
  status: RunStatus | null;
  outcome: { tokens: TokenUsage; model: string; skills_used: string[] } | null;
}

interface ConversationRow {
  id: string;
  channel: string;
  title: string | null;
  summary: string | null;
  message_count: number;
  created_at: Date;
  last_message_at: Date;
}

/** A conversation with what reading its thread needs. */
export interface ConversationDetail {
  readonly conversation: Conversation;
  readonly metadata: Record<string, unknown>;
  readonly headId: MessageId | null;
}

/** Reading, changing and deleting conversations. */
export class ConversationsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One page, last active first, and how many there are in all. */
  async list(query: ListConversationsQuery): Promise<{ conversations: Conversation[]; total: number }> {
    const filter = [query.channel ?? null, query.since ?? null, query.until ?? null, query.q ?? null];
    const [count] = await this.#database.query<{ total: number }>(COUNT, filter);
    const rows = await this.#database.query<ConversationRow>(PAGE, [...filter, query.limit, query.offset]);
    return { conversations: rows.map(toConversation), total: count?.total ?? 0 };
  }

  async find(id: ConversationId): Promise<ConversationDetail | null> {
    const row = await this.#database.prisma((prisma) => prisma.conversation.findUnique({ where: { id: idToUuid(id) } }));
    return row ? toDetail(row) : null;
  }

  /** True where the message is part of the conversation, on whichever branch. */
  async findParentOf(id: ConversationId, messageId: MessageId): Promise<{ parentId: MessageId | null } | null> {
    const row = await this.#database.prisma((prisma) =>
      prisma.message.findFirst({ where: { id: idToUuid(messageId), conversationId: idToUuid(id) }, select: { parentId: true } }),
    );
    return row ? { parentId: row.parentId === null ? null : uuidToId('msg', row.parentId) } : null;
  }

  /** The message and those before it on its branch, oldest first, at most `max`. */
  async thread(from: MessageId, max: number): Promise<Message[]> {
    const rows = await this.#database.query<ThreadRow>(THREAD, [idToUuid(from), max]);
    return rows.map(toMessage);
  }

  /** @returns null where there is no such conversation */
  async patch(id: ConversationId, patch: PatchConversation): Promise<ConversationDetail | null> {
    const data = {
      ...(patch.title === undefined ? {} : { title: patch.title }),
      ...(patch.metadata === undefined ? {} : { metadata: patch.metadata as Prisma.InputJsonObject }), // parsed JSON is JSON
    };
    const rows = await this.#database.prisma((prisma) => prisma.conversation.updateManyAndReturn({ where: { id: idToUuid(id) }, data }));
    const [row] = rows;
    return row ? toDetail(row) : null;
  }

  /** Messages, runs, journal, keys and memories go with it. @returns false where there is no such conversation */
  async delete(id: ConversationId): Promise<boolean> {
    const { count } = await this.#database.prisma((prisma) => prisma.conversation.deleteMany({ where: { id: idToUuid(id) } }));
    return count === 1;
  }
}

function toConversation(row: ConversationRow): Conversation {
  return {
    id: uuidToId('conv', row.id),
    channel: row.channel,
    title: row.title,
    created_at: row.created_at.toISOString(),
    last_message_at: row.last_message_at.toISOString(),
    message_count: row.message_count,
    summary: row.summary,
  };
}

type PrismaConversation = Prisma.ConversationGetPayload<Record<string, never>>;

function toDetail(row: PrismaConversation): ConversationDetail {
  const { metadata, headId } = row;
  return {
    conversation: toConversation({ ...row, message_count: row.messageCount, created_at: row.createdAt, last_message_at: row.lastMessageAt }),
    metadata: metadata as Record<string, unknown>, // the door lets in objects only
    headId: headId === null ? null : uuidToId('msg', headId),
  };
}

function toMessage(row: ThreadRow): Message {
  return {
    id: uuidToId('msg', row.id),
    role: row.role,
    content: row.content,
    created_at: row.created_at.toISOString(),
    status: row.status ?? 'completed',
    parent_id: row.parent_id === null ? null : uuidToId('msg', row.parent_id),
    ...(row.outcome ? { tokens: row.outcome.tokens, model: row.outcome.model, skills_used: row.outcome.skills_used } : {}),
    ...(Object.keys(row.metadata).length > 0 ? { metadata: row.metadata } : {}),
  };
}

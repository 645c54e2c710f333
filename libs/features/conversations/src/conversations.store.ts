import {
  type Caller,
  type Conversation,
  type ConversationId,
  type ErrorBody,
  idToUuid,
  type ListConversationsQuery,
  type MadeFile,
  type Message,
  type MessageId,
  type PatchConversation,
  type RunStatus,
  type TokenUsage,
  uuidToId,
  type Warning,
} from '@openclaw/words';
import { writeAudit } from '@openclaw/audit';
import { RELEASE_FILES } from '@openclaw/files';
import type { MemorySearch } from '@openclaw/memory';
import { as, type Database, of, type OwnedStatement, ownedStatement, type Prisma, type Row } from '@openclaw/db';

const FILTER_PARAMS = {
  channel: 'text?',
  since: of<string | null>('timestamptz?'),
  until: of<string | null>('timestamptz?'),
  archived: 'bool',
  tag: 'text?',
  ids: of<readonly string[] | null>('uuid[]?'),
} as const;
const FILTER = `(:sees IS NULL OR person = :sees) AND (:channel IS NULL OR channel = :channel) AND (:since IS NULL OR last_message_at >= :since)
  AND (:until IS NULL OR last_message_at <= :until) AND (:archived OR NOT archived) AND (:tag IS NULL OR :tag = ANY(tags))
  AND (:ids IS NULL OR id = ANY(:ids))`;
const COUNT = ownedStatement({
  name: 'count_conversations',
  params: FILTER_PARAMS,
  row: { total: 'int4' },
  text: `SELECT count(*)::int AS total FROM conversations WHERE ${FILTER}`,
});
/** In lists, in characters: a page of 200 stays under 4 MB. The conversation itself has the whole. */
const LISTED_SUMMARY_MAX = 2000;
const PAGE = ownedStatement({
  name: 'list_conversations',
  params: { ...FILTER_PARAMS, limit: 'int4', offset: 'int4' },
  row: {
    id: 'uuid',
    person: 'text',
    channel: 'text',
    title: 'text?',
    summary: 'text?',
    message_count: 'int4',
    created_at: 'timestamptz',
    last_message_at: 'timestamptz',
    pinned: 'bool',
    archived: 'bool',
    tags: 'text[]',
  },
  text: `SELECT id, person, channel, title, CASE WHEN length(summary) > ${String(LISTED_SUMMARY_MAX)}
    THEN left(summary, ${String(LISTED_SUMMARY_MAX)}) || '…' ELSE summary END AS summary, message_count, created_at, last_message_at, pinned, archived, tags
FROM conversations
WHERE ${FILTER} ORDER BY last_message_at DESC, id DESC LIMIT :limit OFFSET :offset`,
});

/** Attachments are told by name and kind: what they hold would make a page of any size. */
const METADATA = `CASE WHEN jsonb_typeof(m.metadata->'attachments') = 'array' THEN jsonb_set(m.metadata, '{attachments}', (
  SELECT coalesce(jsonb_agg(CASE WHEN attachment->>'url' LIKE 'data:%' THEN attachment - 'url' ELSE attachment - 'text' END), '[]')
  FROM jsonb_array_elements(m.metadata->'attachments') attachment)) ELSE m.metadata END`;
/** A message as JSON, in bytes: a control character is six. */
const SIZE = `octet_length(to_json(m.content)::text) + octet_length((${METADATA})::text) + 400`;
/** Of a page as JSON; the message that exceeds it is still in it. */
const THREAD_BYTES_MAX = 4_000_000;
/** From a message towards the root, `max` messages at most, and none once they have come to `bytesMax`. */
const THREAD = ownedStatement({
  name: 'thread_page',
  params: { from: 'uuid', max: 'int4', bytesMax: 'int4' },
  row: {
    id: 'uuid',
    parent_id: 'uuid?',
    role: of<Message['role']>('"Role"'),
    content: 'text',
    metadata: of<Record<string, unknown>>('jsonb'),
    created_at: 'timestamptz',
    status: of<RunStatus | null>('run_status?'),
    outcome: of<Outcome | null>('jsonb?'),
    error: of<ErrorBody | null>('jsonb?'),
  },
  text: `WITH RECURSIVE path AS (
  SELECT m.id, m.parent_id, 1 AS depth, ${SIZE} AS bytes FROM messages m WHERE m.id = :from AND (:sees IS NULL OR EXISTS (
    SELECT FROM conversations WHERE conversations.id = m.conversation_id AND person = :sees))
  UNION ALL
  SELECT m.id, m.parent_id, path.depth + 1, path.bytes + ${SIZE} FROM path JOIN messages m ON m.id = path.parent_id
  WHERE path.depth < :max AND path.bytes < :bytesMax)
SELECT m.id, m.parent_id, m.role, m.content, ${METADATA} AS metadata, m.created_at, runs.status, runs.outcome, runs.error
FROM path JOIN messages m ON m.id = path.id LEFT JOIN runs ON runs.id = path.id ORDER BY path.depth DESC`,
});

/** Whatever is tied to it goes with it; its files are let go of, and go soon. */
const DELETE = ownedStatement({
  name: 'delete_conversation',
  params: { id: 'uuid' },
  row: { person: 'text' },
  text: `WITH gone AS (DELETE FROM conversations WHERE id = :id AND (:sees IS NULL OR person = :sees) RETURNING id, person), ${RELEASE_FILES} SELECT person FROM gone`,
});

/** For the test that holds them to the schema. */
export const statements: readonly OwnedStatement[] = [COUNT, PAGE, THREAD, DELETE];

interface Outcome {
  tokens: TokenUsage;
  model: string;
  skills_used: string[];
  attachments?: MadeFile[];
  warnings?: Warning[];
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
  readonly #search: MemorySearch;

  constructor(database: Database, search: MemorySearch) {
    this.#database = database;
    this.#search = search;
  }

  /** One page, last active first, and how many there are in all. */
  async list(caller: Caller, query: ListConversationsQuery): Promise<{ conversations: Conversation[]; total: number }> {
    const { channel = null, since = null, until = null, archived = false, tag = null, limit, offset } = query;
    const ids = query.q === undefined ? null : (await this.#search.conversations(caller, query.q)).map((id) => idToUuid(id));
    const filter = { channel, since, until, archived, tag, ids };
    const [count] = await this.#database.as(caller)(COUNT, filter);
    const rows = await this.#database.as(caller)(PAGE, { ...filter, limit, offset });
    return { conversations: rows.map(toConversation), total: count?.total ?? 0 };
  }

  async find(caller: Caller, id: ConversationId): Promise<ConversationDetail | null> {
    const row = await this.#database.prisma(caller, (prisma) => prisma.conversation.findUnique({ where: { id: idToUuid(id) } }));
    return row ? toDetail(row) : null;
  }

  /** What the message answers, on whichever branch; null where it is not part of the conversation. */
  async findParentOf(caller: Caller, id: ConversationId, messageId: MessageId): Promise<{ parentId: MessageId | null } | null> {
    const row = await this.#database.prisma(caller, (prisma) =>
      prisma.message.findFirst({ where: { id: idToUuid(messageId), conversationId: idToUuid(id) }, select: { parentId: true } }),
    );
    return row ? { parentId: row.parentId === null ? null : uuidToId('msg', row.parentId) } : null;
  }

  /** The message and those before it on its branch, oldest first, at most `max`, and fewer where they are large: some 4 MB of JSON. */
  async thread(caller: Caller, from: MessageId, max: number): Promise<Message[]> {
    const rows = await this.#database.as(caller)(THREAD, { from: idToUuid(from), max, bytesMax: THREAD_BYTES_MAX });
    return rows.map(toMessage);
  }

  /** @returns null where there is no such conversation */
  async patch(caller: Caller, id: ConversationId, patch: PatchConversation): Promise<ConversationDetail | null> {
    const given = Object.entries(patch).filter(([, value]) => value !== undefined); // what is left out stays as it is
    // the fields of a patch are columns, parsed by its schema
    const data = Object.fromEntries(given) as Prisma.ConversationUpdateManyMutationInput;
    const rows = await this.#database.prisma(caller, (prisma) =>
      prisma.conversation.updateManyAndReturn({ where: { id: idToUuid(id) }, data }),
    );
    const [row] = rows;
    return row ? toDetail(row) : null;
  }

  /** Messages, runs, journal, keys, memories and files go with it. @returns false where there is no such conversation */
  async delete(caller: Caller, id: ConversationId): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      const [gone] = await as(query, caller)(DELETE, { id: idToUuid(id) });
      if (gone) await writeAudit(query, caller, { action: 'conversation.deleted', target: id, details: { person: gone.person } });
      return gone !== undefined;
    });
  }
}

function toConversation(row: Row<typeof PAGE.owned.row>): Conversation {
  return {
    id: uuidToId('conv', row.id),
    person: row.person,
    channel: row.channel,
    title: row.title,
    created_at: row.created_at.toISOString(),
    last_message_at: row.last_message_at.toISOString(),
    message_count: row.message_count,
    summary: row.summary,
    pinned: row.pinned,
    archived: row.archived,
    tags: [...row.tags],
  };
}

type PrismaConversation = Prisma.ConversationGetPayload<Record<string, never>>;

function toDetail(row: PrismaConversation): ConversationDetail {
  const { metadata, headId } = row;
  return {
    conversation: toConversation({
      ...row,
      message_count: row.messageCount,
      created_at: row.createdAt,
      last_message_at: row.lastMessageAt,
    }),
    metadata: metadata as Record<string, unknown>, // the door lets in objects only
    headId: headId === null ? null : uuidToId('msg', headId),
  };
}

function toMessage(row: Row<typeof THREAD.owned.row>): Message {
  return {
    id: uuidToId('msg', row.id),
    role: row.role,
    content: row.content,
    created_at: row.created_at.toISOString(),
    status: row.status ?? 'completed',
    parent_id: row.parent_id === null ? null : uuidToId('msg', row.parent_id),
    ...(row.outcome ? ofReply(row.outcome) : {}),
    ...(row.error ? { error: row.error } : {}),
    ...(Object.keys(row.metadata).length > 0 ? { metadata: row.metadata } : {}),
  };
}

/** What of a completed run its message shows. */
function ofReply({ tokens, model, skills_used, attachments, warnings }: Outcome): Pick<Message, keyof Outcome> {
  return { tokens, model, skills_used, ...(attachments ? { attachments } : {}), ...(warnings ? { warnings } : {}) };
}

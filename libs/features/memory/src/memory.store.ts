import { type Caller, type ConversationId, idToUuid, type MemoryId, uuidToId } from '@openclaw/words';
import { type Database, type OwnedStatement, ownedStatement, type Statement, statement } from '@openclaw/db';

export interface Memory {
  readonly id: MemoryId;
  readonly content: string;
  readonly createdAt: Date;
}

const REMEMBER = ownedStatement({
  name: 'remember',
  params: { id: 'uuid', content: 'text', conversationId: 'uuid' },
  text: `INSERT INTO memories (id, content, conversation_id)
SELECT :id, :content, id FROM conversations WHERE id = :conversationId AND (:sees IS NULL OR person = :sees) ON CONFLICT (id) DO NOTHING`,
});
/** Any of the words, by stem; more of them and rarer ones first. */
const RECALL = ownedStatement({
  name: 'recall',
  params: { query: 'text', limit: 'int4' },
  row: { id: 'uuid', content: 'text', created_at: 'timestamptz' },
  text: `SELECT id, content, created_at FROM memories,
  (SELECT replace(plainto_tsquery('english', :query)::text, ' & ', ' | ')::tsquery AS words) query
WHERE search @@ query.words AND (:sees IS NULL OR EXISTS (
  SELECT FROM conversations WHERE conversations.id = memories.conversation_id AND person = :sees))
ORDER BY ts_rank_cd(search, query.words) DESC, created_at DESC LIMIT :limit`,
});
const STATS = statement({
  anybodys: 'figures over all memories; they tell nothing of any',
  name: 'memory_stats',
  row: { entries: 'int4', bytes: 'int8' },
  text: `SELECT count(*)::int AS entries, coalesce(sum(octet_length(content)), 0)::bigint AS bytes FROM memories`,
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [REMEMBER, RECALL, STATS];

/** What the agent was asked to remember. */
export class MemoryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps it; the same id again changes nothing. It goes when its conversation is deleted. */
  async remember(caller: Caller, id: MemoryId, content: string, conversationId: ConversationId): Promise<void> {
    await this.#database.as(caller)(REMEMBER, { id: idToUuid(id), content, conversationId: idToUuid(conversationId) });
  }

  /** The memories that share a word with `query`, best first; none for a query without words. */
  async recall(caller: Caller, query: string, limit: number): Promise<Memory[]> {
    const rows = await this.#database.as(caller)(RECALL, { query, limit });
    return rows.map((row) => ({ id: uuidToId('mem', row.id), content: row.content, createdAt: row.created_at }));
  }

  async stats(): Promise<{ entries: number; bytes: number }> {
    const [row] = await this.#database.query(STATS);
    return { entries: row?.entries ?? 0, bytes: Number(row?.bytes ?? 0) };
  }
}

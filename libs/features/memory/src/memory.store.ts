import { type ConversationId, idToUuid, type MemoryId, uuidToId } from '@openclaw/words';
import type { Database, Statement } from '@openclaw/db';

export interface Memory {
  readonly id: MemoryId;
  readonly content: string;
  readonly createdAt: Date;
}

const REMEMBER: Statement = {
  name: 'remember',
  text: `INSERT INTO memories (id, content, conversation_id) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING`,
};
/** Any of the words, by stem; more of them and rarer ones first. */
const RECALL: Statement = {
  name: 'recall',
  text: `SELECT id, content, created_at FROM memories,
  (SELECT replace(plainto_tsquery('english', $1)::text, ' & ', ' | ')::tsquery AS words) query
WHERE search @@ query.words ORDER BY ts_rank_cd(search, query.words) DESC, created_at DESC LIMIT $2`,
};
const STATS: Statement = {
  name: 'memory_stats',
  text: `SELECT count(*)::int AS entries, coalesce(sum(octet_length(content)), 0)::bigint AS bytes FROM memories`,
};

interface Row {
  id: string;
  content: string;
  created_at: Date;
}

/** What the agent was asked to remember. */
export class MemoryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps it; the same id again changes nothing. It goes when its conversation is deleted. */
  async remember(id: MemoryId, content: string, conversationId: ConversationId): Promise<void> {
    await this.#database.query(REMEMBER, [idToUuid(id), content, idToUuid(conversationId)]);
  }

  /** The memories that share a word with `query`, best first; none for a query without words. */
  async recall(query: string, limit: number): Promise<Memory[]> {
    const rows = await this.#database.query<Row>(RECALL, [query, limit]);
    return rows.map((row) => ({ id: uuidToId('mem', row.id), content: row.content, createdAt: row.created_at }));
  }

  async stats(): Promise<{ entries: number; bytes: number }> {
    const [row] = await this.#database.query<{ entries: number; bytes: string }>(STATS, []);
    return { entries: row?.entries ?? 0, bytes: Number(row?.bytes ?? 0) };
  }
}

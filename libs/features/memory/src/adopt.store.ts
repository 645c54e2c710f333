import { type Database, of, type Statement, statement } from '@openclaw/db';
import { IMPORTANCE } from './importance.js';
import { indexText } from './index-text.js';
import { ASSISTANT } from './turns.store.js';

const WORKERS = 'workers adopt for everybody; each entry is of the person of its conversation';
const TAKE = statement({
  anybodys: WORKERS,
  name: 'take_old_memories',
  params: { max: 'int4' },
  row: { id: 'uuid', content: 'text' },
  text: 'SELECT id, content FROM memories ORDER BY id LIMIT :max FOR UPDATE SKIP LOCKED',
});
const ADOPT = statement({
  anybodys: WORKERS,
  name: 'adopt_old_memory',
  params: { id: 'uuid', author: 'text', importance: 'float4', terms: of<string>('text'), length: 'int4', flags: 'int4' },
  text: `WITH old AS (DELETE FROM memories WHERE id = :id RETURNING *),
written AS (
  INSERT INTO memory_entries (id, person, kind, author, at, body, checksum, terms, length, flags, conversation_id, provenance, importance, created_at)
  SELECT id, coalesce((SELECT person FROM conversations c WHERE c.id = old.conversation_id), 'owner'), 'fact', :author, created_at, content, sha256(convert_to(content, 'UTF8')), :terms::tsvector, :length, :flags, conversation_id,
    'agent', :importance, created_at FROM old
  ON CONFLICT (id) DO NOTHING RETURNING person, id)
INSERT INTO memory_uncounted (person, entry_id) SELECT person, id FROM written`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [TAKE, ADOPT];

const AT_ONCE = 50;

/** Brings what an earlier version remembered into the entries. Side by side without harm. */
export class AdoptStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One step. @returns whether there may be more to do */
  async step(): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      const found = await query(TAKE, { max: AT_ONCE });
      for (const { id, content } of found)
        await query(ADOPT, { id, author: ASSISTANT, importance: IMPORTANCE.fact, ...indexText(content) });
      return found.length === AT_ONCE;
    });
  }
}

import { type Caller, idToUuid, type MemoryId, type MessageId, uuidToId } from '@openclaw/words';
import { type Database, of, type OwnedStatement, ownedStatement, type Row } from '@openclaw/db';
import type { Provenance } from './entry.types.js';

/** A memory as it is shown with a turn: nothing of it changes but by a correction of its words, and it goes when it is forgotten. */
export interface RecalledEntry {
  readonly id: MemoryId;
  readonly content: string;
  readonly author: string;
  readonly at: Date;
  readonly provenance: Provenance;
}

const FIND = ownedStatement({
  name: 'find_memory_recalls',
  params: { messageIds: 'uuid[]' },
  row: { message_id: 'uuid', id: 'uuid?', body: 'text?', author: 'text?', at: 'timestamptz?', provenance: of<Provenance | null>('text?') },
  text: `SELECT r.message_id, e.id, e.body, e.author, e.at, e.provenance
FROM memory_recalls r
LEFT JOIN LATERAL unnest(r.entry_ids) WITH ORDINALITY AS shown(id, n) ON true
LEFT JOIN memory_entries e ON e.id = shown.id AND e.person = :person AND e.recallable
WHERE r.message_id = ANY(:messageIds) AND r.person = :person
ORDER BY r.message_id, shown.n`,
});
const KEEP = ownedStatement({
  name: 'keep_memory_recall',
  params: { messageId: 'uuid', entryIds: 'uuid[]' },
  text: `WITH kept AS (
  INSERT INTO memory_recalls (message_id, person, entry_ids) SELECT id, :person, :entryIds FROM messages WHERE id = :messageId
  ON CONFLICT (message_id) DO NOTHING RETURNING entry_ids)
UPDATE memory_entries SET recalls = recalls + 1, recalled_at = now() FROM kept WHERE id = ANY(kept.entry_ids) AND person = :person`,
});

/** For the test that holds them to the schema. */
export const statements: readonly OwnedStatement[] = [FIND, KEEP];

/** What memory brought to each question: ids alone, so that what is forgotten is gone from every turn too. */
export class RecallsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A question that was never looked up is not in the map; one that nothing was found for has an empty list. */
  async find(caller: Caller, messageIds: readonly MessageId[]): Promise<Map<MessageId, RecalledEntry[]>> {
    const rows = await this.#database.as(caller)(FIND, { messageIds: messageIds.map((id) => idToUuid(id)) });
    const found = new Map<MessageId, RecalledEntry[]>();
    for (const row of rows) {
      const id = uuidToId('msg', row.message_id);
      found.set(id, [...(found.get(id) ?? []), ...toRecalled(row)]);
    }
    return found;
  }

  /** Once for a question: what is kept already stays. The entries count as shown to the agent. */
  async keep(caller: Caller, messageId: MessageId, entryIds: readonly MemoryId[]): Promise<void> {
    await this.#database.as(caller)(KEEP, { messageId: idToUuid(messageId), entryIds: entryIds.map((id) => idToUuid(id)) });
  }
}

function toRecalled({ id, body, author, at, provenance }: Row<typeof FIND.owned.row>): RecalledEntry[] {
  if (id === null || body === null || author === null || at === null || provenance === null) return [];
  return [{ id: uuidToId('mem', id), content: body, author, at, provenance }];
}

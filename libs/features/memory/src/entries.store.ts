import { writeAudit } from '@openclaw/audit';
import { type Caller, type ConversationId, idToUuid, type MemoryId, newId, type PersonId, uuidToId } from '@openclaw/words';
import { as, type Database, of, type OwnedQuery, type OwnedStatement, ownedStatement, type Row } from '@openclaw/db';
import { type KeyedRequest, takeKey } from '@openclaw/idempotency';
import { lockLog } from './terms.store.js';
import type { EntryKind, Provenance } from './entry.types.js';
import { indexText } from './index-text.js';
import { SESSION_ENTRIES_MAX, SESSION_GAP_MINUTES } from './turns.store.js';

/** An entry that is to be kept. */
export interface NewEntry {
  readonly id: MemoryId;
  readonly kind: EntryKind;
  readonly content: string;
  readonly author: string;
  readonly at: Date;
  readonly importance: number;
  readonly pinned: boolean;
  readonly tags: readonly string[];
  readonly provenance: Provenance;
  /** The conversation it was learnt in: it goes with it. */
  readonly conversationId: ConversationId | null;
  /** Names what it is a turn of, for an import; entries without one stand alone. Turns come in the order in which they are saved. */
  readonly thread: string | null;
  readonly channel: string | null;
}

/** An entry as it is kept. */
export interface Entry extends NewEntry {
  readonly person: PersonId;
  readonly recalls: number;
  readonly recalledAt: Date | null;
  readonly supersededBy: MemoryId | null;
  readonly doneAt: Date | null;
  readonly createdAt: Date;
}

/** What may be corrected. */
export interface EntryPatch {
  readonly content?: string | undefined;
  readonly kind?: EntryKind | undefined;
  readonly importance?: number | undefined;
  readonly pinned?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly done?: boolean | undefined;
}

interface EntryRecord {
  readonly id: string;
  readonly kind: EntryKind;
  readonly author: string;
  readonly at: string;
  readonly body: string;
  readonly terms: string;
  readonly length: number;
  readonly flags: number;
  readonly conversation_id: string | null;
  readonly thread_id: string | null;
  readonly position: number;
  readonly session: number;
  readonly channel: string | null;
  readonly provenance: Provenance;
  readonly importance: number;
  readonly pinned: boolean;
  readonly tags: readonly string[];
}

const WRITE = ownedStatement({
  name: 'write_memory_entries',
  params: { entries: of<readonly EntryRecord[]>('jsonb') },
  text: `WITH written AS (
  INSERT INTO memory_entries (id, person, kind, author, at, body, checksum, terms, length, flags, conversation_id, thread_id, position, session,
    channel, provenance, importance, pinned, tags)
  SELECT e.id, :person, e.kind, e.author, e.at, e.body, sha256(convert_to(e.body, 'UTF8')), e.terms::tsvector, e.length, e.flags, e.conversation_id,
    e.thread_id, e.position, e.session, e.channel, e.provenance, e.importance, e.pinned, e.tags
  FROM jsonb_to_recordset(:entries) AS e(id uuid, kind text, author text, at timestamptz, body text, terms text, length int, flags int2,
    conversation_id uuid, thread_id uuid, position int, session int, channel text, provenance text, importance real, pinned bool, tags text[])
  ON CONFLICT (id) DO NOTHING RETURNING person, id)
INSERT INTO memory_uncounted (person, entry_id) SELECT person, id FROM written`,
});
/** Made where it is not there; locked either way, so that its turns keep one order. */
const OPEN_THREAD = ownedStatement({
  name: 'open_memory_thread',
  params: { id: 'uuid', thread: 'text' },
  row: { id: 'uuid', entries: 'int4', session: 'int4', last_at: 'timestamptz?' },
  text: `INSERT INTO memory_threads (id, person, name) VALUES (:id, :person, :thread)
ON CONFLICT (person, name) DO UPDATE SET name = excluded.name RETURNING id, entries, session, last_at`,
});
const CLOSE_THREAD = ownedStatement({
  name: 'close_memory_thread',
  params: { id: 'uuid', entries: 'int4', session: 'int4', lastAt: 'timestamptz' },
  text: 'UPDATE memory_threads SET entries = :entries, session = :session, last_at = :lastAt WHERE id = :id AND person = :person',
});
const ENTRY = {
  id: 'uuid',
  person: 'text',
  kind: of<EntryKind>('text'),
  body: 'text',
  author: 'text',
  at: 'timestamptz',
  importance: 'float4',
  pinned: 'bool',
  tags: 'text[]',
  provenance: of<Provenance>('text'),
  conversation_id: 'uuid?',
  thread: 'text?',
  channel: 'text?',
  recalls: 'int4',
  recalled_at: 'timestamptz?',
  superseded_by: 'uuid?',
  done_at: 'timestamptz?',
  created_at: 'timestamptz',
} as const;
const COLUMNS = `e.id, e.person, e.kind, e.body, e.author, e.at, e.importance, e.pinned, e.tags, e.provenance, e.conversation_id,
  (SELECT name FROM memory_threads t WHERE t.id = e.thread_id) AS thread, e.channel, e.recalls, e.recalled_at, e.superseded_by, e.done_at, e.created_at`;
const FIND = ownedStatement({
  name: 'find_memory_entries',
  params: { ids: 'uuid[]' },
  row: ENTRY,
  text: `SELECT ${COLUMNS} FROM memory_entries e WHERE e.id = ANY(:ids) AND (:sees IS NULL OR e.person = :sees) AND e.recallable`,
});
const PATCH = ownedStatement({
  name: 'patch_memory_entry',
  params: {
    id: 'uuid',
    kind: of<EntryKind | null>('text?'),
    importance: 'float4?',
    pinned: 'bool?',
    tags: of<readonly string[] | null>('text[]?'),
    done: 'bool?',
  },
  row: ENTRY,
  text: `UPDATE memory_entries e SET kind = coalesce(:kind, kind), importance = coalesce(:importance, importance), pinned = coalesce(:pinned, pinned),
  tags = coalesce(:tags, tags), done_at = CASE WHEN :done IS NULL THEN done_at WHEN :done THEN coalesce(done_at, now()) END WHERE id = :id AND (:sees IS NULL OR person = :sees) AND recallable RETURNING ${COLUMNS}`,
});
/** A new row under the same id: the old words are uncounted and the new ones counted, as with every entry. */
const REWRITE = [
  ownedStatement({
    name: 'take_memory_entry',
    params: { id: 'uuid' },
    row: { entry: of<Readonly<Record<string, unknown>>>('jsonb') },
    text: `DELETE FROM memory_entries e WHERE id = :id AND (:sees IS NULL OR person = :sees) AND recallable
RETURNING to_jsonb(e) - 'seq' - 'body' - 'checksum' - 'terms' - 'length' - 'flags' AS entry`,
  }),
  ownedStatement({
    name: 'put_memory_entry',
    params: { entry: of<Readonly<Record<string, unknown>>>('jsonb'), body: 'text', terms: 'text', length: 'int4', flags: 'int4' },
    text: `WITH written AS (
  INSERT INTO memory_entries (id, person, kind, author, at, body, checksum, terms, length, flags, conversation_id, message_id, thread_id, position,
    session, channel, provenance, importance, tags, pinned, recallable, recalls, recalled_at, superseded_by, done_at, created_at)
  SELECT e.id, e.person, e.kind, e.author, e.at, :body, sha256(convert_to(:body, 'UTF8')), :terms::tsvector, :length, :flags, e.conversation_id,
    e.message_id, e.thread_id, e.position, e.session, e.channel, e.provenance, e.importance, e.tags, e.pinned, e.recallable, e.recalls,
    e.recalled_at, e.superseded_by, e.done_at, e.created_at FROM jsonb_populate_record(NULL::memory_entries, :entry) e
  WHERE :sees IS NULL OR e.person = :sees
  RETURNING person, id)
INSERT INTO memory_uncounted (person, entry_id) SELECT person, id FROM written`,
  }),
] as const;
/** A message that its conversation still holds stays to be found there; memory lets go of it. */
const FORGET = ownedStatement({
  name: 'forget_memory_entry',
  params: { id: 'uuid' },
  row: { gone: 'bool' },
  text: `WITH kept AS (
  UPDATE memory_entries SET recallable = false WHERE id = :id AND person = :person AND recallable AND message_id IS NOT NULL
  RETURNING id, octet_length(body) AS bytes),
lost AS (DELETE FROM memory_passages p USING kept WHERE p.sources @> ARRAY[kept.id] AND p.person = :person RETURNING p.section_id),
stale AS (UPDATE memory_sections s SET through_seq = 0 FROM lost WHERE s.id = lost.section_id AND s.person = :person),
log AS (UPDATE memory_logs SET forgotten = forgotten + 1, forgotten_bytes = forgotten_bytes + kept.bytes FROM kept WHERE person = :person),
deleted AS (DELETE FROM memory_entries WHERE id = :id AND person = :person AND recallable AND message_id IS NULL RETURNING id)
SELECT EXISTS (SELECT FROM kept) OR EXISTS (SELECT FROM deleted) AS gone`,
});
const SUPERSEDE = ownedStatement({
  name: 'supersede_memory_entry',
  params: { id: 'uuid', by: 'uuid' },
  row: { id: 'uuid' },
  text: 'UPDATE memory_entries SET superseded_by = :by WHERE id = :id AND person = :person AND id <> :by RETURNING id',
});
const SAME = ownedStatement({
  name: 'same_memory_entry',
  params: { body: 'text' },
  row: { id: 'uuid' },
  text: `SELECT id FROM memory_entries WHERE person = :person AND checksum = sha256(convert_to(:body, 'UTF8')) AND kind <> 'message' AND recallable
  AND superseded_by IS NULL ORDER BY seq LIMIT 1`,
});

/** All of them, for the test that holds them to the schema. */
export const statements: readonly OwnedStatement[] = [WRITE, OPEN_THREAD, CLOSE_THREAD, FIND, PATCH, ...REWRITE, FORGET, SUPERSEDE, SAME];

/** Entries of one statement: none may take long. */
const WRITTEN_AT_ONCE = 100;

/** Entries of memory, one by one. What is another person's is as if it were not there. */
export class EntriesStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Keeps all of them or none. An id that is there already stays as it is.
   * @param keyed the request that brings them: sent again, it keeps nothing more
   * @returns what it kept before; null where it is kept now
   * @throws Fault `conflict` where the key stood for another request
   */
  async save(caller: Caller, entries: readonly NewEntry[], keyed?: KeyedRequest): Promise<readonly MemoryId[] | null> {
    return this.#database.transaction(async (query) => {
      const kept = keyed
        ? await takeKey(
            query,
            caller,
            keyed,
            entries.map(({ id }) => id),
          )
        : null;
      if (kept) return kept as readonly MemoryId[]; // the ids that were given then
      const own = as(query, caller);
      const places = await placesOf(own, entries);
      for (let start = 0; start < entries.length; start += WRITTEN_AT_ONCE) {
        const some = entries.slice(start, start + WRITTEN_AT_ONCE);
        await own(WRITE, { entries: some.map((entry) => toRecord(entry, places.get(entry.id))) });
      }
      return null;
    });
  }

  /** Those that there are, in the order of `ids`. */
  async find(caller: Caller, ids: readonly MemoryId[]): Promise<Entry[]> {
    const rows = await this.#database.as(caller)(FIND, { ids: ids.map((id) => idToUuid(id)) });
    const byId = new Map(rows.map((row) => [row.id, toEntry(row)]));
    return ids.flatMap((id) => byId.get(idToUuid(id)) ?? []);
  }

  /** @returns the entry as it is now, or null where there is none */
  async patch(caller: Caller, id: MemoryId, { content, kind, importance, pinned, tags, done }: EntryPatch): Promise<Entry | null> {
    const uuid = idToUuid(id);
    if (content !== undefined && !(await this.#rewrite(caller, uuid, content))) return null;
    const given = { kind: kind ?? null, importance: importance ?? null, pinned: pinned ?? null, tags: tags ?? null, done: done ?? null };
    const [row] = await this.#database.as(caller)(PATCH, { id: uuid, ...given });
    return row ? toEntry(row) : null;
  }

  /** A message that its conversation still holds is let go of; anything else is deleted. @returns false where there is none */
  async forget(caller: Caller, id: MemoryId): Promise<boolean> {
    const [entry] = await this.find(caller, [id]);
    if (!entry) return false;
    const owner = { person: entry.person, sees: entry.person };
    return this.#database.transaction(async (query) => {
      await lockLog(query, owner);
      const [row] = await as(query, owner)(FORGET, { id: idToUuid(id) });
      if (row?.gone) await writeAudit(query, caller, { action: 'memory.forgotten', target: id, details: { person: owner.person } });
      return row?.gone ?? false;
    });
  }

  /** Marks an entry as corrected by another. @returns false where there is none */
  async supersede(caller: Caller, id: MemoryId, by: MemoryId): Promise<boolean> {
    return (await this.#database.as(caller)(SUPERSEDE, { id: idToUuid(id), by: idToUuid(by) })).length === 1;
  }

  /** What was saved with this very text, if anything was. */
  async findSame(caller: Caller, content: string): Promise<MemoryId | null> {
    const [row] = await this.#database.as(caller)(SAME, { body: content });
    return row ? uuidToId('mem', row.id) : null;
  }

  async #rewrite(caller: Caller, id: string, content: string): Promise<boolean> {
    const [take, put] = REWRITE;
    return this.#database.transaction(async (query) => {
      const [taken] = await as(query, caller)(take, { id });
      if (!taken) return false;
      await as(query, caller)(put, { entry: taken.entry, body: content, ...indexText(content) });
      return true;
    });
  }
}

interface Place {
  readonly threadId: string;
  readonly position: number;
  readonly session: number;
}

/** Opens the threads by name, so that two imports never wait for each other in a circle, and numbers their turns. */
async function placesOf(query: OwnedQuery, entries: readonly NewEntry[]): Promise<ReadonlyMap<MemoryId, Place>> {
  const places = new Map<MemoryId, Place>();
  const threads = new Set(entries.flatMap(({ thread }) => (thread === null ? [] : [thread])));
  for (const thread of [...threads].sort()) {
    const [open] = await query(OPEN_THREAD, { id: uuidOf(), thread });
    if (!open) continue;
    let [position, session, lastAt] = [open.entries, open.session, open.last_at];
    for (const entry of entries) {
      if (entry.thread !== thread) continue;
      position += 1;
      if (lastAt !== null && (isApart(lastAt, entry.at) || position - session >= SESSION_ENTRIES_MAX)) session = position;
      lastAt = entry.at;
      places.set(entry.id, { threadId: open.id, position, session });
    }
    await query(CLOSE_THREAD, { id: open.id, entries: position, session, lastAt: lastAt ?? new Date() });
  }
  return places;
}

function isApart(one: Date, other: Date): boolean {
  return Math.abs(other.getTime() - one.getTime()) > SESSION_GAP_MINUTES * 60_000;
}

/** Threads have no id on the wire; theirs is like all others'. */
function uuidOf(): string {
  return idToUuid(newId('mem'));
}

function toRecord({ id, content, at, conversationId, ...entry }: NewEntry, place: Place | undefined): EntryRecord {
  const { kind, author, channel, provenance, importance, pinned, tags } = entry;
  return {
    ...{ kind, author, channel, provenance, importance, pinned, tags },
    ...indexText(content),
    id: idToUuid(id),
    at: at.toISOString(),
    body: content,
    conversation_id: conversationId === null ? null : idToUuid(conversationId),
    thread_id: place?.threadId ?? null,
    position: place?.position ?? 0,
    session: place?.session ?? 0,
  };
}

function toEntry(row: Row<typeof ENTRY>): Entry {
  const { person, kind, author, at, importance, pinned, tags, provenance, thread, channel, recalls } = row;
  return {
    ...{ person, kind, author, at, importance, pinned, tags, provenance, thread, channel, recalls },
    id: uuidToId('mem', row.id),
    content: row.body,
    conversationId: row.conversation_id === null ? null : uuidToId('conv', row.conversation_id),
    recalledAt: row.recalled_at,
    supersededBy: row.superseded_by === null ? null : uuidToId('mem', row.superseded_by),
    doneAt: row.done_at,
    createdAt: row.created_at,
  };
}

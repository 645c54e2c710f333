import { writeAudit } from '@openclaw/audit';
import { type Caller, type ConversationId, idToUuid, type MemoryId, type PersonId, uuidToId } from '@openclaw/words';
import { as, type Database, of, type OwnedStatement, ownedStatement, type Params, type Viewer } from '@openclaw/db';
import type { EntryKind, Provenance } from './entry.types.js';
import type { PruneCriteria } from './figures.store.js';
import { toPassage } from './passages.store.js';
import type { SectionName, StoredPassage } from './section.types.js';

/** Of a document as it is read. */
export interface DocumentPassage extends StoredPassage {
  readonly document: string;
  readonly period: string;
  readonly title: string | null;
  readonly author: string;
  readonly at: Date;
  readonly compactedAt: Date;
}

export interface DocumentHead {
  readonly document: string;
  readonly period: string;
  readonly passages: number;
  readonly bytes: number;
  readonly compactedAt: Date;
}

/** A passage as it is read by itself. */
export interface Passage extends StoredPassage {
  readonly person: PersonId;
  readonly kind: EntryKind;
  readonly author: string;
  readonly at: Date;
  readonly importance: number;
  readonly provenance: Provenance;
  readonly conversationId: ConversationId | null;
  readonly recalls: number;
  readonly createdAt: Date;
}

const HEADS = ownedStatement({
  name: 'memory_documents',
  params: { max: 'int4' },
  row: { document: 'text', period: 'text', passages: 'int4', bytes: 'float8', compacted_at: 'timestamptz' },
  text: `SELECT s.document, s.period, count(p.id)::int AS passages, coalesce(sum(octet_length(p.body)), 0)::float8 AS bytes, max(s.compacted_at) AS compacted_at
FROM memory_sections s JOIN memory_passages p ON p.section_id = s.id WHERE s.person = :person
GROUP BY s.document, s.period ORDER BY s.document, s.period DESC LIMIT :max`,
});
const READ = ownedStatement({
  name: 'read_memory_document',
  params: { document: 'text', period: 'text', max: 'int4' },
  row: {
    id: 'uuid',
    body: 'text',
    superseded: 'bool',
    sources: 'uuid[]',
    document: 'text',
    period: 'text',
    title: 'text?',
    author: 'text',
    at: 'timestamptz',
    compacted_at: 'timestamptz',
  },
  text: `SELECT p.id, p.body, p.superseded, p.sources, s.document, s.period, coalesce(c.title, t.name) AS title, p.author, p.at, s.compacted_at
FROM memory_sections s JOIN memory_passages p ON p.section_id = s.id
LEFT JOIN conversations c ON c.id = s.conversation_id LEFT JOIN memory_threads t ON t.id = s.thread_id AND s.conversation_id IS NULL
WHERE s.person = :person AND s.document = :document AND s.period = :period
ORDER BY s.thread_id, p.position LIMIT :max`,
});
const SIZES = ownedStatement({
  name: 'memory_document_sizes',
  row: { files: 'int4', bytes: 'float8', compacted_at: 'timestamptz?' },
  text: `SELECT (SELECT count(DISTINCT (s.person, s.document, s.period)) FROM memory_sections s WHERE (:sees IS NULL OR s.person = :sees)
    AND EXISTS (SELECT FROM memory_passages p WHERE p.section_id = s.id))::int AS files,
  (SELECT coalesce(sum(octet_length(body)), 0) FROM memory_passages WHERE :sees IS NULL OR person = :sees)::float8 AS bytes,
  (SELECT max(compacted_at) FROM memory_compactions WHERE :sees IS NULL OR person = :sees) AS compacted_at`,
});

const FIND = ownedStatement({
  name: 'find_memory_passage',
  params: { id: 'uuid' },
  row: {
    id: 'uuid',
    body: 'text',
    superseded: 'bool',
    sources: 'uuid[]',
    person: 'text',
    kind: of<EntryKind>('text'),
    author: 'text',
    at: 'timestamptz',
    importance: 'float4',
    provenance: of<Provenance>('text'),
    conversation_id: 'uuid?',
    recalls: 'int4',
    created_at: 'timestamptz',
  },
  text: `SELECT p.id, p.body, p.superseded, p.sources, p.person, p.kind, p.author, p.at, p.importance, p.provenance, s.conversation_id, p.recalls, p.created_at
FROM memory_passages p JOIN memory_sections s ON s.id = p.section_id WHERE p.id = :id AND (:sees IS NULL OR p.person = :sees)`,
});
const DELETE = ownedStatement({
  name: 'delete_memory_passage',
  params: { id: 'uuid' },
  row: { person: 'text' },
  text: 'DELETE FROM memory_passages WHERE id = :id AND (:sees IS NULL OR person = :sees) RETURNING person',
});
const CRITERIA = {
  before: 'timestamptz?',
  kinds: of<readonly EntryKind[] | null>('text[]?'),
  importanceMax: 'float4?',
  unusedDays: 'int4?',
} as const;
const DOOMED = `person = :person AND (:before IS NULL OR at < :before) AND (:kinds IS NULL OR kind = ANY(:kinds)) AND (:importanceMax IS NULL OR importance <= :importanceMax)
  AND (:unusedDays IS NULL OR coalesce(recalled_at, created_at) < now() - :unusedDays * interval '1 day')
  AND NOT EXISTS (SELECT FROM memory_entries e WHERE e.id = ANY(sources) AND e.pinned)`;
const FREED = { passages: 'int4', bytes: 'float8' } as const;
const COUNT = ownedStatement({
  name: 'count_prunable_passages',
  params: CRITERIA,
  row: FREED,
  text: `SELECT count(*)::int AS passages, coalesce(sum(octet_length(body)), 0)::float8 AS bytes FROM memory_passages WHERE ${DOOMED}`,
});
const PRUNE = ownedStatement({
  name: 'prune_passages',
  params: CRITERIA,
  row: FREED,
  text: `WITH gone AS (DELETE FROM memory_passages WHERE ${DOOMED} RETURNING octet_length(body) AS bytes)
SELECT count(*)::int AS passages, coalesce(sum(bytes), 0)::float8 AS bytes FROM gone`,
});

/** For the test that holds them to the schema. */
export const statements: readonly OwnedStatement[] = [HEADS, READ, SIZES, FIND, DELETE, COUNT, PRUNE];

/** Documents made of the log, as they are read and let go of. */
export class DocumentsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async documents(viewer: Viewer, max: number): Promise<DocumentHead[]> {
    const rows = await this.#database.as(viewer)(HEADS, { max });
    return rows.map(({ compacted_at: compactedAt, ...row }) => ({ ...row, compactedAt }));
  }

  /** In order; nothing where there is no such document. */
  async read(viewer: Viewer, { document, period }: Pick<SectionName, 'document' | 'period'>, max: number): Promise<DocumentPassage[]> {
    const rows = await this.#database.as(viewer)(READ, { document, period, max });
    return rows.map(({ title, author, at, compacted_at: compactedAt, ...row }) => ({
      ...toPassage(row),
      document,
      period,
      title,
      author,
      at,
      compactedAt,
    }));
  }

  /** Of all that the viewer sees. */
  async sizes(viewer: Viewer): Promise<{ files: number; bytes: number; compactedAt: Date | null }> {
    const [row] = await this.#database.as(viewer)(SIZES);
    return { files: row?.files ?? 0, bytes: row?.bytes ?? 0, compactedAt: row?.compacted_at ?? null };
  }

  async findPassage(caller: Caller, id: MemoryId): Promise<Passage | null> {
    const [row] = await this.#database.as(caller)(FIND, { id: idToUuid(id) });
    if (!row) return null;
    const { person, kind, author, at, importance, provenance, recalls } = row;
    const conversationId = row.conversation_id === null ? null : uuidToId('conv', row.conversation_id);
    return { ...toPassage(row), person, kind, author, at, importance, provenance, recalls, conversationId, createdAt: row.created_at };
  }

  /** What it came from stays. @returns false where there is none */
  async forgetPassage(caller: Caller, id: MemoryId): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      const [gone] = await as(query, caller)(DELETE, { id: idToUuid(id) });
      if (gone) await writeAudit(query, caller, { action: 'memory.forgotten', target: id, details: { person: gone.person } });
      return gone !== undefined;
    });
  }

  /** How many passages would go, and the bytes that would be freed. What came from something that is pinned stays. */
  async count(caller: Caller, criteria: PruneCriteria): Promise<{ passages: number; bytes: number }> {
    return (await this.#database.as(caller)(COUNT, toParams(criteria)))[0] ?? { passages: 0, bytes: 0 };
  }

  async prune(caller: Caller, criteria: PruneCriteria): Promise<{ passages: number; bytes: number }> {
    return this.#database.transaction(async (query) => {
      const { passages, bytes } = (await as(query, caller)(PRUNE, toParams(criteria)))[0] ?? { passages: 0, bytes: 0 };
      if (passages > 0)
        await writeAudit(query, caller, { action: 'memory.pruned', target: null, details: { person: caller.person, passages, criteria } });
      return { passages, bytes };
    });
  }
}

function toParams({ before, kinds, importanceMax, unusedDays }: PruneCriteria): Params<typeof CRITERIA> {
  return { before: before ?? null, kinds: kinds ?? null, importanceMax: importanceMax ?? null, unusedDays: unusedDays ?? null };
}

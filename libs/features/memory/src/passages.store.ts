import { idToUuid, type MemoryId, newId, uuidToId } from '@openclaw/words';
import {
  as,
  type Database,
  of,
  type OwnedStatement,
  ownedStatement,
  type Query,
  type Row,
  type Statement,
  statement,
  type Viewer,
} from '@openclaw/db';
import type { EntryKind, Provenance } from './entry.types.js';
import { indexText } from './index-text.js';
import type { DueSection, NewPassage, Replacement, SectionName, SourceEntry, StoredPassage } from './section.types.js';
import { lockLog } from './terms.store.js';

/** How many entries before the mark are looked at again: one that was written before it may have been committed after it. */
const OVERLAP = 500;
/** Entries of one section that are read, the newest. */
const SOURCES_MAX = 4000;
/** Sections of one person in one go. */
const SECTIONS_MAX = 2000;

const WORKERS = 'workers compact for everybody, one person after the other';
const DUE_PERSONS = statement({
  anybodys: WORKERS,
  name: 'persons_to_compact',
  params: { after: 'text', max: 'int4' },
  row: { person: 'text' },
  text: `SELECT person FROM (
  SELECT person FROM memory_logs WHERE person > :after UNION SELECT person FROM memory_uncounted WHERE person > :after) each
WHERE EXISTS (SELECT FROM memory_entries e WHERE e.person = each.person AND e.recallable
    AND e.seq > coalesce((SELECT through_seq FROM memory_compactions c WHERE c.person = each.person), 0))
  OR EXISTS (SELECT FROM memory_sections s WHERE s.person = each.person AND s.through_seq = 0)
ORDER BY person LIMIT :max`,
});
const NEWEST = ownedStatement({
  name: 'newest_memory_entry',
  row: { seq: 'float8' },
  text: 'SELECT coalesce(max(seq), 0)::float8 AS seq FROM memory_entries WHERE person = :person',
});
const SECTION = { document: 'text', period: 'text', thread_id: 'uuid?', conversation_id: 'uuid?' } as const;
const DUE = ownedStatement({
  name: 'memory_sections_due',
  params: { overlap: 'int4', max: 'int4' },
  row: SECTION,
  text: `SELECT DISTINCT CASE kind WHEN 'message' THEN 'conversations' ELSE kind || 's' END AS document,
  CASE kind WHEN 'message' THEN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM') ELSE '' END AS period,
  CASE kind WHEN 'message' THEN thread_id END AS thread_id, CASE kind WHEN 'message' THEN conversation_id END AS conversation_id
FROM memory_entries
WHERE person = :person AND recallable AND (kind <> 'message' OR thread_id IS NOT NULL)
  AND seq > coalesce((SELECT through_seq FROM memory_compactions WHERE person = :person), 0) - :overlap
UNION
SELECT document, period, thread_id, conversation_id FROM memory_sections WHERE person = :person AND through_seq = 0
ORDER BY period, document LIMIT :max`,
});
const OF_THREAD = `e.thread_id = :threadId AND e.person = :person AND e.recallable AND e.kind = 'message' AND to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM') = :period AND :document <> ''`;
const OF_KIND = `e.person = :person AND e.recallable AND e.kind <> 'message' AND e.kind || 's' = :document AND :period = '' AND :threadId IS NULL`;
const NAMED = { document: 'text', period: 'text', threadId: 'uuid?' } as const;
const IS_NAMED = `person = :person AND document = :document AND period = :period AND thread_id IS NOT DISTINCT FROM :threadId`;
const FIGURES_ROW = { seq: 'float8', entries: 'int4', known_seq: 'float8?', known_entries: 'int4?' } as const;
const figuresText = (which: string): string => `SELECT coalesce(max(e.seq), 0)::float8 AS seq, count(*)::int AS entries,
  (SELECT through_seq::float8 FROM memory_sections WHERE ${IS_NAMED}) AS known_seq, (SELECT entries FROM memory_sections WHERE ${IS_NAMED}) AS known_entries
FROM memory_entries e WHERE ${which}`;
const FIGURES_OF_THREAD = ownedStatement({
  name: 'memory_section_of_thread',
  params: NAMED,
  row: FIGURES_ROW,
  text: figuresText(OF_THREAD),
});
const FIGURES_OF_KIND = ownedStatement({ name: 'memory_section_of_kind', params: NAMED, row: FIGURES_ROW, text: figuresText(OF_KIND) });
const SOURCES_ROW = {
  id: 'uuid',
  seq: 'float8',
  kind: of<EntryKind>('text'),
  author: 'text',
  at: 'timestamptz',
  body: 'text',
  provenance: of<Provenance>('text'),
  importance: 'float4',
  session: 'int4',
  superseded: 'bool',
} as const;
const sourcesText = (which: string): string => `SELECT * FROM (
  SELECT e.id, e.seq::float8 AS seq, e.kind, e.author, e.at, e.body, e.provenance, e.importance, e.session, e.superseded_by IS NOT NULL AS superseded
  FROM memory_entries e WHERE ${which} ORDER BY e.seq DESC LIMIT :max) newest ORDER BY at, seq`;
const SOURCES_PARAMS = { ...NAMED, max: 'int4' } as const;
const SOURCES_OF_THREAD = ownedStatement({
  name: 'memory_sources_of_thread',
  params: SOURCES_PARAMS,
  row: SOURCES_ROW,
  text: sourcesText(OF_THREAD),
});
const SOURCES_OF_KIND = ownedStatement({
  name: 'memory_sources_of_kind',
  params: SOURCES_PARAMS,
  row: SOURCES_ROW,
  text: sourcesText(OF_KIND),
});
const PASSAGES = ownedStatement({
  name: 'memory_passages_of_section',
  params: NAMED,
  row: { id: 'uuid', body: 'text', superseded: 'bool', sources: 'uuid[]' },
  text: `SELECT p.id, p.body, p.superseded, p.sources FROM memory_passages p JOIN memory_sections s ON s.id = p.section_id
WHERE s.person = :person AND s.document = :document AND s.period = :period AND s.thread_id IS NOT DISTINCT FROM :threadId ORDER BY p.position`,
});
const PUT_SECTION = ownedStatement({
  name: 'put_memory_section',
  params: { ...NAMED, id: 'uuid', conversationId: 'uuid?', throughSeq: 'float8', entries: 'int4' },
  row: { id: 'uuid' },
  text: `INSERT INTO memory_sections (id, person, document, period, thread_id, conversation_id, through_seq, entries)
SELECT :id, :person, :document, :period, :threadId, :conversationId, :throughSeq::float8::bigint, :entries
WHERE :conversationId IS NULL OR EXISTS (SELECT FROM conversations WHERE id = :conversationId)
ON CONFLICT (person, document, period, thread_id) DO UPDATE SET through_seq = excluded.through_seq, entries = excluded.entries, compacted_at = now()
RETURNING id`,
});
/** Something of it went while it was made. */
const RESTALE = ownedStatement({
  name: 'restale_memory_section',
  params: { id: 'uuid', passages: 'int4' },
  text: `UPDATE memory_sections s SET through_seq = 0 WHERE s.id = :id AND s.person = :person
  AND (SELECT count(*) FROM memory_passages p WHERE p.section_id = s.id) < :passages`,
});
const DROP_SECTION = ownedStatement({ name: 'drop_memory_section', params: NAMED, text: `DELETE FROM memory_sections WHERE ${IS_NAMED}` });
const DROP_PASSAGES = ownedStatement({
  name: 'drop_memory_passages',
  params: { sectionId: 'uuid', kept: 'uuid[]' },
  text: 'DELETE FROM memory_passages WHERE section_id = :sectionId AND person = :person AND NOT id = ANY(:kept)',
});
const PLACE_PASSAGES = ownedStatement({
  name: 'place_memory_passages',
  params: { ids: 'uuid[]', positions: 'int4[]' },
  text: `UPDATE memory_passages p SET position = placed.position FROM unnest(:ids, :positions) AS placed(id, position)
WHERE p.id = placed.id AND p.person = :person AND p.position <> placed.position`,
});
interface PassageRecord {
  readonly id: string;
  readonly position: number;
  readonly kind: EntryKind;
  readonly author: string;
  readonly at: string;
  readonly body: string;
  readonly terms: string;
  readonly length: number;
  readonly flags: number;
  readonly importance: number;
  readonly provenance: Provenance;
  readonly superseded: boolean;
  readonly sources: readonly string[];
}
/** Whose sources are not all there any more was made too late. */
const PUT_PASSAGES = ownedStatement({
  name: 'put_memory_passages',
  params: { sectionId: 'uuid', passages: of<readonly PassageRecord[]>('jsonb') },
  text: `INSERT INTO memory_passages (id, person, section_id, position, kind, author, at, body, terms, length, flags, importance, provenance, superseded, sources)
SELECT p.id, :person, :sectionId, p.position, p.kind, p.author, p.at, p.body, p.terms::tsvector, p.length, p.flags, p.importance, p.provenance, p.superseded, p.sources
FROM jsonb_to_recordset(:passages) AS p(id uuid, position int, kind text, author text, at timestamptz, body text, terms text, length int, flags int2,
  importance real, provenance text, superseded bool, sources uuid[])
WHERE NOT EXISTS (
  SELECT FROM unnest(p.sources) AS source WHERE NOT EXISTS (SELECT FROM memory_entries e WHERE e.id = source AND e.person = :person AND e.recallable))`,
});
const SUPERSEDE = ownedStatement({
  name: 'supersede_memory_entries',
  params: { older: 'uuid[]', newer: 'uuid[]' },
  text: `UPDATE memory_entries e SET superseded_by = pair.newer FROM unnest(:older, :newer) AS pair(older, newer)
WHERE e.id = pair.older AND e.person = :person AND e.superseded_by IS NULL AND EXISTS (SELECT FROM memory_entries n WHERE n.id = pair.newer AND n.person = :person)`,
});
const MARK = ownedStatement({
  name: 'mark_memory_compacted',
  params: { throughSeq: 'float8' },
  text: `INSERT INTO memory_compactions (person, through_seq) VALUES (:person, :throughSeq::float8::bigint)
ON CONFLICT (person) DO UPDATE SET through_seq = greatest(memory_compactions.through_seq, excluded.through_seq), compacted_at = now()`,
});
/** All of them, for the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [
  DUE_PERSONS,
  NEWEST,
  DUE,
  FIGURES_OF_THREAD,
  FIGURES_OF_KIND,
  SOURCES_OF_THREAD,
  SOURCES_OF_KIND,
  PASSAGES,
  PUT_SECTION,
  RESTALE,
  DROP_SECTION,
  DROP_PASSAGES,
  PLACE_PASSAGES,
  PUT_PASSAGES,
  SUPERSEDE,
  MARK,
];

/**
 * What is made of the log. A section is replaced whole or not at all, under the lock of its person; nothing is deleted before what replaces
 * it is there.
 */
export class PassagesStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whose log holds what no document does, by name. */
  async duePersons(after: string, max: number): Promise<string[]> {
    return (await this.#database.query(DUE_PERSONS, { after, max })).map(({ person }) => person);
  }

  /** The newest entry of a person, to be marked once all that is due was made. */
  async newest(viewer: Viewer): Promise<number> {
    return (await this.#database.as(viewer)(NEWEST))[0]?.seq ?? 0;
  }

  async due(viewer: Viewer): Promise<DueSection[]> {
    const rows = await this.#database.as(viewer)(DUE, { overlap: OVERLAP, max: SECTIONS_MAX });
    return rows.map(({ document, period, thread_id: threadId, conversation_id: conversationId }) => ({
      document,
      period,
      threadId,
      conversationId,
    }));
  }

  /** Whether the section is as the log is. */
  async figures(
    viewer: Viewer,
    name: SectionName,
  ): Promise<{ readonly seq: number; readonly entries: number; readonly isCurrent: boolean }> {
    const [row] = await this.#database.as(viewer)(name.threadId === null ? FIGURES_OF_KIND : FIGURES_OF_THREAD, toNamed(name));
    const { seq = 0, entries = 0 } = row ?? {};
    return { seq, entries, isCurrent: row?.known_seq === seq && row.known_entries === entries && entries > 0 };
  }

  /** What it is made of, oldest first; of many the newest. */
  async sources(viewer: Viewer, name: SectionName): Promise<SourceEntry[]> {
    const rows = await this.#database.as(viewer)(name.threadId === null ? SOURCES_OF_KIND : SOURCES_OF_THREAD, {
      ...toNamed(name),
      max: SOURCES_MAX,
    });
    return rows.map(({ superseded, ...row }) => ({ ...row, isSuperseded: superseded }));
  }

  async passages(viewer: Viewer, name: SectionName): Promise<StoredPassage[]> {
    return (await this.#database.as(viewer)(PASSAGES, toNamed(name))).map(toPassage);
  }

  /** @returns false where the conversation is gone */
  async replace(viewer: Viewer, { section, passages, superseded, throughSeq, entries }: Replacement): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      await lockLog(query, viewer);
      const own = as(query, viewer);
      if (superseded.length > 0)
        await own(SUPERSEDE, { older: superseded.map(([older]) => older), newer: superseded.map(([, newer]) => newer) });
      const [put] = await own(PUT_SECTION, {
        ...toNamed(section),
        id: uuidOf(),
        conversationId: section.conversationId,
        throughSeq,
        entries,
      });
      if (!put) return false;
      await placePassages(query, viewer, put.id, passages);
      await own(RESTALE, { id: put.id, passages: passages.length });
      return true;
    });
  }

  /** There is nothing any more that it could be made of. */
  async drop(viewer: Viewer, name: SectionName): Promise<void> {
    await this.#database.as(viewer)(DROP_SECTION, toNamed(name));
  }

  async mark(viewer: Viewer, throughSeq: number): Promise<void> {
    await this.#database.as(viewer)(MARK, { throughSeq });
  }
}

async function placePassages(query: Query, viewer: Viewer, sectionId: string, passages: readonly (MemoryId | NewPassage)[]): Promise<void> {
  const own = as(query, viewer);
  const kept = passages.flatMap((each, position) => (typeof each === 'string' ? [{ id: idToUuid(each), position }] : []));
  await own(DROP_PASSAGES, { sectionId, kept: kept.map(({ id }) => id) });
  await own(PLACE_PASSAGES, { ids: kept.map(({ id }) => id), positions: kept.map(({ position }) => position) });
  const made = passages.flatMap((each, position) => (typeof each === 'string' ? [] : [toRecord(each, position)]));
  if (made.length > 0) await own(PUT_PASSAGES, { sectionId, passages: made });
}

function toRecord({ at, isSuperseded, ...passage }: NewPassage, position: number): PassageRecord {
  return { ...passage, ...indexText(passage.body), id: uuidOf(), position, at: at.toISOString(), superseded: isSuperseded };
}

function toNamed({ document, period, threadId }: SectionName): { document: string; period: string; threadId: string | null } {
  return { document, period, threadId };
}

/** A passage as its row has it. */
export function toPassage({
  id,
  body,
  superseded,
  sources,
}: Pick<Row<typeof PASSAGES.owned.row>, 'id' | 'body' | 'superseded' | 'sources'>): StoredPassage {
  return { id: uuidToId('mem', id), body, isSuperseded: superseded, sources };
}

function uuidOf(): string {
  return idToUuid(newId('mem'));
}

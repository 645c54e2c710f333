import { type Actor, writeAudit } from '@openclaw/audit';
import type { Caller } from '@openclaw/words';
import {
  as,
  type Database,
  of,
  type OwnedStatement,
  ownedStatement,
  type Params,
  type Statement,
  statement,
  type Viewer,
} from '@openclaw/db';
import type { EntryKind } from './entry.types.js';
import { lockLog } from './terms.store.js';

/** What memory holds. */
export interface MemoryFigures {
  readonly entries: number;
  readonly bytes: number;
  readonly oldest: Date | null;
  readonly kinds: Readonly<Record<EntryKind, number>>;
}

/** Which entries are to go; each that is left out excludes none. Pinned ones never go. */
export interface PruneCriteria {
  readonly before?: Date | undefined;
  readonly kinds?: readonly EntryKind[] | undefined;
  readonly importanceMax?: number | undefined;
  readonly unusedDays?: number | undefined;
  /** Done, or replaced, before so many days: tasks. */
  readonly doneDays?: number | undefined;
}

const FIGURES = ownedStatement({
  name: 'memory_figures',
  row: { entries: 'float8', bytes: 'float8', oldest: 'timestamptz?', kinds: of<Readonly<Record<string, number>> | null>('json?') },
  text: `SELECT coalesce(sum(entries - forgotten), 0)::float8 + (SELECT count(*) FROM memory_uncounted u WHERE :sees IS NULL OR u.person = :sees) AS entries,
  coalesce(sum(bytes - forgotten_bytes), 0)::float8 AS bytes,
  (SELECT min(at) FROM memory_entries e WHERE recallable AND (:sees IS NULL OR e.person = :sees)) AS oldest,
  (SELECT json_object_agg(kind, n) FROM (
    SELECT kind, count(*) AS n FROM memory_entries e WHERE kind <> 'message' AND (:sees IS NULL OR e.person = :sees) GROUP BY kind) each) AS kinds
FROM memory_logs WHERE :sees IS NULL OR person = :sees`,
});

const CRITERIA = {
  before: 'timestamptz?',
  kinds: of<readonly EntryKind[] | null>('text[]?'),
  importanceMax: 'float4?',
  unusedDays: 'int4?',
  doneDays: 'int4?',
} as const;
const DOOMED = `e.person = :person AND e.recallable AND NOT e.pinned AND (:before IS NULL OR e.at < :before)
  AND (:kinds IS NULL OR e.kind = ANY(:kinds)) AND (:importanceMax IS NULL OR e.importance <= :importanceMax)
  AND (:unusedDays IS NULL OR coalesce(e.recalled_at, e.created_at) < now() - :unusedDays * interval '1 day')
  AND (:doneDays IS NULL OR coalesce(e.done_at, (SELECT s.created_at FROM memory_entries s WHERE s.id = e.superseded_by)) < now() - :doneDays * interval '1 day')`;
const COUNT = ownedStatement({
  name: 'count_prunable_memory',
  params: CRITERIA,
  row: { entries: 'int4', bytes: 'float8' },
  text: `SELECT count(*)::int AS entries, coalesce(sum(octet_length(body)) FILTER (WHERE message_id IS NULL), 0)::float8 AS bytes FROM memory_entries e WHERE ${DOOMED}`,
});
const PRUNE = ownedStatement({
  name: 'prune_memory',
  params: { ...CRITERIA, max: 'int4' },
  row: { entries: 'int4', bytes: 'float8' },
  text: `WITH doomed AS MATERIALIZED (SELECT id, message_id, octet_length(body) AS bytes FROM memory_entries e WHERE ${DOOMED} ORDER BY e.at LIMIT :max),
kept AS (UPDATE memory_entries SET recallable = false WHERE id IN (SELECT id FROM doomed WHERE message_id IS NOT NULL)),
deleted AS (DELETE FROM memory_entries WHERE id IN (SELECT id FROM doomed WHERE message_id IS NULL)),
log AS (
  UPDATE memory_logs SET forgotten = forgotten + sums.entries, forgotten_bytes = forgotten_bytes + sums.bytes
  FROM (SELECT count(*) AS entries, coalesce(sum(bytes), 0) AS bytes FROM doomed WHERE message_id IS NOT NULL) sums WHERE person = :person)
SELECT count(*)::int AS entries, coalesce(sum(bytes) FILTER (WHERE message_id IS NULL), 0)::float8 AS bytes FROM doomed`,
});

const PERSONS = statement({
  anybodys: 'workers keep house for everybody, one person after the other',
  name: 'persons_with_memory',
  params: { after: 'text', max: 'int4' },
  row: { person: 'text' },
  text: 'SELECT person FROM memory_logs WHERE person > :after UNION SELECT person FROM memory_uncounted WHERE person > :after ORDER BY person LIMIT :max',
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [FIGURES, COUNT, PRUNE, PERSONS];

/** How much memory there is, and less of it. */
export class FiguresStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Of all that the viewer sees. */
  async find(viewer: Viewer): Promise<MemoryFigures> {
    const [row] = await this.#database.as(viewer)(FIGURES);
    const saved = { fact: 0, preference: 0, task: 0, event: 0, ...row?.kinds };
    const entries = row?.entries ?? 0;
    const message = Math.max(0, entries - Object.values(saved).reduce((sum, count) => sum + count, 0));
    return { entries, bytes: row?.bytes ?? 0, oldest: row?.oldest ?? null, kinds: { message, ...saved } };
  }

  /** How many would go, and the bytes that would be freed. */
  async count(caller: Caller, criteria: PruneCriteria): Promise<{ entries: number; bytes: number }> {
    const [row] = await this.#database.as(caller)(COUNT, toParams(criteria));
    return { entries: row?.entries ?? 0, bytes: row?.bytes ?? 0 };
  }

  /** Everybody who has a memory, by name. @param after whom @param max how many at most */
  async persons(after: string, max: number): Promise<string[]> {
    return (await this.#database.query(PERSONS, { after, max })).map(({ person }) => person);
  }

  /**
   * Of the viewer's own person: lets go of at most `max`, the oldest first. Messages stay in their conversations.
   * @param by who asked for it, for the audit trail; left out where it is the configuration that does
   */
  async prune(viewer: Viewer, criteria: PruneCriteria, max: number, by?: Actor): Promise<{ entries: number; bytes: number }> {
    return this.#database.transaction(async (query) => {
      await lockLog(query, viewer);
      const [row] = await as(query, viewer)(PRUNE, { ...toParams(criteria), max });
      const { entries, bytes } = row ?? { entries: 0, bytes: 0 };
      if (by && entries > 0)
        await writeAudit(query, by, { action: 'memory.pruned', target: null, details: { person: viewer.person, entries, criteria } });
      return { entries, bytes };
    });
  }
}

function toParams({ before, kinds, importanceMax, unusedDays, doneDays }: PruneCriteria): Params<typeof CRITERIA> {
  return {
    before: before ?? null,
    kinds: kinds ?? null,
    importanceMax: importanceMax ?? null,
    unusedDays: unusedDays ?? null,
    doneDays: doneDays ?? null,
  };
}

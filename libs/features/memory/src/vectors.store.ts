import { idToUuid } from '@openclaw/words';
import {
  as,
  type Database,
  of,
  type OwnedStatement,
  ownedStatement,
  type Params,
  type Row,
  type Statement,
  statement,
  type Viewer,
} from '@openclaw/db';
import type { QuestionVector } from '@openclaw/feature';
import { FILTER, LISTED, type Listed, MASK, QUESTION, toCandidate } from './candidate-rows.js';
import type { CandidateSearch, EntryFilter, StoredCandidate } from './search.types.js';

/** Entries that are nearest to a question. */
const NEAREST = 100;
/** Up to so many entries of a person their vectors are compared one by one, which misses none; beyond, an index finds them. */
const COMPARED_MAX = 20_000;
/** Of a time or a conversation that is asked for, the newest. */
const SCOPED_MAX = 10_000;
/** Turns before and after one that is near. */
const AROUND = 2;

const NEAR = {
  words: of<readonly string[]>('tsquery[]'),
  weights: of<readonly number[]>('float8[]'),
  since: 'timestamptz?',
  until: 'timestamptz?',
  conversationId: 'uuid?',
  known: 'uuid[]',
  embedder: 'text',
  vector: of<string>('halfvec'),
} as const;
const ROW = { rows: of<readonly Listed[] | null>('json?'), ids: 'uuid[]?', likeness: 'float4[]?' } as const;
/** Nothing can be compared with vectors of another length: then there are none. */
const EMBEDDER = '(SELECT id FROM memory_embedders WHERE name = :embedder AND dimensions = vector_dims(:vector))';

/**
 * nearest ─► the turns around them ─► those that words have not found yet, as candidates; and how near all of them are
 * @param nearest a query for ids of the person's entries
 */
function nearText(nearest: string): string {
  return `WITH ${QUESTION},
near AS MATERIALIZED (${nearest}),
chosen AS (
  SELECT id FROM near
  UNION
  SELECT n.id FROM near, LATERAL (SELECT thread_id, position FROM memory_entries m WHERE m.id = near.id OFFSET 0) at, LATERAL (
    SELECT id FROM memory_entries e WHERE e.thread_id = at.thread_id AND e.position BETWEEN at.position - ${String(AROUND)} AND at.position + ${String(AROUND)} OFFSET 0) n),
fresh AS MATERIALIZED (SELECT id FROM chosen EXCEPT SELECT unnest(:known)),
alike AS (
  SELECT v.entry_id, 1 - (v.embedding <=> :vector) AS likeness
  FROM (SELECT id FROM fresh UNION ALL SELECT unnest(:known)) of_interest, LATERAL (
    SELECT * FROM memory_vectors v WHERE v.entry_id = of_interest.id AND v.embedder_id = ${EMBEDDER} AND v.person = :person OFFSET 0) v)
SELECT found.rows, near_by.ids, near_by.likeness
FROM (
  SELECT json_agg(${LISTED}) AS rows
  FROM (
    SELECT e.*, ${MASK} AS mask, ${FILTER} AND (:conversationId IS NULL OR e.conversation_id = :conversationId) AS asked
    FROM fresh, LATERAL (SELECT * FROM memory_entries m WHERE m.id = fresh.id OFFSET 0) e, question WHERE e.person = :person AND e.recallable OFFSET 0) e) found,
(SELECT array_agg(entry_id) AS ids, array_agg(likeness::float4) AS likeness FROM alike) near_by`;
}

const BY_COMPARISON = ownedStatement({
  name: 'memory_near_by_comparison',
  params: NEAR,
  row: ROW,
  text: nearText(
    `SELECT v.entry_id AS id FROM memory_vectors v WHERE v.embedder_id = ${EMBEDDER} AND v.person = :person ORDER BY v.embedding <=> :vector LIMIT ${String(NEAREST)}`,
  ),
});
const SCOPED = ownedStatement({
  name: 'memory_near_in_scope',
  params: NEAR,
  row: ROW,
  text: nearText(`SELECT v.entry_id AS id
FROM (SELECT e.id FROM memory_entries e WHERE e.person = :person AND e.recallable AND ${FILTER} AND (:conversationId IS NULL OR e.conversation_id = :conversationId)
  ORDER BY e.at DESC LIMIT ${String(SCOPED_MAX)}) e
JOIN memory_vectors v ON v.entry_id = e.id AND v.embedder_id = ${EMBEDDER} ORDER BY v.embedding <=> :vector LIMIT ${String(NEAREST)}`),
});
/** One for each length that there is an index for. */
const BY_INDEX = { 384: byIndex('384'), 512: byIndex('512'), 768: byIndex('768'), 1024: byIndex('1024'), 1536: byIndex('1536') } as const;
type ByIndex = (typeof BY_INDEX)[keyof typeof BY_INDEX];
const INDEXED: ReadonlyMap<number, ByIndex> = new Map(Object.entries(BY_INDEX).map(([dimensions, each]) => [Number(dimensions), each]));
/** Until as many of the person's were found as are wanted, or 20,000 vectors were looked at. */
const LOOK_ON = statement({
  name: 'memory_look_on',
  text: `SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '${String(NEAREST)}', true)`,
});
const COUNT = ownedStatement({
  name: 'count_memory_vectors',
  row: { indexed: 'float8' },
  text: `SELECT count(*)::float8 AS indexed FROM memory_vectors v
WHERE v.embedder_id = (SELECT id FROM memory_embedders WHERE current LIMIT 1) AND (:sees IS NULL OR v.person = :sees)`,
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [BY_COMPARISON, SCOPED, BY_INDEX[384], LOOK_ON, COUNT];

function byIndex(dimensions: string): OwnedStatement<typeof NEAR, typeof ROW> {
  const numbers = `halfvec(${dimensions})`;
  return ownedStatement({
    name: `memory_near_by_index_${dimensions}`,
    params: NEAR,
    row: ROW,
    text: nearText(`SELECT v.entry_id AS id FROM memory_vectors v
  WHERE vector_dims(v.embedding) = ${dimensions} AND v.embedder_id = ${EMBEDDER} AND v.person = :person
  ORDER BY v.embedding::${numbers} <=> :vector::${numbers} LIMIT ${String(NEAREST)}`),
  });
}

/** What a search asks of the vectors. */
export interface NearSearch extends Pick<CandidateSearch, 'words' | 'weights' | 'filter'> {
  readonly vector: QuestionVector;
  /** Entries that were found already. */
  readonly known: readonly StoredCandidate[];
  /** How many entries the person has. */
  readonly entries: number;
}

/** What the vectors found. */
export interface Near {
  /** Entries that were not known, with what stands around them. */
  readonly candidates: StoredCandidate[];
  /** How near an entry is, by its id: the cosine. Entries that have no vector of this embedder are left out. */
  readonly likeness: ReadonlyMap<string, number>;
}

/** Finds entries by what they mean. Nothing of another person is ever among the rows. */
export class VectorsStore {
  readonly #database: Database;
  readonly #comparedMax: number;

  constructor(database: Database, comparedMax = COMPARED_MAX) {
    this.#database = database;
    this.#comparedMax = comparedMax;
  }

  async near(viewer: Viewer, { words, weights, filter, vector, known, entries }: NearSearch): Promise<Near> {
    const asked = { words, weights, known: known.map(({ id }) => id), embedder: vector.embedder, vector: `[${vector.numbers.join(',')}]` };
    const params = { ...asked, ...toParams(filter) };
    const isScoped = Object.values(filter).some((part) => part !== undefined);
    const byIndex = isScoped || entries <= this.#comparedMax ? undefined : INDEXED.get(vector.numbers.length);
    const [row] = byIndex
      ? await this.#byIndex(viewer, byIndex, params)
      : await this.#database.as(viewer)(isScoped ? SCOPED : BY_COMPARISON, params);
    return row ? toNear(row) : { candidates: [], likeness: new Map() };
  }

  /** How many entries that the viewer sees have a vector of the current embedder. */
  async count(viewer: Viewer): Promise<number> {
    return (await this.#database.as(viewer)(COUNT))[0]?.indexed ?? 0;
  }

  async #byIndex(viewer: Viewer, byIndex: ByIndex, params: Params<typeof NEAR>): Promise<Row<typeof ROW>[]> {
    return this.#database.transaction(async (query) => {
      await query(LOOK_ON);
      return as(query, viewer)(byIndex, params);
    });
  }
}

function toParams({ since, until, conversationId }: EntryFilter): Pick<Params<typeof NEAR>, 'since' | 'until' | 'conversationId'> {
  return { since: since ?? null, until: until ?? null, conversationId: conversationId === undefined ? null : idToUuid(conversationId) };
}

function toNear({ rows, ids, likeness }: Row<typeof ROW>): Near {
  return { candidates: (rows ?? []).map(toCandidate), likeness: new Map((ids ?? []).map((id, index) => [id, likeness?.[index] ?? 0])) };
}

import { type Database, type Statement, statement } from '@openclaw/db';

/** An entry that waits for its vector. */
export interface WaitingEntry {
  readonly id: string;
  readonly author: string;
  readonly body: string;
  /** Tells whether it is still this very text when the vector is there. */
  readonly checksum: Buffer;
}

/** An embedder as it is stored. */
export interface StoredEmbedder {
  readonly id: number;
  readonly dimensions: number;
  /** False while entries of before are still to be looked at. */
  readonly isWhole: boolean;
}

/** Failures at one text after which it stays without a vector. */
const FAILURES_MAX = 3;
const LOOKED_AT_ONCE = 1000;
const FORGOTTEN_AT_ONCE = 1000;
const MECHANISM = 'workers embed for everybody; what they make is stored with the person of its entry';
/** Greater than every id. */
const LAST_ID = `'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid`;
const STORED = { id: 'int4', dimensions: 'int4', behind: 'uuid?' } as const;

const FIND = statement({
  name: 'find_memory_embedder',
  params: { name: 'text' },
  row: { ...STORED, current: 'bool' },
  text: 'SELECT id, dimensions, behind, current FROM memory_embedders WHERE name = :name',
});
/** Who becomes current looks at every entry: while another was, entries may have come. */
const OPEN = statement({
  name: 'open_memory_embedder',
  params: { name: 'text', dimensions: 'int4' },
  row: STORED,
  text: `WITH others AS (UPDATE memory_embedders SET current = false WHERE current AND name <> :name)
INSERT INTO memory_embedders (name, dimensions, current, behind) VALUES (:name, :dimensions, true, ${LAST_ID})
ON CONFLICT (name) DO UPDATE SET current = true, behind = CASE WHEN memory_embedders.current THEN memory_embedders.behind ELSE excluded.behind END
RETURNING id, dimensions, behind`,
});
const PENDING = statement({
  anybodys: MECHANISM,
  name: 'memory_awaits_embedding',
  params: { name: 'text' },
  row: { pending: 'bool' },
  text: `SELECT EXISTS (SELECT FROM memory_unembedded WHERE failures < ${String(FAILURES_MAX)})
  OR (NOT EXISTS (SELECT FROM memory_embedders WHERE name = :name AND current AND behind IS NULL) AND EXISTS (SELECT FROM memory_entries)) AS pending`,
});
/** The newest first: what was just said is what is asked for. */
const TAKE = statement({
  anybodys: MECHANISM,
  name: 'take_unembedded_memory',
  params: { max: 'int4' },
  row: { id: 'uuid', author: 'text', body: 'text', checksum: 'bytea' },
  text: `SELECT e.id, e.author, e.body, e.checksum
FROM (SELECT entry_id FROM memory_unembedded WHERE failures < ${String(FAILURES_MAX)} ORDER BY entry_id DESC LIMIT :max) waiting
JOIN memory_entries e ON e.id = waiting.entry_id ORDER BY e.id DESC`,
});
/** What was deleted or rewritten meanwhile has no use for a vector of what it was. */
const SAVE = statement({
  anybodys: MECHANISM,
  name: 'save_memory_vectors',
  params: { embedder: 'int4', ids: 'uuid[]', checksums: 'bytea[]', vectors: 'text[]' },
  text: `WITH made AS MATERIALIZED (
  SELECT e.id, e.person, given.vector FROM unnest(:ids, :checksums, :vectors) AS given(id, checksum, vector)
  JOIN memory_entries e ON e.id = given.id AND e.checksum = given.checksum FOR KEY SHARE OF e),
stored AS (
  INSERT INTO memory_vectors (entry_id, embedder_id, person, embedding) SELECT id, :embedder, person, vector::halfvec FROM made
  ON CONFLICT (entry_id, embedder_id) DO UPDATE SET embedding = excluded.embedding)
DELETE FROM memory_unembedded WHERE entry_id IN (SELECT id FROM made)`,
});
const FAILED = statement({
  anybodys: MECHANISM,
  name: 'note_unembeddable_memory',
  params: { id: 'uuid' },
  row: { failures: 'int4' },
  text: 'UPDATE memory_unembedded SET failures = failures + 1 WHERE entry_id = :id RETURNING failures::int4 AS failures',
});
const LOOK_BACK = statement({
  anybodys: MECHANISM,
  name: 'look_back_for_unembedded_memory',
  params: { embedder: 'int4' },
  row: { behind: 'uuid?' },
  text: `WITH next AS MATERIALIZED (
  SELECT id, person FROM memory_entries WHERE id < (SELECT behind FROM memory_embedders WHERE id = :embedder) ORDER BY id DESC LIMIT ${String(LOOKED_AT_ONCE)}),
queued AS (
  INSERT INTO memory_unembedded (entry_id, person)
  SELECT id, person FROM next WHERE NOT EXISTS (SELECT FROM memory_vectors v WHERE v.entry_id = next.id AND v.embedder_id = :embedder)
  ON CONFLICT DO NOTHING)
UPDATE memory_embedders SET behind = (SELECT id FROM next ORDER BY id LIMIT 1) WHERE id = :embedder RETURNING behind`,
});
const FORGET_OTHERS = statement({
  anybodys: MECHANISM,
  name: 'forget_other_memory_vectors',
  row: { vectors: 'int4' },
  text: `WITH gone AS (
  DELETE FROM memory_vectors WHERE (entry_id, embedder_id) IN (
    SELECT entry_id, embedder_id FROM memory_vectors WHERE embedder_id IN (SELECT id FROM memory_embedders WHERE NOT current) LIMIT ${String(FORGOTTEN_AT_ONCE)}) RETURNING 1)
SELECT count(*)::int AS vectors FROM gone`,
});
/** Where nobody embeds, what waits would only grow; whoever becomes current looks at everything anyway. */
const LEAVE = statement({
  anybodys: MECHANISM,
  name: 'leave_memory_unembedded',
  row: { entries: 'int4' },
  text: `WITH left_out AS (DELETE FROM memory_unembedded WHERE entry_id IN (SELECT entry_id FROM memory_unembedded LIMIT ${String(FORGOTTEN_AT_ONCE)}) RETURNING 1),
nobody AS (UPDATE memory_embedders SET current = false WHERE current)
SELECT count(*)::int AS entries FROM left_out`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [FIND, OPEN, PENDING, TAKE, SAVE, FAILED, LOOK_BACK, FORGET_OTHERS, LEAVE];

/** Which entries have no vector yet, and what becomes of them. */
export class EmbeddingQueueStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** How long the vectors of an embedder are; null for one that never made any. */
  async lengthOf(name: string): Promise<number | null> {
    const [row] = await this.#database.query(FIND, { name });
    return row?.dimensions ?? null;
  }

  /** Makes an embedder the current one. Its length stays what it was. */
  async open(name: string, dimensions: number): Promise<StoredEmbedder> {
    const [row] = await this.#database.query(OPEN, { name, dimensions });
    if (!row) throw new Error('an embedder was not stored');
    return { id: row.id, dimensions: row.dimensions, isWhole: row.behind === null };
  }

  /** Whether there is something to embed for this embedder. */
  async isPending(name: string): Promise<boolean> {
    return (await this.#database.query(PENDING, { name }))[0]?.pending ?? false;
  }

  /** The newest of what waits; it waits on until it is saved. */
  async take(max: number): Promise<WaitingEntry[]> {
    return this.#database.query(TAKE, { max });
  }

  /** Stores vectors, one for each entry. What is no longer there, or no longer the same text, is passed over. */
  async save(embedder: number, entries: readonly WaitingEntry[], vectors: readonly Float32Array[]): Promise<void> {
    await this.#database.query(SAVE, {
      embedder,
      ids: entries.map(({ id }) => id),
      checksums: entries.map(({ checksum }) => checksum),
      vectors: vectors.map(toHalfvec),
    });
  }

  /** Notes that a text alone has failed. @returns whether it is given up */
  async fail(id: string): Promise<boolean> {
    const [row] = await this.#database.query(FAILED, { id });
    return (row?.failures ?? 0) >= FAILURES_MAX;
  }

  /** Has some more entries of before wait that have no vector of this embedder. @returns whether there may be more */
  async lookBack(embedder: number): Promise<boolean> {
    return (await this.#database.query(LOOK_BACK, { embedder }))[0]?.behind != null;
  }

  /** Drops some vectors of embedders that are not current. @returns whether there may be more */
  async forgetOthers(): Promise<boolean> {
    return ((await this.#database.query(FORGET_OTHERS))[0]?.vectors ?? 0) > 0;
  }

  /** Where nobody embeds. @returns whether there may be more */
  async leave(): Promise<boolean> {
    return ((await this.#database.query(LEAVE))[0]?.entries ?? 0) > 0;
  }
}

/** As pgvector reads it. */
export function toHalfvec(numbers: Float32Array): string {
  return `[${numbers.join(',')}]`;
}

import { Unreachable } from '@openclaw/errors';
import { as, type Database, type OwnedStatement, ownedStatement, type Query, type Statement, statement, type Viewer } from '@openclaw/db';

const LOCK_LOG = ownedStatement({ name: 'memory_lock', text: 'SELECT memory_lock(:person)' });
/** The same lock where nobody has it, and nothing otherwise. */
const TRY_LOCK_LOG = ownedStatement({
  name: 'memory_try_lock',
  row: { locked: 'bool' },
  text: 'SELECT pg_try_advisory_xact_lock(77, hashtext(:person)) AS locked',
});
const COUNT = ownedStatement({
  name: 'count_memory_terms',
  params: { max: 'int4', terms: 'int4' },
  row: { entries: 'int4' },
  text: `WITH next AS (
  SELECT u.entry_id, sum(e.length) OVER (ORDER BY u.entry_id) - e.length AS before
  FROM (SELECT entry_id FROM memory_uncounted WHERE person = :person ORDER BY entry_id LIMIT :max) u JOIN memory_entries e ON e.id = u.entry_id),
taken AS (DELETE FROM memory_uncounted WHERE person = :person AND entry_id IN (SELECT entry_id FROM next WHERE before < :terms) RETURNING entry_id),
counted AS MATERIALIZED (SELECT e.terms, e.length, octet_length(e.body) AS bytes FROM taken JOIN memory_entries e ON e.id = taken.entry_id),
words AS (
  INSERT INTO memory_terms (person, term, entries)
  SELECT :person, term, count(*) FROM counted, unnest(tsvector_to_array(terms)) AS term GROUP BY term ORDER BY term
  ON CONFLICT (person, term) DO UPDATE SET entries = memory_terms.entries + excluded.entries),
log AS (
  INSERT INTO memory_logs (person, entries, length, bytes) SELECT :person, count(*), coalesce(sum(length), 0), coalesce(sum(bytes), 0) FROM counted
  ON CONFLICT (person) DO UPDATE SET entries = memory_logs.entries + excluded.entries, length = memory_logs.length + excluded.length,
    bytes = memory_logs.bytes + excluded.bytes)
SELECT count(*)::int AS entries FROM counted`,
});
const UNCOUNTED = statement({
  anybodys: 'workers count for everybody, one person after the other',
  name: 'uncounted_person',
  row: { person: 'text' },
  text: 'SELECT person FROM memory_uncounted LIMIT 1',
});
/** A search counts so many entries itself; more are left to the workers, and it goes by what is counted. */
const COUNTED_BY_SEARCH = 100;
const FRESH_MAX = COUNTED_BY_SEARCH + 1;
const LOOK_UP = ownedStatement({
  name: 'look_up_memory_terms',
  params: { terms: 'text[]' },
  row: { entries: 'float8', length: 'float8', fresh: 'int4', terms: 'text[]?', counts: 'int4[]?' },
  text: `SELECT logs.entries, logs.length, (SELECT count(*)::int FROM (SELECT FROM memory_uncounted WHERE :sees IS NULL OR person = :sees LIMIT ${String(FRESH_MAX)}) few) AS fresh, found.terms, found.counts
FROM (
  SELECT coalesce(sum(entries), 0)::float8 AS entries, coalesce(sum(length), 0)::float8 AS length FROM memory_logs WHERE :sees IS NULL OR person = :sees) logs,
(SELECT array_agg(term) AS terms, array_agg(entries) AS counts FROM (
  SELECT term, sum(entries)::int AS entries FROM memory_terms WHERE term = ANY(:terms) AND (:sees IS NULL OR person = :sees) GROUP BY term) each) found`,
});
/** Terms that have the word in them, those that begin with it first; and, by their trigrams, terms that look like it. */
const SIMILAR = ownedStatement({
  name: 'similar_memory_terms',
  params: { word: 'text', prefix: 'text', within: 'text', loose: 'bool', max: 'int4' },
  row: { term: 'text', entries: 'int4', holds: 'bool' },
  text: `(SELECT term, entries, true AS holds FROM memory_terms WHERE (:sees IS NULL OR person = :sees) AND term LIKE :within
ORDER BY (term LIKE :prefix) DESC, length(term), entries DESC LIMIT :max)
UNION ALL
(SELECT term, entries, false AS holds FROM memory_terms WHERE :loose AND (:sees IS NULL OR person = :sees) AND term % :word
ORDER BY similarity(term, :word) DESC, entries DESC LIMIT :max)`,
});

/** All of them, for the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [LOCK_LOG, TRY_LOCK_LOG, COUNT, UNCOUNTED, LOOK_UP, SIMILAR];

/** How a log is made up, as far as a question needs it. */
export interface LogFigures {
  readonly entries: number;
  readonly averageLength: number;
  /** Entries that these figures leave out; no more than {@link FRESH_MAX} are looked at. */
  readonly fresh: number;
  /** In how many entries each of the terms is; those that are in none are left out. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Taken first by whoever changes the figures of a person's log: two of them never wait for each other in a circle. */
export async function lockLog(query: Query, viewer: Viewer): Promise<void> {
  await as(query, viewer)(LOCK_LOG);
}

/** In how many entries of a person each term is. Counted apart from writing entries; see the migration for why. */
export class TermsStore {
  readonly #database: Database;
  /** Terms of one statement: fewer where the database was too slow for it. */
  #atOnce = TERMS_AT_ONCE;

  constructor(database: Database) {
    this.#database = database;
  }

  async lookUp(viewer: Viewer, terms: readonly string[]): Promise<LogFigures> {
    const [row] = await this.#database.as(viewer)(LOOK_UP, { terms });
    const { entries = 0, length = 0, fresh = 0 } = row ?? {};
    const counts = new Map((row?.terms ?? []).map((term, index) => [term, row?.counts?.[index] ?? 0]));
    return { entries, averageLength: entries > 0 ? length / entries : 0, fresh, counts };
  }

  /**
   * Counts some of what is new, of one person.
   * @param person null for whoever has something new
   * @returns whether there may be more
   */
  async count(person: string | null = null): Promise<boolean> {
    const whose = person ?? (await this.#database.query(UNCOUNTED))[0]?.person;
    if (whose === undefined) return false;
    const viewer = { person: whose, sees: whose };
    const work = async (query: Query): Promise<boolean> => {
      await lockLog(query, viewer);
      const [row] = await as(query, viewer)(COUNT, { max: COUNTED_AT_ONCE, terms: this.#atOnce });
      return (row?.entries ?? 0) > 0;
    };
    try {
      const hasMore = await this.#database.transaction(work);
      this.#atOnce = Math.min(TERMS_AT_ONCE, this.#atOnce * 2);
      return hasMore;
    } catch (thrown) {
      if (!(thrown instanceof Unreachable) || this.#atOnce <= TERMS_AT_ONCE_MIN) throw thrown;
      this.#atOnce = Math.floor(this.#atOnce / 2);
      return true;
    }
  }

  /**
   * Counts what is new before a search, where it is little and nobody is counting. What is not counted is found all the same: only how
   * rare its words are is not known yet, and so it is where the database is too slow to count.
   * @returns whether there are new figures
   */
  async countFew({ person }: Pick<Viewer, 'person'>, { fresh }: Pick<LogFigures, 'fresh'>): Promise<boolean> {
    if (fresh === 0 || fresh > COUNTED_BY_SEARCH) return false;
    const viewer = { person, sees: person };
    return this.#database
      .transaction(async (query) => {
        const [lock] = await as(query, viewer)(TRY_LOCK_LOG);
        if (lock?.locked !== true) return false;
        const [row] = await as(query, viewer)(COUNT, { max: COUNTED_BY_SEARCH, terms: TERMS_AT_ONCE });
        return (row?.entries ?? 0) > 0;
      })
      .catch((thrown: unknown) => {
        if (thrown instanceof Unreachable) return false;
        throw thrown;
      });
  }

  /** Terms that hold the word, then, where `loose`, terms that are spelled like it: `max` of each. */
  async similar(viewer: Viewer, word: string, loose: boolean, max: number): Promise<{ term: string; entries: number; holds: boolean }[]> {
    const escaped = word.replaceAll(/[\\%_]/g, String.raw`\$&`);
    const within = word.length >= (/^[a-z0-9]/.test(word) ? HELD_CHARACTERS_MIN : 3) ? `%${escaped}%` : `${escaped}%`;
    return this.#database.as(viewer)(SIMILAR, { word, prefix: `${escaped}%`, within, loose, max });
  }
}

/** Entries of one statement, and their terms, the last entry's apart: none may take long. */
const COUNTED_AT_ONCE = 500;
const TERMS_AT_ONCE = 4000;
const TERMS_AT_ONCE_MIN = 250;
/** A shorter Latin word is looked for at the beginning of others only: it stands in the middle of too many. */
const HELD_CHARACTERS_MIN = 5;

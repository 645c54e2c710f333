import { type ConversationId, idToUuid, type MemoryId, uuidToId } from '@openclaw/words';
import { type Database, of, type OwnedStatement, ownedStatement, type Params, type Row, type Viewer } from '@openclaw/db';
import { FILTER, LISTED, type Listed, MASK, QUESTION, toCandidate, weightOf } from './candidate-rows.js';
import type { EntryKind, Provenance } from './entry.types.js';
import type { CandidateSearch, FoundBody, PassageBody, PassageCandidate, Scope, StoredCandidate } from './search.types.js';
import { SESSION_ENTRIES_MAX } from './turns.store.js';

/** The parameters of {@link QUESTION}. */
const WORDS = { words: of<readonly string[]>('tsquery[]'), weights: of<readonly number[]>('float8[]') } as const;

/** Matches that are ranked with what stands around them, and sessions that are ranked whole. */
const TOP = 200;
const SESSIONS = 12;
/** Entries of the time that a question names, though they have none of its words. */
const TIMELY_MAX = 100;
const ROW = { rows: of<readonly Listed[] | null>('json?') } as const;

const FOUND = 'e.id, e.seq, e.thread_id, e.position, e.session, e.terms, e.at';
const TIMELY = 'coalesce(e.at BETWEEN :spanFrom AND :spanTo, false)';
const SCOPE = {
  ...WORDS,
  since: 'timestamptz?',
  until: 'timestamptz?',
  conversationId: 'uuid?',
  spanFrom: 'timestamptz?',
  spanTo: 'timestamptz?',
} as const;

/**
 * found ─► those with a word or of the time asked for ─► the best with their neighbours, the best sessions whole ─► some thousand rows
 *
 * `OFFSET 0` keeps a part as it is written: a mask is reckoned once for each row, and what is looked up is looked up by its index and
 * not joined with the whole table.
 * @param found a query for entries of the person, with the columns of `FOUND`
 */
function candidatesText(found: string): string {
  return `WITH ${QUESTION},
found AS MATERIALIZED (${found}),
hits AS MATERIALIZED (
  SELECT scored.*, ${weightOf('mask')} AS weight
  FROM (SELECT e.id, e.seq, e.thread_id, e.position, e.session, ${TIMELY} AS timely, ${MASK} AS mask FROM found e, question OFFSET 0) scored, question
  WHERE mask <> 0 OR timely),
top AS (SELECT id, thread_id, position FROM hits ORDER BY weight DESC, seq DESC LIMIT ${String(TOP)}),
sessions AS (
  SELECT thread_id, session FROM (
    SELECT thread_id, session, bit_or(mask) AS mask, sum(weight) AS weight FROM hits WHERE thread_id IS NOT NULL GROUP BY thread_id, session) each, question
  ORDER BY ${weightOf('mask')} DESC, weight DESC LIMIT ${String(SESSIONS)}),
chosen AS (
  SELECT id FROM top
  UNION
  SELECT n.id FROM top, LATERAL (
    SELECT id FROM memory_entries e WHERE e.thread_id = top.thread_id AND e.position BETWEEN top.position - 3 AND top.position + 2 OFFSET 0) n
  UNION
  SELECT n.id FROM sessions, LATERAL (
    SELECT id FROM memory_entries e WHERE e.thread_id = sessions.thread_id
      AND e.position BETWEEN sessions.session AND sessions.session + ${String(2 * SESSION_ENTRIES_MAX)} AND e.session = sessions.session OFFSET 0) n)
SELECT json_agg(${LISTED}) AS rows
FROM (
  SELECT e.*, ${MASK} AS mask, ${FILTER} AND (:conversationId IS NULL OR e.conversation_id = :conversationId) AS asked
  FROM chosen, LATERAL (SELECT * FROM memory_entries m WHERE m.id = chosen.id OFFSET 0) e, question WHERE e.person = :person AND e.recallable OFFSET 0) e`;
}

const BY_TERMS = ownedStatement({
  name: 'memory_candidates_by_terms',
  params: { ...SCOPE, candidates: of<string>('tsquery') },
  row: ROW,
  text: candidatesText(`SELECT ${FOUND} FROM memory_entries e
  WHERE e.terms @@ :candidates AND e.person = :person AND e.recallable AND ${FILTER}
  UNION ALL
  (SELECT ${FOUND} FROM memory_entries e WHERE e.person = :person AND e.recallable AND e.at BETWEEN :spanFrom AND :spanTo AND ${FILTER}
    AND NOT e.terms @@ :candidates ORDER BY e.at DESC LIMIT ${String(TIMELY_MAX)})`),
});
const NEWEST = ownedStatement({
  name: 'memory_candidates_newest',
  params: { ...SCOPE, max: 'int4' },
  row: ROW,
  text: candidatesText(
    `SELECT ${FOUND} FROM memory_entries e WHERE e.person = :person AND e.recallable AND ${FILTER} ORDER BY e.at DESC LIMIT :max`,
  ),
});
const OF_CONVERSATION = ownedStatement({
  name: 'memory_candidates_of_conversation',
  params: { ...SCOPE, max: 'int4' },
  row: ROW,
  text: candidatesText(`SELECT ${FOUND} FROM memory_entries e
  WHERE e.conversation_id = :conversationId AND e.person = :person AND e.recallable AND ${FILTER} ORDER BY e.seq DESC LIMIT :max`),
});
const CONVERSATIONS = ownedStatement({
  name: 'conversations_with_words',
  params: { ...WORDS, candidates: of<string>('tsquery'), max: 'int4' },
  row: { conversation_id: 'uuid', weight: 'float8' },
  text: `WITH ${QUESTION},
found AS (SELECT e.conversation_id, e.terms FROM memory_entries e WHERE e.terms @@ :candidates AND (:sees IS NULL OR e.person = :sees) AND e.conversation_id IS NOT NULL LIMIT :max)
SELECT conversation_id, ${weightOf('mask')} AS weight
FROM (SELECT e.conversation_id, bit_or(${MASK}) AS mask FROM found e, question GROUP BY e.conversation_id) each, question`,
});
/** Passages are few beside entries: any of the words will do. */
const PASSAGES = ownedStatement({
  name: 'memory_passage_candidates',
  params: {
    ...WORDS,
    candidates: of<string>('tsquery'),
    since: 'timestamptz?',
    until: 'timestamptz?',
    conversationId: 'uuid?',
    max: 'int4',
  },
  row: {
    id: 'uuid',
    author: 'text',
    at: 'timestamptz',
    length: 'int4',
    flags: 'int4',
    mask: 'int4',
    kind: of<EntryKind>('text'),
    importance: 'float4',
    recalls: 'int4',
    superseded: 'bool',
    sources: 'uuid[]',
    weight: 'float8',
  },
  text: `WITH ${QUESTION},
hits AS MATERIALIZED (
  SELECT e.id, e.author, e.at, e.length, e.flags::int4 AS flags, ${MASK} AS mask, e.kind, e.importance, e.recalls, e.superseded, e.sources
  FROM memory_passages e JOIN memory_sections s ON s.id = e.section_id, question
  WHERE e.terms @@ :candidates AND e.person = :person AND ${FILTER} AND (:conversationId IS NULL OR s.conversation_id = :conversationId) OFFSET 0)
SELECT hits.*, ${weightOf('mask')} AS weight FROM hits, question ORDER BY weight DESC, at DESC LIMIT :max`,
});
const PASSAGE_BODIES = ownedStatement({
  name: 'memory_passage_bodies',
  params: { ids: 'uuid[]' },
  row: {
    id: 'uuid',
    body: 'text',
    conversation_id: 'uuid?',
    thread: 'text?',
    provenance: of<Provenance>('text'),
    created_at: 'timestamptz',
    document: 'text',
    sources: 'uuid[]',
  },
  text: `SELECT p.id, p.body, s.conversation_id, t.name AS thread, p.provenance, p.created_at, s.document || CASE s.period WHEN '' THEN '' ELSE '-' || s.period END AS document, p.sources
FROM memory_passages p JOIN memory_sections s ON s.id = p.section_id LEFT JOIN memory_threads t ON t.id = s.thread_id
WHERE p.id = ANY(:ids) AND (:sees IS NULL OR p.person = :sees)`,
});
/** The neighbours are turns of the same thread. */
const BODIES = ownedStatement({
  name: 'memory_bodies',
  params: { ids: 'uuid[]' },
  row: {
    id: 'uuid',
    body: 'text',
    before: 'text?',
    after: 'text?',
    conversation_id: 'uuid?',
    thread: 'text?',
    tags: 'text[]',
    provenance: of<Provenance>('text'),
    pinned: 'bool',
    created_at: 'timestamptz',
  },
  text: `SELECT e.id, e.body, before.body AS before, after.body AS after, e.conversation_id, t.name AS thread, e.tags, e.provenance, e.pinned, e.created_at
FROM memory_entries e
LEFT JOIN memory_threads t ON t.id = e.thread_id
LEFT JOIN LATERAL (SELECT n.body FROM memory_entries n WHERE n.thread_id = e.thread_id AND n.position = e.position - 1 AND n.person = e.person AND n.recallable LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT n.body FROM memory_entries n WHERE n.thread_id = e.thread_id AND n.position = e.position + 1 AND n.person = e.person AND n.recallable LIMIT 1) after ON true
WHERE e.id = ANY(:ids) AND (:sees IS NULL OR e.person = :sees)`,
});
const COUNT_RECALLS = ownedStatement({
  name: 'count_memory_recalls',
  params: { ids: 'uuid[]' },
  text: 'UPDATE memory_entries SET recalls = recalls + 1, recalled_at = now() WHERE id = ANY(:ids) AND person = :person',
});

/** All of them, for the test that holds them to the schema. */
export const statements: readonly OwnedStatement[] = [
  BY_TERMS,
  NEWEST,
  OF_CONVERSATION,
  CONVERSATIONS,
  PASSAGES,
  PASSAGE_BODIES,
  BODIES,
  COUNT_RECALLS,
];

/** Passages that are looked at for one question. */
const PASSAGES_MAX = 200;

/** Finds entries by their terms and what stands around them. Nothing of another person is ever among the rows. */
export class SearchStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Entries of the viewer's person that may answer, with what is needed to rank them; each once. */
  async candidates(viewer: Viewer, { scope, words, weights, span, filter }: CandidateSearch): Promise<StoredCandidate[]> {
    const params = {
      words,
      weights,
      since: filter.since ?? null,
      until: filter.until ?? null,
      conversationId: filter.conversationId === undefined ? null : idToUuid(filter.conversationId),
      spanFrom: span ? new Date(span.from) : null,
      spanTo: span ? new Date(span.to) : null,
    };
    const [row] = await this.#query(viewer, scope, params);
    return (row?.rows ?? []).map(toCandidate);
  }

  /** Passages that have any of the words, those of the rarest first. */
  async passages(
    viewer: Viewer,
    { words, weights, filter }: Pick<CandidateSearch, 'words' | 'weights' | 'filter'>,
  ): Promise<PassageCandidate[]> {
    if (words.length === 0) return [];
    const rows = await this.#database.as(viewer)(PASSAGES, {
      words,
      weights,
      candidates: words.map((word) => `(${word})`).join(' | '),
      since: filter.since ?? null,
      until: filter.until ?? null,
      conversationId: filter.conversationId === undefined ? null : idToUuid(filter.conversationId),
      max: PASSAGES_MAX,
    });
    const alone = { thread: null, position: 0, session: 0, isAsked: true, messageId: null };
    return rows.map(({ superseded, at, weight: _, ...row }) => ({ ...alone, ...row, at: at.getTime(), isSuperseded: superseded }));
  }

  async passageBodies(viewer: Viewer, ids: readonly MemoryId[]): Promise<ReadonlyMap<MemoryId, PassageBody>> {
    const rows = await this.#database.as(viewer)(PASSAGE_BODIES, { ids: ids.map((id) => idToUuid(id)) });
    return new Map(rows.map((row) => [uuidToId('mem', row.id), toPassageBody(row)]));
  }

  /** Conversations that have any of the words, each with what the words that it has weigh. @param max entries that are read */
  async conversations(
    viewer: Viewer,
    search: Pick<CandidateSearch, 'words' | 'weights'> & { candidates: string; max: number },
  ): Promise<Map<ConversationId, number>> {
    const rows = await this.#database.as(viewer)(CONVERSATIONS, search);
    return new Map(rows.map((row) => [uuidToId('conv', row.conversation_id), row.weight]));
  }

  async bodies(viewer: Viewer, ids: readonly MemoryId[]): Promise<ReadonlyMap<MemoryId, FoundBody>> {
    const rows = await this.#database.as(viewer)(BODIES, { ids: ids.map((id) => idToUuid(id)) });
    return new Map(rows.map((row) => [uuidToId('mem', row.id), toBody(row)]));
  }

  /** They were shown to the agent. */
  async countRecalls(viewer: Viewer, ids: readonly MemoryId[]): Promise<void> {
    await this.#database.as(viewer)(COUNT_RECALLS, { ids: ids.map((id) => idToUuid(id)) });
  }

  async #query(viewer: Viewer, scope: Scope, params: Params<typeof SCOPE>): Promise<Row<typeof ROW>[]> {
    const query = this.#database.as(viewer);
    if (scope.kind === 'terms') return query(BY_TERMS, { ...params, candidates: scope.candidates });
    if (scope.kind === 'newest') return query(NEWEST, { ...params, max: scope.max });
    return query(OF_CONVERSATION, { ...params, conversationId: idToUuid(scope.conversationId), max: scope.max });
  }
}

function toPassageBody({
  body,
  conversation_id,
  thread,
  provenance,
  created_at,
  document,
  sources,
}: Row<typeof PASSAGE_BODIES.owned.row>): PassageBody {
  const conversationId = conversation_id === null ? null : uuidToId('conv', conversation_id);
  const of = { document, sources: sources.map((id) => uuidToId('mem', id)) };
  return {
    content: body,
    before: null,
    after: null,
    conversationId,
    thread,
    tags: [],
    provenance,
    pinned: false,
    createdAt: created_at,
    ...of,
  };
}

function toBody(row: Row<typeof BODIES.owned.row>): FoundBody {
  return {
    content: row.body,
    before: row.before,
    after: row.after,
    conversationId: row.conversation_id === null ? null : uuidToId('conv', row.conversation_id),
    thread: row.thread,
    tags: row.tags,
    provenance: row.provenance,
    pinned: row.pinned,
    createdAt: row.created_at,
  };
}

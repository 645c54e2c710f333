import { type Caller, type ConversationId, idToUuid, type MemoryId, type MessageId, newId, type PersonId, uuidToId } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { EntriesStore, Entry, NewEntry } from './entries.store.js';
import type { EntryKind, Provenance } from './entry.types.js';
import type { FiguresStore } from './figures.store.js';
import { IMPORTANCE } from './importance.js';
import type {
  AddedMemory,
  AddMemory,
  Memory,
  MemoryResult,
  MemoryResults,
  MemoryStats,
  NewMemory,
  PatchMemory,
  PrunedMemory,
  PruneMemory,
  SearchMemory,
} from './memory.schema.js';
import type { Found, MemorySearch } from './memory-search.js';
import { scoreHits, type ScoredHit, type ScoreWeights } from './score-hits.js';
import type { FoundBody } from './search.store.js';
import { ASSISTANT } from './turns.store.js';
import type { VectorsStore } from './vectors.store.js';

export interface MemoryParts {
  readonly entries: EntriesStore;
  readonly search: MemorySearch;
  readonly figures: FiguresStore;
  readonly vectors: VectorsStore;
}

/** What the agent wants to remember. */
export interface Remembered {
  readonly id: MemoryId;
  readonly kind: EntryKind;
  readonly content: string;
  /** It goes with this conversation. */
  readonly conversationId: ConversationId;
  readonly channel: string | null;
  /** `untrusted` where what it was made from may be. */
  readonly provenance: Exclude<Provenance, 'owner'>;
  /** The memory that it corrects. */
  readonly replaces?: MemoryId | undefined;
}

/** A memory as the agent is shown it. */
export interface Recollection {
  readonly id: MemoryId;
  readonly content: string;
  readonly author: string;
  readonly at: Date;
  readonly provenance: Provenance;
  readonly isSuperseded: boolean;
}

/** Hits that are scored by more than their relevance. */
const SCORED_MAX = 100;
const NOTHING: Found = { hits: [], embeddings: 'off' };
const PRUNED_AT_ONCE = 1000;
const BYTES_PER_MB = 1_048_576;

/**
 * Memory as its owners read and keep it. What is added, searched and pruned is the caller's own person's, an admin's too: only single
 * memories and statistics reach as far as the caller sees.
 */
export class MemoryService {
  readonly #parts: MemoryParts;
  readonly #weights: () => ScoreWeights;
  readonly #now: () => Date;

  constructor(parts: MemoryParts, weights: () => ScoreWeights, now = (): Date => new Date()) {
    this.#parts = parts;
    this.#weights = weights;
    this.#now = now;
  }

  /** Keeps one, or all of several in their order, or none. @returns the one, or all */
  async add(caller: Caller, { entries, person: _, ...one }: AddMemory): Promise<AddedMemory> {
    const given: readonly NewMemory[] = entries ?? [{ ...one, content: one.content ?? '', pinned: one.pinned ?? false, tags: one.tags ?? [] }];
    const made = toEntries(caller.person, given, this.#now());
    await this.#parts.entries.save(caller, made);
    const stored = await this.#parts.entries.find(caller, made.map(({ id }) => id));
    const memories = stored.map(toMemory);
    const [first] = memories;
    return entries === undefined && first ? first : { memories };
  }

  /** @throws Fault `not_found` */
  async get(caller: Caller, id: MemoryId): Promise<Memory> {
    const [entry] = await this.#parts.entries.find(caller, [id]);
    return toMemory(entry ?? missing());
  }

  /** @throws Fault `not_found` */
  async patch(caller: Caller, id: MemoryId, patch: PatchMemory): Promise<Memory> {
    return toMemory((await this.#parts.entries.patch(caller, id, patch)) ?? missing());
  }

  /** A message stays in its conversation; anything else is gone. @throws Fault `not_found` */
  async forget(caller: Caller, id: MemoryId): Promise<void> {
    if (!(await this.#parts.entries.forget(caller, id))) missing();
  }

  /** Best first; `total` counts what was found beyond `limit` too. */
  async search(caller: Caller, request: SearchMemory): Promise<MemoryResults> {
    const startedAt = performance.now();
    const { limit, type, min_score: least = 0 } = request;
    const { hits, embeddings } = type === 'compacted' ? NOTHING : await this.#find(caller, request);
    const scored = scoreHits(hits, this.#weights(), this.#now(), Math.max(SCORED_MAX, limit)).filter(({ score }) => score >= least);
    const results = await this.#show(caller, scored.slice(0, limit));
    const total = least > 0 ? scored.length : hits.length;
    return { results, total, took_ms: Math.round((performance.now() - startedAt) * 10) / 10, embeddings };
  }

  /** Keeps what the agent wants to know later. The same text again is the same memory, and so is the same id. @returns its id */
  async remember(caller: Caller, { replaces, ...wanted }: Remembered): Promise<MemoryId> {
    const { entries } = this.#parts;
    const same = await entries.findSame(caller, wanted.content);
    const id = same ?? wanted.id;
    const importance = IMPORTANCE[wanted.kind];
    if (!same) await entries.save(caller, [{ ...wanted, author: ASSISTANT, at: this.#now(), importance, pinned: false, tags: [], thread: null }]);
    if (replaces !== undefined && !(await entries.supersede(caller, replaces, id))) missing();
    return id;
  }

  /** What is known on a question, best first, counted as shown to the agent. @param seen messages that the model has before it anyway */
  async recall(caller: Caller, query: string, { seen, limit }: { seen: readonly MessageId[]; limit: number }): Promise<Recollection[]> {
    const isSeen = new Set<string | null>(seen.map((id) => idToUuid(id)));
    const hits = (await this.#parts.search.find(caller, query, {}, this.#now())).filter(({ entry }) => entry.messageId === null || !isSeen.has(entry.messageId));
    const shown = scoreHits(hits, this.#weights(), this.#now(), SCORED_MAX).slice(0, limit);
    const ids = shown.map(({ entry }) => uuidToId('mem', entry.id));
    const bodies = await this.#parts.search.show(caller, ids);
    if (ids.length > 0) await this.#parts.search.countRecalls(caller, ids);
    return shown.flatMap(({ entry: { author, at, isSuperseded } }, index) => {
      const id = ids[index];
      const body = id && bodies.get(id);
      return body ? [{ id, author, at: new Date(at), isSuperseded, content: body.content, provenance: body.provenance }] : [];
    });
  }

  /** Of all that the caller sees. */
  async stats(caller: Pick<Caller, 'person' | 'sees'>): Promise<MemoryStats> {
    const { figures, vectors, search } = this.#parts;
    const provider = search.embedder;
    const [{ entries, bytes, oldest, kinds }, indexed] = await Promise.all([figures.find(caller), provider === null ? 0 : vectors.count(caller)]);
    const size = toMegabytes(bytes);
    return {
      wal: { entries, size_mb: size, oldest_entry: oldest?.toISOString() ?? null },
      compacted: { files: 0, size_mb: 0, last_compaction: null },
      total_size_mb: size,
      embeddings: { provider, indexed, pending: provider === null ? 0 : Math.max(0, entries - indexed) },
      by_type: kinds,
    };
  }

  /** Lets go of what the criteria name, pinned ones apart; with `dry_run` only counts it. */
  async prune(caller: Caller, request: PruneMemory): Promise<PrunedMemory> {
    const { dry_run, type } = request;
    const { entries, bytes } = type === 'compacted' ? { entries: 0, bytes: 0 } : await this.#prune(caller, request);
    return { pruned: entries, freed_mb: toMegabytes(bytes), dry_run, by_type: { wal: entries, compacted: 0 } };
  }

  async #prune(caller: Caller, { before, kinds, max_importance, unused_for_days, dry_run }: PruneMemory): Promise<{ entries: number; bytes: number }> {
    const { figures } = this.#parts;
    const criteria = { before: toDate(before), kinds, importanceMax: max_importance, unusedDays: unused_for_days };
    if (dry_run) return figures.count(caller, criteria);
    const sum = { entries: 0, bytes: 0 };
    for (;;) {
      const { entries, bytes } = await figures.prune(caller, criteria, PRUNED_AT_ONCE);
      sum.entries += entries;
      sum.bytes += bytes;
      if (entries < PRUNED_AT_ONCE) return sum;
    }
  }

  async #find(caller: Caller, { query, since, until, conversation_id: conversationId }: SearchMemory): Promise<Found> {
    return this.#parts.search.search(caller, query, { since: toDate(since), until: toDate(until), conversationId }, this.#now());
  }

  async #show(caller: Caller, scored: readonly ScoredHit[]): Promise<MemoryResult[]> {
    const bodies = await this.#parts.search.show(caller, scored.map(({ entry }) => uuidToId('mem', entry.id)));
    return scored.flatMap((hit) => {
      const body = bodies.get(uuidToId('mem', hit.entry.id));
      return body ? [toResult(caller.person, hit, body)] : [];
    });
  }
}

/** Messages of one request that name no thread are turns of one of their own. */
function toEntries(person: PersonId, given: readonly NewMemory[], now: Date): NewEntry[] {
  const own = `import-${newId('mem')}`;
  return given.map(({ content, kind, author, at, thread, importance, pinned, tags }) => {
    const what = kind ?? (author === undefined && thread === undefined ? 'fact' : 'message');
    const isTurn = what === 'message' && given.length > 1;
    return {
      ...{ content, pinned, tags },
      id: newId('mem'),
      kind: what,
      author: author ?? person,
      at: toDate(at) ?? now,
      importance: importance ?? IMPORTANCE[what],
      provenance: 'owner',
      conversationId: null,
      thread: thread ?? (isTurn ? own : null),
      channel: null,
    };
  });
}

function toMemory(entry: Entry): Memory {
  const { id, person, kind, content, author, importance, pinned, tags, provenance, recalls, supersededBy } = entry;
  return {
    ...{ id, kind, content, author, pinned, person, provenance, recalls },
    at: entry.at.toISOString(),
    importance: Math.round(importance * 1e6) / 1e6,
    tags: [...tags],
    ...placeOf(entry),
    ...(entry.channel === null ? {} : { channel: entry.channel }),
    recalled_at: entry.recalledAt?.toISOString() ?? null,
    superseded_by: supersededBy,
    done_at: entry.doneAt?.toISOString() ?? null,
    created_at: entry.createdAt.toISOString(),
  };
}

function toResult(person: PersonId, { entry, score, scores, matched }: ScoredHit, body: FoundBody): MemoryResult {
  return {
    ...{ score, scores, person },
    id: uuidToId('mem', entry.id),
    type: 'wal',
    kind: entry.kind,
    content: body.content,
    author: entry.author,
    at: new Date(entry.at).toISOString(),
    matched: [...matched],
    ...(body.before === null ? {} : { before: body.before }),
    ...(body.after === null ? {} : { after: body.after }),
    ...placeOf(body),
    tags: [...body.tags],
    pinned: body.pinned,
    provenance: body.provenance,
    superseded: entry.isSuperseded,
    created_at: body.createdAt.toISOString(),
  };
}

function placeOf({ conversationId, thread }: { conversationId: ConversationId | null; thread: string | null }): { conversation_id?: ConversationId; thread?: string } {
  return { ...(conversationId === null ? {} : { conversation_id: conversationId }), ...(thread === null ? {} : { thread }) };
}

function toDate(time: string | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

function toMegabytes(bytes: number): number {
  return Math.round((bytes / BYTES_PER_MB) * 1000) / 1000;
}

function missing(): never {
  throw new Fault('not_found', 'There is no such memory.');
}

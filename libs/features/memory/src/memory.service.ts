import { type Caller, type ConversationId, idToUuid, type MemoryId, type MessageId, uuidToId } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { DocumentsStore } from './documents.store.js';
import type { EntriesStore } from './entries.store.js';
import type { EntryKind, Provenance } from './entry.types.js';
import type { FiguresStore, PruneCriteria } from './figures.store.js';
import { IMPORTANCE } from './importance.js';
import { nameOf, renderDocument } from './render-document.js';
import type {
  AddedMemory,
  AddMemory,
  Memory,
  MemoryDocument,
  MemoryDocuments,
  MemoryResult,
  MemoryResults,
  MemoryStats,
  NewMemory,
  PatchMemory,
  PrunedMemory,
  PruneMemory,
  SearchMemory,
} from './memory.schema.js';
import type { Found, MemorySearch, PassageHit } from './memory-search.js';
import { type AnyHit, scoreHits, type ScoredHit, type ScoreWeights } from './score-hits.js';
import { passageMemory, toDate, toEntries, toMegabytes, toMemory, toResult } from './show-memory.js';
import { ASSISTANT } from './turns.store.js';
import type { VectorsStore } from './vectors.store.js';

export interface MemoryParts {
  readonly entries: EntriesStore;
  readonly search: MemorySearch;
  readonly figures: FiguresStore;
  readonly vectors: VectorsStore;
  readonly documents: DocumentsStore;
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
const DOCUMENTS_MAX = 1000;
const PASSAGES_MAX = 5000;

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

  /**
   * Keeps one, or all of several in their order, or none; with a key once, however often it is sent.
   * @throws Fault `conflict` (key used for other memories), `not_found` (what the key kept was forgotten since)
   */
  async add(caller: Caller, { entries, person: _, ...one }: AddMemory, key?: string): Promise<{ memory: AddedMemory; replayed: boolean }> {
    const given: readonly NewMemory[] = entries ?? [
      { ...one, content: one.content ?? '', pinned: one.pinned ?? false, tags: one.tags ?? [] },
    ];
    const made = toEntries(caller.person, given, this.#now());
    const request = { person: caller.person, memories: entries ?? one };
    const before = await this.#parts.entries.save(caller, made, key === undefined ? undefined : { key, request });
    const stored = await this.#parts.entries.find(caller, before ?? made.map(({ id }) => id));
    const memories = stored.map(toMemory);
    return { memory: entries === undefined ? (memories[0] ?? missing()) : { memories }, replayed: before !== null };
  }

  /** @throws Fault `not_found` */
  async get(caller: Caller, id: MemoryId): Promise<Memory> {
    const [entry] = await this.#parts.entries.find(caller, [id]);
    if (entry) return toMemory(entry);
    return passageMemory((await this.#parts.documents.findPassage(caller, id)) ?? missing());
  }

  /** @throws Fault `not_found` */
  async patch(caller: Caller, id: MemoryId, patch: PatchMemory): Promise<Memory> {
    return toMemory((await this.#parts.entries.patch(caller, id, patch)) ?? missing());
  }

  /** A message stays in its conversation; anything else is gone. @throws Fault `not_found` */
  async forget(caller: Caller, id: MemoryId): Promise<void> {
    if (!(await this.#parts.entries.forget(caller, id)) && !(await this.#parts.documents.forgetPassage(caller, id))) missing();
  }

  /** Best first; `total` counts what was found beyond `limit` too. */
  async search(caller: Caller, request: SearchMemory): Promise<MemoryResults> {
    const startedAt = performance.now();
    const { limit, type, min_score: least = 0 } = request;
    const { hits: entries, embeddings } = type === 'compacted' ? NOTHING : await this.#find(caller, request);
    const hits = type === 'wal' ? entries : await this.#withPassages(caller, request, entries);
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
    if (!same)
      await entries.save(caller, [{ ...wanted, author: ASSISTANT, at: this.#now(), importance, pinned: false, tags: [], thread: null }]);
    if (replaces !== undefined && !(await entries.supersede(caller, replaces, id))) missing();
    return id;
  }

  /** What is known on a question, best first, counted as shown to the agent. @param seen messages that the model has before it anyway */
  async recall(caller: Caller, query: string, { seen, limit }: { seen: readonly MessageId[]; limit: number }): Promise<Recollection[]> {
    const isSeen = new Set<string | null>(seen.map((id) => idToUuid(id)));
    const hits = (await this.#parts.search.find(caller, query, {}, this.#now())).filter(
      ({ entry }) => entry.messageId === null || !isSeen.has(entry.messageId),
    );
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

  /** What there is to read of what was made of the log, by name. */
  async documents(caller: Caller): Promise<MemoryDocuments> {
    const heads = await this.#parts.documents.documents(caller, DOCUMENTS_MAX);
    return {
      documents: heads.map(({ document, period, passages, bytes, compactedAt }) => ({
        name: nameOf(document, period),
        passages,
        bytes,
        compacted_at: compactedAt.toISOString(),
      })),
    };
  }

  /** As Markdown, and passage by passage. @throws Fault `not_found` */
  async document(caller: Caller, name: string): Promise<MemoryDocument> {
    const [document = '', ...period] = name.split('-');
    const passages = await this.#parts.documents.read(caller, { document, period: period.join('-') }, PASSAGES_MAX);
    const [first] = passages;
    if (!first) throw new Fault('not_found', 'There is no such document.');
    return {
      name,
      content: renderDocument(passages),
      compacted_at: new Date(Math.max(...passages.map(({ compactedAt }) => compactedAt.getTime()))).toISOString(),
      passages: passages.map(({ id, body, isSuperseded, sources }) => ({
        id,
        content: body,
        superseded: isSuperseded,
        sources: sources.map((source) => uuidToId('mem', source)),
      })),
    };
  }

  /** Of all that the caller sees. */
  async stats(caller: Pick<Caller, 'person' | 'sees'>): Promise<MemoryStats> {
    const { figures, vectors, documents, search } = this.#parts;
    const provider = search.embedder;
    const [{ entries, bytes, oldest, kinds }, indexed, compacted] = await Promise.all([
      figures.find(caller),
      provider === null ? 0 : vectors.count(caller),
      documents.sizes(caller),
    ]);
    return {
      wal: { entries, size_mb: toMegabytes(bytes), oldest_entry: oldest?.toISOString() ?? null },
      compacted: {
        files: compacted.files,
        size_mb: toMegabytes(compacted.bytes),
        last_compaction: compacted.compactedAt?.toISOString() ?? null,
      },
      total_size_mb: toMegabytes(bytes + compacted.bytes),
      embeddings: { provider, indexed, pending: provider === null ? 0 : Math.max(0, entries - indexed) },
      by_type: kinds,
    };
  }

  /** Lets go of what the criteria name, pinned ones apart; with `dry_run` only counts it. */
  async prune(caller: Caller, request: PruneMemory): Promise<PrunedMemory> {
    const { dry_run, type, before, kinds, max_importance, unused_for_days } = request;
    const { documents } = this.#parts;
    const criteria = { before: toDate(before), kinds, importanceMax: max_importance, unusedDays: unused_for_days };
    const told =
      type === 'wal' ? { passages: 0, bytes: 0 } : await (dry_run ? documents.count(caller, criteria) : documents.prune(caller, criteria));
    const { entries, bytes } = type === 'compacted' ? { entries: 0, bytes: 0 } : await this.#prune(caller, criteria, dry_run);
    return {
      pruned: entries + told.passages,
      freed_mb: toMegabytes(bytes + told.bytes),
      dry_run,
      by_type: { wal: entries, compacted: told.passages },
    };
  }

  async #prune(caller: Caller, criteria: PruneCriteria, isDry: boolean): Promise<{ entries: number; bytes: number }> {
    const { figures } = this.#parts;
    if (isDry) return figures.count(caller, criteria);
    const sum = { entries: 0, bytes: 0 };
    for (;;) {
      const { entries, bytes } = await figures.prune(caller, criteria, PRUNED_AT_ONCE, caller);
      sum.entries += entries;
      sum.bytes += bytes;
      if (entries < PRUNED_AT_ONCE) return sum;
    }
  }

  /** Documents say in other words what the log says: a passage is told only where none of what it came from is among the best. */
  async #withPassages(
    caller: Caller,
    { query, since, until, conversation_id: conversationId }: SearchMemory,
    entries: Found['hits'],
  ): Promise<AnyHit[]> {
    const told = new Set(entries.slice(0, SCORED_MAX).map(({ entry }) => entry.id));
    const found: PassageHit[] = await this.#parts.search.findPassages(
      caller,
      query,
      { since: toDate(since), until: toDate(until), conversationId },
      this.#now(),
    );
    const passages = found.filter(({ entry }) => !entry.sources.some((id) => told.has(id)));
    return [...entries, ...passages].sort((a, b) => b.strength - a.strength);
  }

  async #find(caller: Caller, { query, since, until, conversation_id: conversationId }: SearchMemory): Promise<Found> {
    return this.#parts.search.search(caller, query, { since: toDate(since), until: toDate(until), conversationId }, this.#now());
  }

  async #show(caller: Caller, scored: readonly ScoredHit<AnyHit>[]): Promise<MemoryResult[]> {
    const idsOf = (isPassage: boolean): MemoryId[] =>
      scored.flatMap(({ entry }) => ('sources' in entry === isPassage ? [uuidToId('mem', entry.id)] : []));
    const { search } = this.#parts;
    const [bodies, passages] = await Promise.all([search.show(caller, idsOf(false)), search.showPassages(caller, idsOf(true))]);
    return scored.flatMap((hit) => {
      const id = uuidToId('mem', hit.entry.id);
      const [body, passage] = [bodies.get(id), passages.get(id)];
      if (passage)
        return [
          {
            ...toResult(caller.person, hit, passage),
            type: 'compacted' as const,
            document: passage.document,
            sources: [...passage.sources],
          },
        ];
      return body ? [toResult(caller.person, hit, body)] : [];
    });
  }
}

function missing(): never {
  throw new Fault('not_found', 'There is no such memory.');
}

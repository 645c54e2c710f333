import type {
  AddMemory,
  CompactingMemory,
  Memory as Entry,
  MemoryDocument,
  MemoryDocuments,
  MemoryResults,
  MemoryStats,
  MemoryStatsData,
  PatchMemory,
  PrunedMemory,
  PruneMemory,
  SearchMemory,
} from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { pathOf, type Transport } from '../transport.js';

/** What the agent remembers. */
export class Memory {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async search(query: string | SearchMemory, options?: CallOptions): Promise<MemoryResults> {
    const json = typeof query === 'string' ? { query } : query;
    return this.#transport.json({ method: 'POST', path: pathOf('memory', 'search'), json, repeatable: true }, options);
  }

  /** One entry. Not repeated where the connection breaks before the answer: it may have been added. */
  async add(entry: string | Omit<AddMemory, 'entries'>, options?: CallOptions): Promise<Entry> {
    const json = typeof entry === 'string' ? { content: entry } : entry;
    return this.#transport.json({ method: 'POST', path: pathOf('memory'), json, repeatable: false }, options);
  }

  /** Many at once, at most 500, in order. Not repeated, as {@link add}. */
  async addMany(
    entries: NonNullable<AddMemory['entries']>,
    { person, ...options }: CallOptions & { readonly person?: string } = {},
  ): Promise<readonly Entry[]> {
    const json = { entries, ...(person === undefined ? {} : { person }) };
    const { memories } = await this.#transport.json<{ memories: readonly Entry[] }>(
      { method: 'POST', path: pathOf('memory'), json, repeatable: false },
      options,
    );
    return memories;
  }

  async get(id: string, options?: CallOptions): Promise<Entry> {
    return this.#transport.json({ method: 'GET', path: pathOf('memory', id), repeatable: true }, options);
  }

  async update(id: string, patch: PatchMemory, options?: CallOptions): Promise<Entry> {
    return this.#transport.json({ method: 'PATCH', path: pathOf('memory', id), json: patch, repeatable: true }, options);
  }

  async forget(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: pathOf('memory', id), repeatable: true }, options);
  }

  async stats(query: NonNullable<MemoryStatsData['query']> = {}, options?: CallOptions): Promise<MemoryStats> {
    return this.#transport.json({ method: 'GET', path: pathOf('memory', 'stats'), query: { ...query }, repeatable: true }, options);
  }

  /** Needs a criterion, and `confirm` or `dry_run`. */
  async prune(criteria: PruneMemory, options?: CallOptions): Promise<PrunedMemory> {
    return this.#transport.json({ method: 'DELETE', path: pathOf('memory', 'prune'), json: criteria, repeatable: true }, options);
  }

  async compact(options?: CallOptions): Promise<CompactingMemory> {
    return this.#transport.json({ method: 'POST', path: pathOf('memory', 'compact'), repeatable: true }, options);
  }

  async documents(options?: CallOptions): Promise<MemoryDocuments> {
    return this.#transport.json({ method: 'GET', path: pathOf('memory', 'documents'), repeatable: true }, options);
  }

  async document(name: string, options?: CallOptions): Promise<MemoryDocument> {
    return this.#transport.json({ method: 'GET', path: pathOf('memory', 'documents', name), repeatable: true }, options);
  }
}

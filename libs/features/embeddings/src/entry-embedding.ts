import type { Logger } from '@openclaw/telemetry';
import { type Embedder, EmbeddingTrouble } from './embedder.types.js';
import type { EmbeddingQueueStore, StoredEmbedder, WaitingEntry } from './embedding-queue.store.js';
import type { LiveEmbedder } from './live-embedder.js';

export interface EntryEmbeddingOptions {
  readonly store: EmbeddingQueueStore;
  readonly live: LiveEmbedder;
  readonly logger: Logger;
}

/** What any model can embed: where this fails, it is not for the text. */
const HARMLESS = 'ready?';
/** Halfvec holds numbers up to this; a unit vector is far from it. */
const NUMBER_MAX = 65_000;

/**
 * entries that wait, the newest first ─► vectors ─► stored; none wait ─► entries of before ─► vectors of other embedders go
 *
 * Gives every entry a vector of the current embedder. An entry waits until its vector is stored, so that this may be cut off anywhere.
 * A batch that fails is halved until the text that does it is alone; that one is given up after its third failure, unless the
 * embedder fails at anything.
 */
export class EntryEmbedding {
  readonly #options: EntryEmbeddingOptions;

  constructor(options: EntryEmbeddingOptions) {
    this.#options = options;
  }

  /** All there is to do; ends early, leaving the rest waiting, where the signal aborts or the embedder is in trouble. */
  async work(signal: AbortSignal): Promise<void> {
    const { live, store } = this.#options;
    const embedder = live.current();
    if (!embedder) return;
    const [probe] = await this.#try(() => live.embed(embedder, [HARMLESS], signal));
    if (!probe) return;
    const stored = await store.open(embedder.name, probe.length);
    if (stored.dimensions !== probe.length) return; // the next probe is held to it, and says so
    let size = live.config.batch;
    while (size > 0 && !signal.aborted && live.current() === embedder) size = await this.#step(embedder, stored, size, signal);
  }

  /** @returns how many to take next; 0 for none */
  async #step(embedder: Embedder, stored: StoredEmbedder, size: number, signal: AbortSignal): Promise<number> {
    const { live, store } = this.#options;
    const entries = await store.take(size);
    if (entries.length === 0) return (await this.#isDone(stored)) ? 0 : size;
    const went = await this.#embed(embedder, stored, entries, signal);
    if (went === 'stop') return 0;
    return went === 'well' ? Math.min(live.config.batch, size * 2) : Math.max(1, Math.floor(entries.length / 2));
  }

  async #isDone(stored: StoredEmbedder): Promise<boolean> {
    const { store } = this.#options;
    if (await store.lookBack(stored.id)) return false;
    if ((await store.take(1)).length > 0) return false;
    return !(await store.forgetOthers());
  }

  /** `well`: done with these; `smaller`: fewer at once; `stop`: not now. */
  async #embed(
    embedder: Embedder,
    stored: StoredEmbedder,
    entries: readonly WaitingEntry[],
    signal: AbortSignal,
  ): Promise<'well' | 'smaller' | 'stop'> {
    const { live, store } = this.#options;
    try {
      const vectors = await live.embed(embedder, entries.map(toText), signal);
      if (vectors.some((vector) => vector.some((number) => Math.abs(number) > NUMBER_MAX)))
        throw new EmbeddingTrouble('wrong', 'a vector of it holds too large a number');
      await store.save(stored.id, entries, vectors);
      return 'well';
    } catch (thrown) {
      if (!(thrown instanceof EmbeddingTrouble)) throw thrown;
      if (thrown.kind === 'away' || signal.aborted) return 'stop';
      return this.#blame(embedder, entries, signal);
    }
  }

  async #blame(embedder: Embedder, entries: readonly WaitingEntry[], signal: AbortSignal): Promise<'smaller' | 'stop'> {
    const { live, store, logger } = this.#options;
    const isWell = (await this.#try(() => live.embed(embedder, [HARMLESS], signal))).length > 0;
    if (!isWell) return 'stop';
    const [only, ...others] = entries;
    if (only && others.length === 0 && (await store.fail(only.id)))
      logger.warn({ entry: only.id }, 'an entry stays without a vector: the embedder fails at it');
    return 'smaller';
  }

  async #try(embed: () => Promise<Float32Array[]>): Promise<Float32Array[]> {
    try {
      return await embed();
    } catch (thrown) {
      if (!(thrown instanceof EmbeddingTrouble)) throw thrown;
      return [];
    }
  }
}

/** Who said it is half of what a turn means. */
function toText({ author, body }: WaitingEntry): string {
  return `${author}: ${body}`;
}

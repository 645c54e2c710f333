import type { Engine } from './engine.types.js';
import { prepareText } from './prepare-text.js';

interface Waiting {
  readonly text: string;
  readonly signal: AbortSignal;
  readonly resolve: (vector: Float32Array) => void;
  readonly reject: (reason: Error) => void;
}

/** Texts that may wait in a lane. */
const WAITING_MAX = 512;

/** There is no room to wait. */
export class LaneFullError extends Error {}

/**
 * Two lanes, one text at a time in each: a question goes beside whatever is embedded in the background, and waits for other questions
 * alone. What nobody waits for any more is left out.
 */
export class EmbeddingLanes {
  readonly #engine: Engine;
  readonly #lanes = { query: new Array<Waiting>(), passage: new Array<Waiting>() };
  readonly #busy = { query: false, passage: false };

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Vectors of all the texts, in their order. Rejects where one fails, `signal` aborts, or the lane is full. */
  async embed(texts: readonly string[], lane: 'query' | 'passage', signal: AbortSignal): Promise<Float32Array[]> {
    if (this.#lanes[lane].length + texts.length > WAITING_MAX) throw new LaneFullError('too many texts wait');
    const vectors = texts.map((text) => {
      const { promise, resolve, reject } = Promise.withResolvers<Float32Array>();
      this.#lanes[lane].push({ text: prepareText(text), signal, resolve, reject });
      return promise;
    });
    void this.#run(lane);
    return Promise.all(vectors);
  }

  async #run(lane: 'query' | 'passage'): Promise<void> {
    if (this.#busy[lane]) return;
    this.#busy[lane] = true;
    for (let next = this.#lanes[lane].shift(); next; next = this.#lanes[lane].shift()) {
      const { text, signal, resolve, reject } = next;
      if (signal.aborted) reject(new Error('nobody waits any more'));
      else await this.#engine.embed(text, lane === 'query').then(resolve, reject);
    }
    this.#busy[lane] = false;
  }
}

/** What a text is to be compared as: models are trained to tell a question from what answers it. */
export type Purpose = 'question' | 'entry';

/** Makes vectors of texts. */
export interface Embedder {
  /** What makes vectors comparable: those of two embedders of one name are, whoever serves them. A stored format. */
  readonly name: string;
  /** How long its vectors were: from now on others are `wrong`. */
  holdTo(dimensions: number): void;
  /**
   * One vector for each text, in their order, all of one length: finite numbers, not all of them 0.
   * @param texts at least one; how many at once, the caller decides
   * @throws EmbeddingTrouble where it cannot be had or is no vector
   */
  embed(texts: readonly string[], purpose: Purpose, signal: AbortSignal): Promise<Float32Array[]>;
}

/**
 * `away`: nobody answers, not now, or not in time. `broke`: the connection broke over these very texts. `refused`: it will not take
 * them. `wrong`: what it answers are no vectors, or not as many, or not of the length that they had.
 */
export type TroubleKind = 'away' | 'broke' | 'refused' | 'wrong';

/** Why there are no vectors. Its message holds nothing of the texts and no key. */
export class EmbeddingTrouble extends Error {
  readonly kind: TroubleKind;

  constructor(kind: TroubleKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddingTrouble';
    this.kind = kind;
  }
}

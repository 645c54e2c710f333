/** What a question means, in numbers. */
export interface QuestionVector {
  /** Whose it is: only vectors of the same embedder can be compared with it. */
  readonly embedder: string;
  /** Finite numbers, not all of them 0; as many as all vectors of this embedder have. */
  readonly numbers: Float32Array;
}

/** Why there is none: it did not come in time, or there is nobody who makes them now. */
export type NoVector = 'late' | 'off';

/** Makes vectors of questions, within a time that a search can wait. */
export interface QuestionVectors {
  /** Who makes them, as the configuration names it; null where nobody does. */
  readonly provider: string | null;
  /** Never rejects: without a vector a search goes by words alone. */
  ask(question: string): Promise<QuestionVector | NoVector>;
}

/** Where nobody makes them. */
export const NO_QUESTION_VECTORS: QuestionVectors = { provider: null, ask: () => Promise.resolve('off') };

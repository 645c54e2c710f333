import type { Hit, PassageHit } from './memory-search.js';

/** What a result is made of, each from 0 to 1. */
export interface Scores {
  /** How well it answers, against the best of the results. */
  readonly relevance: number;
  /** What it was worth keeping, as its kind or whoever saved it says. */
  readonly importance: number;
  /** Halved every 30 days since it was said. */
  readonly recency: number;
  /** How often the agent was shown it. */
  readonly frequency: number;
}

/** What each part weighs; they need not add up to 1. */
export type ScoreWeights = Readonly<Record<keyof Scores, number>>;

export const DEFAULT_WEIGHTS: ScoreWeights = { relevance: 0.4, importance: 0.3, recency: 0.2, frequency: 0.1 };

export type AnyHit = Hit | PassageHit;

export type ScoredHit<H extends AnyHit = Hit> = H & {
  readonly scores: Scores;
  /** The weighted sum of the parts: results are in its order. */
  readonly score: number;
};

const HALF_LIFE_MS = 30 * 86_400_000;
/** Recalls at which an entry has half of what frequency can give. */
const HALF_RECALLS = 5;

/**
 * Orders hits by all that counts. What a hit is stays the word of relevance alone: only the best `max` by it are scored, so that
 * what is new or often used does not displace what answers.
 */
export function scoreHits<H extends AnyHit>(hits: readonly H[], weights: ScoreWeights, now: Date, max: number): ScoredHit<H>[] {
  const best = hits[0]?.strength ?? 1;
  return hits
    .slice(0, max)
    .map((hit) => {
      const { at, importance, recalls } = hit.entry;
      const scores = {
        relevance: hit.strength / best,
        importance,
        recency: 0.5 ** (Math.max(0, now.getTime() - at) / HALF_LIFE_MS),
        frequency: recalls / (recalls + HALF_RECALLS),
      };
      return { ...hit, scores, score: sumOf(scores, weights) };
    })
    .sort((a, b) => b.score - a.score || b.strength - a.strength);
}

function sumOf(scores: Scores, weights: ScoreWeights): number {
  const { relevance, importance, recency, frequency } = weights;
  return relevance * scores.relevance + importance * scores.importance + recency * scores.recency + frequency * scores.frequency;
}

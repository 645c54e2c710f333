import type { QueryWord } from '@openclaw/text';
import { quoteTerm } from './index-text.js';

/** A word of the question and in how many entries it is. */
export interface CountedWord extends QueryWord {
  readonly entries: number;
}

/** Words of a question that are looked at: the bits of a mask. */
export const WORDS_MAX = 12;
/** Of the budget, what single words may take; the rest is for pairs. */
const SINGLES_SHARE = 0.7;
const PAIRS_MAX = 20;

/** The rarest words, as many as a mask has bits; words that are nowhere come last, for what is not counted yet. */
export function rarest(words: readonly CountedWord[]): readonly CountedWord[] {
  const known = words.filter(({ entries }) => entries > 0).sort((a, b) => a.entries - b.entries);
  return [...known, ...words.filter(({ entries }) => entries === 0)].slice(0, WORDS_MAX);
}

/** How much a word tells by its rarity, as BM25 has it. */
export function weightOf(word: CountedWord, total: number): number {
  return Math.log(1 + (Math.max(total, word.entries) - word.entries + 0.5) / (word.entries + 0.5));
}

/** A word as a tsquery: any of its forms. */
export function wordQuery({ forms }: QueryWord): string {
  return forms.map((terms) => `(${terms.map(quoteTerm).join(' & ')})`).join(' | ');
}

/**
 * The query that finds entries worth ranking without reading those of the common words: the rarest words alone, then pairs of the
 * others, as long as what they promise to find stays within `budget`. Words are never all required.
 * @param total entries that there are
 * @returns null where every word is too common: then the newest entries are as good as any
 */
export function chooseCandidates(words: readonly CountedWord[], total: number, budget: number): string | null {
  const sorted = [...words].sort((a, b) => a.entries - b.entries);
  const singles: CountedWord[] = [];
  let spent = 0;
  for (const word of sorted) {
    if (spent + word.entries > budget * (singles.length === 0 ? 1 : SINGLES_SHARE)) break;
    singles.push(word);
    spent += word.entries;
  }
  const pairs = pairsOf(sorted.slice(singles.length), total, budget - spent);
  const found = [...singles.map(wordQuery), ...pairs.map(([a, b]) => `((${wordQuery(a)}) & (${wordQuery(b)}))`)];
  return found.length === 0 ? null : found.join(' | ');
}

/** Pairs of common words, the rarest first, by what two independent words would share. */
function pairsOf(words: readonly CountedWord[], total: number, budget: number): (readonly [CountedWord, CountedWord])[] {
  const all = words.flatMap((a, index) =>
    words.slice(index + 1).map((b) => ({ pair: [a, b] as const, expected: (a.entries * b.entries) / Math.max(1, total) })),
  );
  all.sort((a, b) => a.expected - b.expected);
  const chosen: (readonly [CountedWord, CountedWord])[] = [];
  let spent = 0;
  for (const { pair, expected } of all) {
    if (spent + expected > budget || chosen.length >= PAIRS_MAX) break;
    chosen.push(pair);
    spent += expected;
  }
  return chosen;
}

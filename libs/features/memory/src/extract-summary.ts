import { indexTerms } from '@openclaw/text';
import { cutGraphemes } from '@openclaw/words';

/** A turn that is summarised. */
export interface Turn {
  readonly author: string;
  readonly body: string;
}

const SENTENCES_MAX = 6;
const SENTENCE_CHARACTERS_MAX = 240;
const TURN_CHARACTERS_MAX = 2000;
const TERMS_MAX = 60;
const SENTENCE_END = /(?<=[.!?。！？؟])\s+|(?<=[。！？])|\n+/u;

/**
 * What a conversation was about, without a model: of its sentences those whose words come up most in it, as they were said and in their
 * order, each with who said it; questions count half. Pure; linear in the text.
 */
export function extractSummary(turns: readonly Turn[]): string {
  const sentences = turns.flatMap(({ author, body }) =>
    body
      .slice(0, TURN_CHARACTERS_MAX)
      .split(SENTENCE_END)
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map((text) => ({ author, text, terms: indexTerms(text, TERMS_MAX) })),
  );
  const counts = new Map<string, number>();
  for (const { terms } of sentences) for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  const weigh = (text: string, terms: readonly string[]): number =>
    (terms.reduce((sum, term) => sum + Math.log(1 + (counts.get(term) ?? 0)), 0) / Math.sqrt(8 + terms.length)) *
    (/[?？؟]$/u.test(text) ? 0.5 : 1);
  const weighed = sentences.map((sentence, index) => ({ ...sentence, index, weight: weigh(sentence.text, sentence.terms) }));
  const chosen = weighed
    .sort((a, b) => b.weight - a.weight || a.index - b.index)
    .slice(0, SENTENCES_MAX)
    .sort((a, b) => a.index - b.index);
  return chosen.map(({ author, text }) => `${author}: ${cutGraphemes(text, SENTENCE_CHARACTERS_MAX)}`).join('\n');
}

import { indexTerms } from '@openclaw/text';

/** Of the words of a text, those that are compared. */
const TERMS_MAX = 400;
/** What shares so many of its words with another text says nothing beside it. */
const SAME_SHARE = 0.9;

/**
 * Of memories that were found for a turn, best first, those that tell the model something: none that the thread holds already, none that
 * only repeats the question or a better one.
 * @param texts of the thread, the question among them
 * @param max how many at most
 */
export function chooseRecalled<T extends { readonly content: string }>(
  found: readonly T[],
  { question, texts }: { question: string; texts: readonly string[] },
  max: number,
): T[] {
  const said = [termsOf(question)];
  const chosen: T[] = [];
  for (const each of found) {
    if (chosen.length === max) break;
    const words = termsOf(each.content);
    if (said.some((other) => sharedOf(words, other) >= SAME_SHARE) || texts.some((text) => text.includes(each.content.trim()))) continue;
    said.push(words);
    chosen.push(each);
  }
  return chosen;
}

function termsOf(text: string): ReadonlySet<string> {
  return new Set(indexTerms(text, TERMS_MAX));
}

/** The share of the words that are among the others; what has no words at all is no memory to show. */
function sharedOf(words: ReadonlySet<string>, others: ReadonlySet<string>): number {
  if (words.size === 0) return 1;
  let shared = 0;
  for (const word of words) if (others.has(word)) shared += 1;
  return shared / words.size;
}

import { type Part, scanWords } from './scan-words.js';
import { formsOf, joinParts } from './word-forms.js';

const HAN = /\p{sc=Han}/u;

/**
 * What a text is found by: its words, folded and stemmed; neighbours within an address, a version or a name in one piece, joined;
 * pairs of characters where words have no spaces between them (and each Chinese character alone); emoji and signs.
 * @param max terms at most; the rest of the text is not read. Time is linear in what is read.
 */
export function indexTerms(text: string, max: number): string[] {
  const terms = new Set<string>();
  const chain = new Chain();
  for (const part of scanWords(text)) {
    for (const term of termsOf(part)) terms.add(term);
    for (const term of chain.join(part)) terms.add(term);
    if (terms.size >= max) break;
  }
  return [...terms].slice(0, max);
}

const WHOLE_CHARACTERS_MAX = 40;

/** What stands together, as it goes on. */
class Chain {
  #last: Part | null = null;
  #whole = '';

  /** The terms that the next part makes with those before it. */
  join(part: Part): readonly string[] {
    const last = this.#last;
    this.#last = part.kind === 'word' ? part : null;
    if (!last || part.joint === null) {
      this.#whole = part.text;
      return [];
    }
    this.#whole += part.text;
    const pair = joinParts(last.text, part.joint, part.text);
    const isName = part.joint === '' && this.#whole.length <= WHOLE_CHARACTERS_MAX;
    return isName ? [pair, ...formsOf(this.#whole).slice(0, 1)] : [pair];
  }
}

function termsOf(part: Part): Iterable<string> {
  switch (part.kind) {
    case 'word':
      return formsOf(part.text);
    case 'symbol':
      return [part.text];
    case 'hangul':
      return [firstOf(part.text), ...pairsOf(part.text)];
    case 'run':
      return runTerms(part.text);
  }
}

function firstOf(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0);
}

function* runTerms(run: string): Generator<string> {
  yield* pairsOf(run);
  for (const character of run) if (HAN.test(character)) yield character;
}

/** Each two characters that stand side by side; one alone for itself. */
export function* pairsOf(run: string): Generator<string> {
  let before = '';
  let count = 0;
  for (const character of run) {
    if (before !== '') yield before + character;
    before = character;
    count += 1;
  }
  if (count === 1) yield before;
}

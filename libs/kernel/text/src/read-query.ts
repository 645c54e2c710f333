import { pairsOf } from './index-terms.js';
import { type Part, scanWords } from './scan-words.js';
import { STOP_WORDS } from './stop-words.js';
import { formsOf, joinParts } from './word-forms.js';

/** One thing that is looked for. */
export interface QueryWord {
  /** As it was written, folded. */
  readonly text: string;
  /** It is found where all terms of any of these are: the likeliest first. */
  readonly forms: readonly (readonly string[])[];
}

const QUERY_CHARACTERS_MAX = 2000;
const QUERY_WORDS_MAX = 64;
const LETTERS = /^\p{L}+$/u;

/**
 * What a question looks for. Text, never syntax: every input means something or nothing, and none is refused. Words that say nothing
 * (`the`, `what`) are left out unless there are no others. Of a long text its beginning and its end are read.
 */
export function readQuery(text: string): readonly QueryWord[] {
  const words = new Map<string, QueryWord>();
  for (const chain of chainsOf(ends(text))) {
    for (const word of wordsOf(chain)) if (!words.has(word.text)) words.set(word.text, word);
    if (words.size >= QUERY_WORDS_MAX) break;
  }
  const all = [...words.values()];
  const telling = all.filter(({ text: word }) => !STOP_WORDS.has(word));
  return (telling.length > 0 ? telling : all).slice(0, QUERY_WORDS_MAX);
}

function ends(text: string): string {
  if (text.length <= 2 * QUERY_CHARACTERS_MAX) return text;
  return `${text.slice(0, QUERY_CHARACTERS_MAX)} ${text.slice(-QUERY_CHARACTERS_MAX)}`;
}

/** Parts that belong together, together. */
function* chainsOf(text: string): Generator<readonly Part[]> {
  let chain: Part[] = [];
  for (const part of scanWords(text)) {
    if (part.joint === null && chain.length > 0) {
      yield chain;
      chain = [];
    }
    chain.push(part);
  }
  if (chain.length > 0) yield chain;
}

function* wordsOf(chain: readonly Part[]): Generator<QueryWord> {
  const [first] = chain;
  if (chain.length === 1 && first) yield* singleWords(first);
  for (const [index, right] of chain.entries()) {
    const left = chain[index - 1];
    if (left) yield pairWord(left, right);
    // A compound's parts are words of their own; those of an address or a version are not.
    if (chain.length > 1 && isHyphenated(chain)) yield* singleWords(right);
  }
}

function* singleWords({ kind, text }: Part): Generator<QueryWord> {
  if (kind === 'run' || kind === 'hangul') for (const pair of pairsOf(text)) yield { text: pair, forms: [[pair]] };
  else if (kind === 'symbol') yield { text, forms: [[text]] };
  else yield { text, forms: formsOf(text).map((form) => [form]) };
}

/** `ann.lee` is found as one, and where both its names are. */
function pairWord(left: Part, right: Part): QueryWord {
  const joined = joinParts(left.text, right.joint ?? '', right.text);
  const apart =
    LETTERS.test(left.text) && LETTERS.test(right.text) ? [[formsOf(left.text)[0] ?? left.text, formsOf(right.text)[0] ?? right.text]] : [];
  return { text: `${left.text}${right.joint ?? ''}${right.text}`, forms: [[joined], ...apart] };
}

function isHyphenated(chain: readonly Part[]): boolean {
  return chain.every(({ joint }) => joint === null || joint === '-' || joint === '‐' || joint === "'" || joint === '’');
}

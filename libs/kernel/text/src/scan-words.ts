import { foldPlain, plainText } from './fold-text.js';

/** `word`: letters and digits between spaces; `run`: script that is written without spaces; `hangul`; `symbol`: an emoji, a sign, `c++`. */
export interface Part {
  readonly kind: 'word' | 'run' | 'hangul' | 'symbol';
  /** Folded; a word is cut to 64 characters. */
  readonly text: string;
  /** What stands between it and the part before it, one character at most; null where a space does, or the two do not belong together. */
  readonly joint: string | null;
}

const PART_CHARACTERS_MAX = 64;
const TOKEN = /\p{L}{1,16}(?:\+\+|#)(?![\p{L}\p{N}+#])|[\p{L}\p{N}\p{M}]+|\p{RI}{2}|(?![\0-\x7f]|\p{Emoji_Modifier})\p{S}/gu;
/** Addresses, versions, identifiers and compounds are held together by these. */
const JOINT = /^[._@/\\:'’&+~=#?‐–-]$/;
/** Script that is written without spaces, Hangul, and all else; digits are words in every script. */
const PIECE =
  /(?<run>(?:(?!\p{Nd})[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}])+)|(?<hangul>\p{scx=Hang}+)|(?<word>(?:\p{Nd}|(?![\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Hang}])[^])+)/gu;
const ASCII_WORD = /^[\0-\x7f]+$/;
const ENDS_IN_SIGN = /[^\p{L}\p{N}\p{M}]/u;
/** getUserName: where the parts of a name in one piece meet. */
const SEAM = /(?<=\p{Ll})(?=\p{Lu})/u;
/** gpt4, 10km */
const MIXED = /^(?:(?<letters>\p{L}+)(?<number>\d+)|(?<amount>\d+)(?<unit>\p{L}+))$/u;
const CONTRACTED = new Set(['s', 't', 're', 've', 'll', 'd', 'm']);

/** The parts of a text in order, one after the other: whoever has enough stops asking. Linear in the length of the text. */
export function* scanWords(text: string): Generator<Part> {
  const plain = plainText(text);
  let end = -1;
  let last = '';
  for (const { 0: token, index } of plain.matchAll(TOKEN)) {
    const between = index === end ? '' : plain.slice(end, Math.min(index, end + 2));
    const joint = end >= 0 && index - end === 1 && isJoint(between, last, plain.slice(index, index + 4)) ? between : null;
    end = index + token.length;
    last = token;
    if (isContraction(joint, token)) continue;
    yield* partsOf(token, joint);
  }
}

/** A comma joins digits in groups of three, and nothing else. */
function isJoint(between: string, before: string, after: string): boolean {
  return between === ',' ? /\d$/.test(before) && /^\d{3}(?!\d)/.test(after) : JOINT.test(between);
}

/** Caroline's, we're, don't: what an apostrophe adds says nothing. */
function isContraction(joint: string | null, token: string): boolean {
  return (joint === "'" || joint === '’') && CONTRACTED.has(token.toLowerCase());
}

function* partsOf(token: string, joint: string | null): Generator<Part> {
  if (ASCII_WORD.test(token)) {
    if (ENDS_IN_SIGN.test(token)) yield { kind: 'symbol', text: token.toLowerCase(), joint: null };
    else yield* wordParts(token, joint);
    return;
  }
  if (ENDS_IN_SIGN.test(token)) {
    yield { kind: 'symbol', text: foldPlain(token), joint: null };
    return;
  }
  let before = joint;
  for (const { groups: { run, hangul, word } = {} } of token.matchAll(PIECE)) {
    if (run !== undefined) yield { kind: 'run', text: foldPlain(run), joint: null };
    else if (hangul !== undefined) yield { kind: 'hangul', text: hangul, joint: null };
    else if (word !== undefined) yield* wordParts(word, before);
    before = null;
  }
}

function* wordParts(word: string, joint: string | null): Generator<Part> {
  let before = joint;
  for (const part of splitName(word.slice(0, PART_CHARACTERS_MAX))) {
    yield { kind: 'word', text: foldPlain(part), joint: before };
    before = '';
  }
}

function splitName(word: string): string[] {
  const { letters, number, amount, unit } = MIXED.exec(word)?.groups ?? {};
  if (letters !== undefined && number !== undefined) return [letters, number];
  return amount !== undefined && unit !== undefined ? [amount, unit] : word.split(SEAM);
}

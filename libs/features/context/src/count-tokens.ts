import { countTokens as countWithTokenizer } from 'gpt-tokenizer/encoding/o200k_base';

/** A tokenizer's work grows faster than its text where nothing breaks it up; counting in pieces bounds that. */
const PIECE_CHARACTERS = 2000;
/** Tokenizers differ by this much at most on ordinary text; o200k is the yardstick for all of them. */
const MARGIN = 1.2;
/** Roles and separators that providers wrap around each message. */
const PER_MESSAGE = 8;
const NO_SPECIAL_TOKENS = { disallowedSpecial: new Set<string>() };

/** An upper estimate of the tokens of a text for any provider: o200k (BPE), with a margin. */
export function countTokens(text: string): number {
  let count = 0;
  for (let start = 0; start < text.length; start += PIECE_CHARACTERS) {
    count += countWithTokenizer(text.slice(start, start + PIECE_CHARACTERS), NO_SPECIAL_TOKENS);
  }
  return Math.ceil(count * MARGIN) + PER_MESSAGE;
}

/** No text has more tokens than bytes: cheap, and enough to know that a short conversation fits. */
export function boundTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) * MARGIN) + PER_MESSAGE;
}

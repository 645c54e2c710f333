import { countTokens as countWithTokenizer, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base';

/**
 * A tokenizer takes up to 4 µs a character: of a longer text so much is counted, in slices all over it, and the rest reckoned from them.
 */
const SAMPLE_CHARACTERS = 1024;
/** A slice is counted at once. A tokenizer's work grows faster than its text where nothing breaks it up; this bounds that too. */
const SLICE_CHARACTERS = 128;
/** Where in its part of the text each slice lies, so that none keeps step with what repeats itself: steps of the golden section. */
const STEP = 0.618_033_988_749_895;
/** Tokenizers differ by this much at most on ordinary text; o200k is the yardstick for all of them. */
const MARGIN = 1.2;
/** Roles and separators that providers wrap around each message. */
const PER_MESSAGE = 8;
const NO_SPECIAL_TOKENS = { disallowedSpecial: new Set<string>() };

/**
 * An upper estimate of the tokens of a text for any provider: o200k (BPE), with a margin. Its cost does not grow with the text.
 * @param sampleMax characters that may be looked at; fewer are quicker and less exact
 */
export function countTokens(text: string, sampleMax = SAMPLE_CHARACTERS): number {
  const size = Math.min(SLICE_CHARACTERS, Math.ceil(sampleMax / 4));
  const all = Math.ceil(text.length / size);
  const slices = Math.min(all, Math.max(1, Math.floor(sampleMax / size)));
  const part = text.length / slices;
  let count = 0;
  let looked = 0;
  for (let slice = 0; slice < slices; slice += 1) {
    const start = slices === all ? slice * size : Math.floor(slice * part + ((slice * STEP) % 1) * (part - size));
    const piece = text.slice(start, start + size);
    count += countPiece(piece);
    looked += piece.length;
  }
  const whole = looked === 0 ? 0 : (count / looked) * text.length;
  return Math.ceil(whole * MARGIN) + PER_MESSAGE;
}

/** No text has more tokens than bytes: cheap, and enough to know that a short conversation fits. */
export function boundTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) * MARGIN) + PER_MESSAGE;
}

/** The tokenizer would keep a hundred thousand words, of any language and length; what is looked at is too little for that to pay. */
function countPiece(piece: string): number {
  setMergeCacheSize(0);
  return countWithTokenizer(piece, NO_SPECIAL_TOKENS);
}

import { boundaryBefore } from '@openclaw/words';
import { analyse } from 'chardet';
import { codeOf, MissingError } from './missing-error.js';

/** ASCII is UTF-8; `TextDecoder` would take that label for Windows-1252. */
const ASCII = 'us-ascii';
const MARKS: readonly (readonly [charset: string, ...mark: number[]])[] = [
  ['utf-8', 0xef, 0xbb, 0xbf],
  ['utf-16le', 0xff, 0xfe],
  ['utf-16be', 0xfe, 0xff],
];
/** What Western software wrote for decades without saying so. */
const FALLBACK = 'windows-1252';
/** Of a hundred; below it the statistics of a short text say little. */
const CONFIDENCE_MIN = 15;
/** A word of a Latin script has letters of ASCII beside others; one of Cyrillic, Greek, Hebrew or Arabic has not. */
const LATIN_WORD = /[a-z][\x80-\xff]|[\x80-\xff][a-z]/i;
/** More bytes make no detection better. */
const SAMPLE_BYTES = 65_536;
// eslint-disable-next-line no-control-regex -- they are what tells a binary file from text
const NO_TEXT = /[\u0001-\u0008\u000e-\u001a\u001c-\u001f\u007f\ufffe\uffff]|\p{Cn}|\p{Co}/gu;
const NO_TEXT_SHARE_MAX = 0.02;
/** No charset of the Encoding Standard takes more for one UTF-16 unit, some escapes apart. */
export const BYTES_PER_CHARACTER_MAX = 4;

/**
 * Bytes as text, without a byte order mark: in the character set that such a mark says, else the declared one (null: none), else UTF-8,
 * else the one that the bytes look like. Of more bytes than `charactersMax` characters need, the rest is not decoded, and what was
 * decoded is cut to that length. Throws MissingError where they are not text: U+0000 inside, which no text has and no database takes, or
 * more signs than text has that mean nothing.
 */
export function readText(
  bytes: Uint8Array,
  charset: string | null,
  charactersMax: number,
): { readonly text: string; readonly isWhole: boolean } {
  const isWhole = bytes.byteLength <= charactersMax * BYTES_PER_CHARACTER_MAX;
  const source = { bytes: isWhole ? bytes : bytes.subarray(0, charactersMax * BYTES_PER_CHARACTER_MAX), isWhole };
  const text = decodeMarked(source) ?? decodeDeclared(source, charset) ?? decode(source, 'utf-8') ?? decodeDetected(source);
  if (!isText(text)) throw new MissingError('it is not text');
  return { text: isWhole ? text : text.slice(0, boundaryBefore(text, charactersMax)), isWhole };
}

interface Source {
  readonly bytes: Uint8Array;
  /** False: more follows, and the last character may be half there. */
  readonly isWhole: boolean;
}

function isText(text: string): boolean {
  return !text.includes('\0') && (text.match(NO_TEXT)?.length ?? 0) <= text.length * NO_TEXT_SHARE_MAX;
}

function decodeMarked(source: Source): string | null {
  const marked = MARKS.find(([, ...mark]) => mark.every((byte, index) => source.bytes[index] === byte));
  return marked ? decode(source, marked[0]) : null;
}

function decodeDeclared(source: Source, charset: string | null): string | null {
  return charset === null || charset === ASCII ? null : decode(source, charset);
}

/** Never null: in the last resort every byte is a letter. */
function decodeDetected(source: Source): string {
  const sample = source.bytes.subarray(0, SAMPLE_BYTES);
  const wide = wideCharsetOf(sample);
  const least = LATIN_WORD.test(Buffer.from(sample).toString('latin1')) ? CONFIDENCE_MIN : 1;
  const found = analyse(sample)
    .filter(({ confidence }) => confidence >= least)
    .map(({ name }) => name);
  for (const charset of [...(wide === null ? [] : [wide]), ...found]) {
    const text = decode(source, charset);
    if (text !== null && isText(text)) return text;
  }
  return new TextDecoder(FALLBACK).decode(source.bytes);
}

/** UTF-16 without a mark: of each ASCII sign one byte is zero, the second or the first. */
function wideCharsetOf(sample: Uint8Array): string | null {
  const zeros = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [first = 0, second = 0] = zeros;
  if (first === second) return null;
  return second > first ? 'utf-16le' : 'utf-16be';
}

/** null where the bytes are not text in that character set, or nobody knows it. */
function decode({ bytes, isWhole }: Source, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: !isWhole });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA' || code === 'ERR_ENCODING_NOT_SUPPORTED') return null;
    throw error;
  }
}

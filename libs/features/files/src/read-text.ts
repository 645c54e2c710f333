import { boundaryBefore } from '@openclaw/words';
import { codeOf, MissingError } from './missing-error.js';

/** ASCII is UTF-8; `TextDecoder` would take that label for Windows-1252. */
const ASCII = 'us-ascii';

/** No charset of the Encoding Standard takes more for one UTF-16 unit, some escapes apart. */
const BYTES_PER_CHARACTER_MAX = 4;

/**
 * Bytes as text in `charset` (null: UTF-8), without a byte order mark. Of more bytes than `charactersMax` characters need, the rest is
 * not decoded, and what was decoded is cut to that length. Throws MissingError where they are not text in it: malformed, a charset
 * that is not known, or U+0000 inside, which no text has and no database takes.
 */
export function readText(bytes: Uint8Array, charset: string | null, charactersMax: number): { readonly text: string; readonly isWhole: boolean } {
  const label = charset === null || charset === ASCII ? 'utf-8' : charset;
  const isWhole = bytes.byteLength <= charactersMax * BYTES_PER_CHARACTER_MAX;
  const text = decode(isWhole ? bytes : bytes.subarray(0, charactersMax * BYTES_PER_CHARACTER_MAX), label, isWhole);
  if (text.includes('\0')) throw new MissingError('it is not text');
  return { text: isWhole ? text : text.slice(0, boundaryBefore(text, charactersMax)), isWhole };
}

function decode(bytes: Uint8Array, label: string, isWhole: boolean): string {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes, { stream: !isWhole });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new MissingError(`it is not text in ${label.toUpperCase()}`, error);
    if (code === 'ERR_ENCODING_NOT_SUPPORTED') throw new MissingError(`its character set, ${label}, is not known`, error);
    throw error;
  }
}

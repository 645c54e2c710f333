import { codeOf, MissingError } from './missing-error.js';

/** ASCII is UTF-8; `TextDecoder` would take that label for Windows-1252. */
const ASCII = 'us-ascii';

/**
 * Bytes as text in `charset` (null: UTF-8), without a byte order mark. Throws MissingError where they are not text in it: malformed,
 * a charset that is not known, or U+0000 inside, which no text has and no database takes.
 */
export function readText(bytes: Uint8Array, charset: string | null): string {
  const label = charset === null || charset === ASCII ? 'utf-8' : charset;
  const text = decode(bytes, label);
  if (text.includes('\0')) throw new MissingError('it is not text');
  return text;
}

function decode(bytes: Uint8Array, label: string): string {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new MissingError(`it is not text in ${label.toUpperCase()}`, error);
    if (code === 'ERR_ENCODING_NOT_SUPPORTED') throw new MissingError(`its character set, ${label}, is not known`, error);
    throw error;
  }
}

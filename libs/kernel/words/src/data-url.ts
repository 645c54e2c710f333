import { parseMediaType, type MediaType } from './media-type.js';

export interface DataUrl {
  readonly mediaType: MediaType;
  /** Of the standard alphabet, with or without padding. */
  readonly base64: string;
}

/** RFC 2397: what a data URL that names no type holds. */
const DEFAULT_TYPE = 'text/plain;charset=us-ascii';
const SCHEME = 'data:';
const ENCODING = /;\s*base64$/i;
const HEADER_CHARACTERS_MAX = 256;

/** A `data:<type>;base64,…` URL (RFC 2397) taken apart, not decoded; or what is wrong with it, as the end of a sentence. */
export function readDataUrl(url: string): DataUrl | string {
  const comma = url.slice(0, HEADER_CHARACTERS_MAX).indexOf(',');
  if (comma < 0) return 'must be data:<type>;base64,<data>';
  const header = url.slice(SCHEME.length, comma);
  if (!ENCODING.test(header)) return 'must be base64: data:<type>;base64,<data>';
  const named = header.replace(ENCODING, '').trim();
  const mediaType = parseMediaType(named.startsWith(';') ? `text/plain${named}` : named || DEFAULT_TYPE);
  if (mediaType === null) return 'names no valid media type';
  const base64 = url.slice(comma + 1);
  return isBase64(base64) ? { mediaType, base64 } : 'holds data that is not base64';
}

/** Looks for what may not be there, which takes linear time and no stack, however long the text. */
function isBase64(text: string): boolean {
  const digits = text.replace(/={1,2}$/, '');
  if (digits.length !== text.length && text.length % 4 !== 0) return false;
  return digits.length % 4 !== 1 && !/[^A-Za-z0-9+/]/.test(digits);
}

import type { IncomingHttpHeaders } from 'node:http';
import type { StoredBytes } from '@openclaw/feature';
import { type ByteRange, readRange } from './byte-range.js';

/** How a request for a file is answered. */
export type FileReply = {
  readonly status: 200 | 206 | 304 | 409 | 416;
  readonly headers: Readonly<Record<string, string>>;
  readonly range: ByteRange;
};

type Asked = Pick<IncomingHttpHeaders, 'range' | 'if-match' | 'if-none-match'> & { readonly 'if-range'?: string | string[] | undefined };

/**
 * A file may be a page with scripts, by whoever wrote it: it is for saving, is never taken for another type than it says, and opened all
 * the same it is a page of no origin that may load and run nothing.
 */
const HARMLESS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/** What a request for a file gets (RFC 9110, 13 and 14): status, headers, and which of its bytes. */
export function fileReply(file: StoredBytes, asked: Asked): FileReply {
  const tag = `"${file.tag}"`;
  const whole = { from: 0, to: file.size };
  const known = { etag: tag, 'cache-control': 'private, no-cache' };
  if (!matches(asked['if-match'], tag, 'strong', true)) return { status: 409, headers: known, range: whole };
  if (matches(asked['if-none-match'], tag, 'weak', false)) return { status: 304, headers: known, range: { from: 0, to: 0 } };
  // RFC 9110, 13.1.5: a date is never this file's, which has none.
  const range = asked['if-range'] === undefined || String(asked['if-range']).trim() === tag ? readRange(asked.range, file.size) : 'whole';
  if (range === 'none') return { status: 416, headers: { ...known, 'content-range': `bytes */${String(file.size)}` }, range: whole };
  const { from, to } = range === 'whole' ? whole : range;
  return {
    status: range === 'whole' ? 200 : 206,
    headers: {
      ...known,
      ...HARMLESS,
      'accept-ranges': 'bytes',
      'content-type': file.mediaType,
      'content-length': String(to - from),
      'content-disposition': contentDisposition(file.name),
      ...(range === 'whole' ? {} : { 'content-range': `bytes ${String(from)}-${String(to - 1)}/${String(file.size)}` }),
    },
    range: { from, to },
  };
}

/** Whether a list of entity tags has that one. @param absent what holds where there is no such header */
function matches(header: string | undefined, tag: string, comparison: 'strong' | 'weak', absent: boolean): boolean {
  if (header === undefined) return absent;
  if (header.trim() === '*') return true;
  return header.split(',').some((each) => (comparison === 'weak' ? each.trim().replace(/^W\//, '') : each.trim()) === tag);
}

/** Of RFC 8187, 3.2.1: what stands in an extended value as it is. */
const PLAIN = /[!'()*]/g;

/** As an attachment under that name (RFC 6266): in ASCII for clients that know no better, and whole as RFC 8187 writes it. */
export function contentDisposition(name: string): string {
  const ascii = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\x20-\x7e]/gu, '_')
    .replaceAll(/["\\%/]/g, '_');
  if (ascii === name) return `attachment; filename="${ascii}"`;
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(PLAIN, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

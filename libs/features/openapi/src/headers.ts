import type { ReplyHeader, RequestHeader, RouteContract } from '@openclaw/words';
import { z } from 'zod';

const PARAMETERS = named<RequestHeader>('param', {
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .describe('Sent again within 24 hours, the same request is answered and not done anew'),
  'If-Match': z.string().describe('The ETag of what the change was made from; `*` for any. Stale: 409'),
  'If-None-Match': z.string().describe('The ETag of what is there already; unchanged: 304'),
  'If-Range': z.string().describe('The ETag of what the range belongs to; changed: all of it'),
  'Last-Event-ID': z.string().describe('The id of the last event that was read: what came after it follows'),
  Range: z.string().describe('One range of bytes (RFC 9110, 14.2)'),
});
const REPLY = named<ReplyHeader>('header', {
  'Accept-Ranges': z.literal('bytes').describe('Ranges of it may be asked for'),
  'Content-Disposition': z.string().describe('Its name; it is never shown in place'),
  'Content-Range': z.string().describe('Which bytes these are, and of how many'),
  ETag: z.string().describe('What to send as If-Match or If-None-Match'),
  'Idempotency-Replayed': z.literal('true').describe('This was answered before, under the same Idempotency-Key'),
  Location: z.string().describe('Where to ask for it'),
});
const OF_ALL = named('header', {
  'X-Request-Id': z.string().describe('The caller’s own where it sent one; in every line of the log that it caused'),
});
const OF_AUTHENTICATED = named('header', {
  'X-RateLimit-Limit': z.int().min(0).describe('Requests that the token may make in a minute'),
  'X-RateLimit-Remaining': z.int().min(0).describe('How many it may make at once, now'),
  'X-RateLimit-Reset': z.int().min(0).describe('Seconds since 1970 at which all are there again'),
});
const OF_LATER = named('header', { 'Retry-After': z.int().min(0).describe('Seconds to wait before asking again') });
const LATER = new Set([429, 503]);

/** What a route takes in headers; each may be left out. */
export function requestHeaders({ headers = [] }: RouteContract): { header?: z.ZodObject } {
  if (headers.length === 0) return {};
  return { header: z.object(Object.fromEntries(headers.map((name) => [name, PARAMETERS[name]]))) };
}

/** What a reply of that status has in headers. */
export function replyHeaders({ scope, replyHeaders: own = [] }: RouteContract, status: number): z.ZodObject {
  return z.object({
    ...OF_ALL,
    ...(scope === null || status === 401 ? {} : OF_AUTHENTICATED),
    ...(LATER.has(status) ? OF_LATER : {}),
    ...(status < 400 ? Object.fromEntries(own.map((name) => [name, REPLY[name]])) : {}),
  });
}

/** Each once in the document, and optional. */
function named<Name extends string>(kind: 'header' | 'param', schemas: Readonly<Record<Name, z.ZodType>>): Record<Name, z.ZodType> {
  const entries = Object.entries<z.ZodType>(schemas).map(([name, schema]) => [name, schema.optional().meta({ [kind]: { id: name } })]);
  return Object.fromEntries(entries) as Record<Name, z.ZodType>; // the same names
}

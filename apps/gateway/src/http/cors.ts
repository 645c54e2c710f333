import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '@openclaw/words';

type Origins = Pick<Config['gateway'], 'allowed_origins'>;
type Headers = Readonly<Record<string, string>>;

/** What a page may read of a reply beside its body and the headers that any page may read. */
const EXPOSED = [
  'X-Request-Id',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
  'Location',
  'Idempotency-Replayed',
  'ETag',
  'Accept-Ranges',
  'Content-Range',
  'Content-Disposition',
].join(', ');
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Accept',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'If-Range',
  'Range',
  'Last-Event-ID',
  'X-Request-Id',
  'X-Openclaw-Conversation',
].join(', ');
const METHODS = 'GET, POST, PUT, PATCH, DELETE';
/** Two hours: no browser keeps a preflight for longer. */
const PREFLIGHT_SECONDS = 7200;

/**
 * The headers that let a page of an allowed origin read a reply (WHATWG Fetch, 3.2); none for anybody else. No cookies are read here,
 * so pages need no credentials mode.
 */
export function corsHeaders(headers: IncomingHttpHeaders, gateway: Origins): Headers {
  const { origin } = headers;
  if (gateway.allowed_origins.length === 0) return {};
  if (origin === undefined || !gateway.allowed_origins.includes(origin)) return { vary: 'Origin' };
  return { vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED };
}

/**
 * What a page of an allowed origin is told that asks, before its request, whether it may send it; null for a request that is no such
 * question, or nobody's who may ask.
 */
export function preflightHeaders(method: string, headers: IncomingHttpHeaders, { allowed_origins }: Origins): Headers | null {
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return null;
  if (headers.origin === undefined || !allowed_origins.includes(headers.origin)) return null;
  return {
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': REQUEST_HEADERS,
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  };
}

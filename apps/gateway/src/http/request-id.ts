import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** True where a log line and a header can carry it as it is. */
export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && REQUEST_ID.test(value);
}

/** The client's `X-Request-Id` where it sent a sane one, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return isRequestId(given) ? given : randomUUID();
}

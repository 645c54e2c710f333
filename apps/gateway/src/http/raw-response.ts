import type { ErrorBody } from '@openclaw/words';

/** An error as a whole HTTP/1.1 response, for sockets that no framework answers on; it ends the connection. */
export function rawResponse(body: ErrorBody, headers: Readonly<Record<string, string>>): string {
  const json = JSON.stringify(body);
  return [
    `HTTP/1.1 ${String(body.status)} ${body.error}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${String(Buffer.byteLength(json))}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'cache-control: no-store',
    'connection: close',
    '',
    json,
  ].join('\r\n');
}

import { createHmac, timingSafeEqual } from 'node:crypto';

/** The three headers of a signed request. */
export interface SignedHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** Either way: the other side's clock may be wrong by that much, and a captured request is good for no longer. */
const TOLERANCE_SECONDS = 300;
const SIGNATURES_MAX = 10;
const ID = /^[\x21-\x7e]{1,200}$/;

/**
 * Signs by Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`, with each secret.
 * @param secrets in base64, with or without `whsec_`; empty ones are left out
 */
export function sign(
  secrets: readonly string[],
  message: { readonly id: string; readonly timestamp: number; readonly body: string | Buffer },
): string {
  return secrets
    .filter((secret) => secret !== '')
    .map((secret) => `v1,${digestOf(secret, message.id, String(message.timestamp), message.body).toString('base64')}`)
    .join(' ');
}

/**
 * Whether that request was signed with one of the secrets, within five minutes of now. Compared in constant time, over the bytes as they
 * came.
 */
export function isSigned(secrets: readonly string[], { id, timestamp, signature }: SignedHeaders, body: Buffer, now: Date): boolean {
  if (id === undefined || !ID.test(id) || timestamp === undefined || !/^\d{1,12}$/.test(timestamp) || signature === undefined) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const given = signature
    .split(' ', SIGNATURES_MAX)
    .filter((each) => each.startsWith('v1,'))
    .map((each) => Buffer.from(each.slice(3), 'base64'));
  const right = secrets.filter((secret) => secret !== '').map((secret) => digestOf(secret, id, timestamp, body));
  return right.some((wanted) => given.some((each) => each.byteLength === wanted.byteLength && timingSafeEqual(each, wanted)));
}

function digestOf(secret: string, id: string, timestamp: string, body: string | Buffer): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
}

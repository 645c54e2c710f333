import { hash } from 'node:crypto';
import { type Database, type Query, type Statement, statement } from '@openclaw/db';
import { Fault } from '@openclaw/errors';
import { type HandledWork, housekeeping } from '@openclaw/work';
import type { Caller } from '@openclaw/words';
import canonicalize from 'canonicalize';

/** An `Idempotency-Key`, and what it was sent with. */
export interface KeyedRequest {
  readonly key: string;
  /** All that decides what is made: JSON. */
  readonly request: object;
}

/** A key that is a day old is free. Two at once: the second waits for the first, and then finds the key taken. */
const TAKE = statement({
  name: 'take_key',
  params: { tokenId: 'text', key: 'text', requestHash: 'text', made: 'text[]' },
  row: { key: 'text' },
  text: `INSERT INTO used_keys AS kept (token_id, key, request_hash, made) VALUES (:tokenId, :key, :requestHash, :made)
ON CONFLICT (token_id, key) DO UPDATE SET request_hash = excluded.request_hash, made = excluded.made, created_at = now()
  WHERE kept.created_at <= now() - interval '24 hours'
RETURNING key`,
});
const FIND = statement({
  name: 'find_used_key',
  params: { tokenId: 'text', key: 'text' },
  row: { request_hash: 'text', made: 'text[]' },
  text: 'SELECT request_hash, made FROM used_keys WHERE token_id = :tokenId AND key = :key',
});
const FORGET = statement({
  name: 'forget_used_keys',
  text: `DELETE FROM used_keys WHERE created_at <= now() - interval '24 hours'`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [TAKE, FIND, FORGET];

/**
 * Takes a key for what is about to be made, in the transaction that makes it: both are there, or neither.
 * @param made ids of it
 * @returns null where the key was free; else the ids of what it made before, which is to be answered instead
 * @throws Fault `conflict` where it stood for another request
 */
export async function takeKey(
  query: Query,
  { tokenId }: Caller,
  { key, request }: KeyedRequest,
  made: readonly string[],
): Promise<readonly string[] | null> {
  const requestHash = hash('sha256', canonicalize(request) ?? '');
  if ((await query(TAKE, { tokenId, key, requestHash, made })).length > 0) return null;
  const [kept] = await query(FIND, { tokenId, key });
  if (kept?.request_hash === requestHash) return kept.made;
  throw new Fault('conflict', 'This Idempotency-Key was used for another request. Use a new key.', { details: { made: kept?.made ?? [] } });
}

/** Work that forgets keys that are a day old. */
export function forgetUsedKeys(database: Database): HandledWork {
  return housekeeping('idempotency.forget', () => database.query(FORGET));
}

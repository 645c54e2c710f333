import type { Database, Query } from '@openclaw/db';
import { Redactor } from '@openclaw/telemetry';
import { type Caller, cutJson, toPlainJson } from '@openclaw/words';
import { type AuditHead, bytesOf, hashOf, type Happening, storedEntrySchema } from './audit-entry.js';
import { append, lockEnd } from './audit.store.js';
import { RESTORED } from './verify-chain.js';

/** Who did it. */
export type Actor = Pick<Caller, 'tokenId' | 'person' | 'requestId'>;

/** What the system does by itself. */
export const SYSTEM: Actor = { tokenId: 'system', person: 'owner', requestId: 'system' };

/** More details than this are cut: the trail is kept for good. */
const DETAILS_CHARACTERS_MAX = 8000;

/**
 * details ─► without secrets ─► lock ─► number, time, hash of the one before ─► canonical JSON ─► SHA-256 ─► stored
 *
 * Writes an entry in the transaction of the change that it tells of: both are there or neither. The last thing that a transaction does,
 * since all others that write one wait from here to its end.
 */
export async function writeAudit(
  query: Query,
  { tokenId, person, requestId }: Actor,
  { action, target, details = {} }: Happening,
): Promise<void> {
  const safe = new Redactor().value(cutJson(toPlainJson(details), DETAILS_CHARACTERS_MAX));
  const { seq, hash: prevHash, at } = await lockEnd(query);
  const stored = {
    seq: seq + 1,
    time: at.toISOString(),
    actor: { token_id: tokenId, person },
    action,
    target,
    request_id: requestId,
    details: safe,
    prev_hash: prevHash,
  };
  const entry = bytesOf(storedEntrySchema.parse(stored));
  await append(query, { seq: stored.seq, entry, hash: hashOf(entry) });
}

/** Writes down that a backup was put back. @param known the end of the trail that was known before */
export async function writeRestored(database: Database, actor: Actor, known: AuditHead): Promise<void> {
  const details = { known_seq: known.seq, known_hash: known.hash };
  await database.transaction((query) => writeAudit(query, actor, { action: RESTORED, target: null, details }));
}

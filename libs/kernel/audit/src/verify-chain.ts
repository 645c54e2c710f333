import { type AuditHead, EMPTY_HEAD, hashOf, readEntry, type StoredEntry } from './audit-entry.js';
import type { AuditRow, AuditStore } from './audit.store.js';

/** What came of looking through a whole trail. */
export type Verdict =
  | { readonly ok: true; readonly head: AuditHead }
  /** `seq` is the first entry that is not what was written, or not there. */
  | { readonly ok: false; readonly seq: number; readonly problem: string };

/** What is written when a backup was put back: it says which end of the trail was known before. */
export const RESTORED = 'audit.restored';
const ROWS_AT_ONCE = 1000;

/**
 * each entry in its order ─► number without gap ─► SHA-256 of its bytes ─► hash of the one before ─► the heads that were kept elsewhere
 *
 * Entries may be added meanwhile: they only come behind.
 * @param kept heads that were kept elsewhere, read before the trail is
 */
export async function verifyChain(store: Pick<AuditStore, 'head' | 'follow'>, kept: readonly AuditHead[] = []): Promise<Verdict> {
  const awaited = [...kept, await store.head()].filter(({ seq }) => seq > 0);
  const explained = new Set<string>();
  const seen = new Map<number, string>();
  let last = EMPTY_HEAD;
  for (;;) {
    const rows = await store.follow(last.seq, ROWS_AT_ONCE);
    for (const row of rows) {
      const entry = read(row, last);
      if (typeof entry === 'string') return { ok: false, seq: last.seq + 1, problem: entry };
      if (entry.action === RESTORED) explained.add(keyOf(entry.details['known_seq'], entry.details['known_hash']));
      if (awaited.some(({ seq }) => seq === row.seq)) seen.set(row.seq, row.hash);
      last = { seq: row.seq, hash: row.hash };
    }
    if (rows.length < ROWS_AT_ONCE) break;
  }
  const missing = awaited
    .filter(({ seq, hash }) => seen.get(seq) !== hash && !explained.has(keyOf(seq, hash)))
    .sort((one, other) => one.seq - other.seq)[0];
  if (!missing) return { ok: true, head: last };
  if (missing.seq > last.seq)
    return { ok: false, seq: last.seq + 1, problem: `is missing: there were ${String(missing.seq)} entries once` };
  return { ok: false, seq: missing.seq, problem: 'is another one than was written: the trail was made anew' };
}

/** @returns the entry, or what is wrong with it */
function read({ seq, entry, hash }: AuditRow, before: AuditHead): StoredEntry | string {
  if (seq !== before.seq + 1) return 'is missing';
  if (hashOf(entry) !== hash) return 'was changed: its hash is that of other bytes';
  const parsed = readEntry(entry); // whoever knows how to hash can write anything
  if (parsed?.seq !== seq) return 'was changed: it is no entry of this place';
  if (parsed.prev_hash !== before.hash) return 'does not follow the entry before it: one of the two was changed';
  return parsed;
}

function keyOf(seq: unknown, hash: unknown): string {
  return `${String(seq)} ${String(hash)}`;
}

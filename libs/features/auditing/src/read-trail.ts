import { type AuditEntry, type AuditRow, type AuditStore, EMPTY_HEAD, readEntry } from '@openclaw/audit';
import type { AuditList } from './words.js';

/** Newest first. */
export async function readTrail(store: AuditStore, page: { readonly limit: number; readonly offset: number }): Promise<AuditList> {
  const [{ rows, total }, head] = await Promise.all([store.page(page), store.head()]);
  return { entries: rows.map(toEntry), total, ...page, head };
}

/** A row that somebody made unreadable is shown as that: `openclaw audit verify` says the rest. */
function toEntry({ seq, entry, hash }: AuditRow): AuditEntry {
  const unreadable = {
    seq,
    time: new Date(0).toISOString(),
    actor: { token_id: 'unknown', person: 'unknown' },
    action: 'audit.unreadable',
    target: null,
    request_id: 'unknown',
    details: {},
    prev_hash: EMPTY_HEAD.hash,
  };
  return { ...(readEntry(entry) ?? unreadable), hash };
}

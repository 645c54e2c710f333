import { type Database, type Query, statement, type Statement } from '@openclaw/db';
import { type AuditAction, type AuditHead, EMPTY_HEAD } from './audit-entry.js';

/** A row as it is stored, before anybody believes it. */
export interface AuditRow {
  readonly seq: number;
  readonly entry: string;
  /** 64 hex digits. */
  readonly hash: string;
}

const ROW = { seq: 'int8', entry: 'text', hash: 'bytea' } as const;
/**
 * Held to the end of the transaction: entries follow each other, the first one too. Taken last, so that it is never waited for with it
 * held.
 */
const LOCK = statement({ name: 'lock_audit', text: 'SELECT pg_advisory_xact_lock(79, 0)' });
/** The later of what stands beside the trail and its last row: where either was cut, what follows shows the gap. */
const END = statement({
  name: 'audit_end',
  row: { seq: 'int8', hash: 'bytea', at: 'timestamptz' },
  text: `SELECT seq, hash, clock_timestamp() AS at FROM (
  SELECT seq, hash FROM audit_head UNION ALL (SELECT seq, hash FROM audit_entries ORDER BY seq DESC LIMIT 1)
  UNION ALL SELECT 0, decode(repeat('00', 32), 'hex')) AS ends ORDER BY seq DESC LIMIT 1`,
});
const APPEND = statement({
  name: 'append_audit',
  params: { seq: 'int8', entry: 'text', hash: 'bytea' },
  text: `WITH added AS (INSERT INTO audit_entries (seq, entry, hash) VALUES (:seq, :entry, :hash) RETURNING seq, hash)
INSERT INTO audit_head (seq, hash) SELECT seq, hash FROM added ON CONFLICT (single) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`,
});
const HEAD = statement({ name: 'audit_head', row: { seq: 'int8', hash: 'bytea' }, text: 'SELECT seq, hash FROM audit_head' });
const FIND = statement({
  name: 'find_audit',
  params: { seq: 'int8' },
  row: ROW,
  text: 'SELECT seq, entry, hash FROM audit_entries WHERE seq = :seq',
});
/** By its text: a row that somebody made unreadable must not make it fail. */
const EXPLAIN = statement({
  name: 'explain_audit',
  params: { action: 'text', hash: 'text' },
  row: { seq: 'int8' },
  text: `SELECT seq FROM audit_entries WHERE position('"action":"' || :action || '"' IN entry) > 0 AND position('"known_hash":"' || :hash || '"' IN entry) > 0 LIMIT 1`,
});
const FOLLOW = statement({
  name: 'follow_audit',
  params: { after: 'int8', max: 'int4' },
  row: ROW,
  text: 'SELECT seq, entry, hash FROM audit_entries WHERE seq > :after ORDER BY seq LIMIT :max',
});
const PAGE = statement({
  name: 'page_audit',
  params: { limit: 'int4', offset: 'int4' },
  row: ROW,
  text: 'SELECT seq, entry, hash FROM audit_entries ORDER BY seq DESC LIMIT :limit OFFSET :offset',
});
const COUNT = statement({ name: 'count_audit', row: { total: 'int4' }, text: 'SELECT count(*)::int4 AS total FROM audit_entries' });

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [LOCK, END, APPEND, HEAD, FIND, EXPLAIN, FOLLOW, PAGE, COUNT];

/** Where the trail ends now, for whoever adds to it; nobody else adds before the transaction is over. */
export async function lockEnd(query: Query): Promise<AuditHead & { readonly at: Date }> {
  await query(LOCK);
  const [end] = await query(END);
  if (!end) throw new Error('a trail always ends somewhere');
  return { seq: Number(end.seq), hash: end.hash.toString('hex'), at: end.at };
}

/** Adds a row and moves the head. Only after {@link lockEnd} in the same transaction. */
export async function append(query: Query, { seq, entry, hash }: AuditRow): Promise<void> {
  await query(APPEND, { seq, entry, hash: Buffer.from(hash, 'hex') });
}

/** The trail as it is read. */
export class AuditStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** As it stands beside the trail. */
  async head(): Promise<AuditHead> {
    const [head] = await this.#database.query(HEAD);
    return head ? { seq: Number(head.seq), hash: head.hash.toString('hex') } : EMPTY_HEAD;
  }

  /** null where there is none. */
  async find(seq: number): Promise<AuditRow | null> {
    const [row] = await this.#database.query(FIND, { seq });
    return row ? toRow(row) : null;
  }

  /** Whether an entry of that action tells that a head with this hash was known before it. Reads the whole trail. */
  async explains(action: AuditAction, hash: string): Promise<boolean> {
    return (await this.#database.query(EXPLAIN, { action, hash })).length > 0;
  }

  /** In order, those after `after`. */
  async follow(after: number, max: number): Promise<AuditRow[]> {
    return (await this.#database.query(FOLLOW, { after, max })).map(toRow);
  }

  /** Newest first. */
  async page(page: { readonly limit: number; readonly offset: number }): Promise<{ rows: AuditRow[]; total: number }> {
    const [rows, [count]] = await Promise.all([this.#database.query(PAGE, page), this.#database.query(COUNT)]);
    return { rows: rows.map(toRow), total: count?.total ?? 0 };
  }
}

function toRow({ seq, entry, hash }: { readonly seq: string; readonly entry: string; readonly hash: Buffer }): AuditRow {
  return { seq: Number(seq), entry, hash: hash.toString('hex') };
}

import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';

/** What happened, as `room.verb` in the past tense: `token.created`. It is stored, so it never changes. */
export type AuditAction = `${string}.${string}`;

/** A thing that changed the system, before it has its place in the trail. */
export interface Happening {
  readonly action: AuditAction;
  /** The id of what was changed; null where it is the whole. */
  readonly target: string | null;
  /** What else tells it from others: names, paths, counts. Never a value that may be secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** An entry as its bytes say it: what is stored and hashed. */
export const storedEntrySchema = z.object({
  seq: z.number().int().min(1).describe('From 1, without a gap'),
  time: z.iso.datetime().describe('By Postgres’ clock'),
  actor: z.object({
    token_id: z.string().describe('The token that did it: an id, `gateway`, `anonymous`, or `system` for what the system did by itself'),
    person: z.string(),
  }),
  action: z.string(),
  target: z.string().nullable(),
  request_id: z.string(),
  details: z.record(z.string(), z.unknown()),
  prev_hash: hashSchema.describe('The hash of the entry before this one; zeros for the first'),
});
/** An entry as its bytes say it. */
export type StoredEntry = z.infer<typeof storedEntrySchema>;

/** An entry with the hash over its bytes: what the API tells. */
export const auditEntrySchema = storedEntrySchema
  .extend({ hash: hashSchema.describe('SHA-256 of the entry’s bytes as they are stored') })
  .meta({ id: 'AuditEntry' });
/** An entry with the hash over its bytes. */
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** Where a trail ends: how many entries it has, and the hash of the last. */
export interface AuditHead {
  /** 0 for a trail without entries. */
  readonly seq: number;
  /** 64 hex digits. */
  readonly hash: string;
}

/** The head of a trail that nothing has happened in. */
export const EMPTY_HEAD: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** The bytes of an entry: RFC 8785, so that there is one way to write it. */
export function bytesOf(entry: StoredEntry): string {
  const text = canonicalize(entry);
  if (text === undefined) throw new Error('an audit entry is JSON');
  return text;
}

/** Of the very bytes that are stored: anyone can check it with `sha256sum`. @returns 64 hex digits */
export function hashOf(bytes: string): string {
  return hash('sha256', bytes);
}

/** The entry that these bytes are; null where they are none. */
export function readEntry(bytes: string): StoredEntry | null {
  try {
    return storedEntrySchema.safeParse(JSON.parse(bytes)).data ?? null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

import { WORDS_MAX } from './choose-candidates.js';
import type { EntryKind } from './entry.types.js';
import type { StoredCandidate } from './search.types.js';

const BITS = Array.from({ length: WORDS_MAX }, (_, index) => index);
/** The words as columns, once: looking one up in a list for each row would cost more than comparing it. */
export const QUESTION = `question AS MATERIALIZED (SELECT ${BITS.map((bit) => `(:words)[${String(bit + 1)}] AS w${String(bit)}, coalesce((:weights)[${String(bit + 1)}], 0) AS v${String(bit)}`).join(', ')})`;
/** Which of the words an entry `e` has, as a number of bits. */
export const MASK = BITS.map((bit) => `CASE WHEN e.terms @@ w${String(bit)} THEN ${String(2 ** bit)} ELSE 0 END`).join(' + ');
/** What the words of a mask weigh together. */
export const weightOf = (mask: string): string => BITS.map((bit) => `((${mask} >> ${String(bit)}) & 1) * v${String(bit)}`).join(' + ');

/** Of an entry `e`, by the time that is asked for. */
export const FILTER = `(:since IS NULL OR e.at >= :since) AND (:until IS NULL OR e.at <= :until)`;

/** A row as a list: a thousand of them are read by JSON.parse in a fraction of what as many rows would take. */
export const LISTED = `json_build_array(e.id, e.thread_id, e.position, e.session, e.author, extract(epoch FROM e.at)::float8 * 1000, e.length, e.flags, mask, asked,
  e.message_id, e.kind, e.importance, e.recalls, e.superseded_by IS NOT NULL, encode(substr(e.checksum, 1, 12), 'base64'))`;
/** What {@link LISTED} is in TypeScript. */
export type Listed = readonly [
  id: string,
  thread: string | null,
  position: number,
  session: number,
  author: string,
  at: number,
  length: number,
  flags: number,
  mask: number,
  asked: boolean,
  messageId: string | null,
  kind: EntryKind,
  importance: number,
  recalls: number,
  isSuperseded: boolean,
  checksum: string,
];

/** A row as {@link LISTED} gives it. */
export function toCandidate(row: Listed): StoredCandidate {
  const [
    id,
    thread,
    position,
    session,
    author,
    at,
    length,
    flags,
    mask,
    isAsked,
    messageId,
    kind,
    importance,
    recalls,
    isSuperseded,
    checksum,
  ] = row;
  return {
    id,
    thread,
    position,
    session,
    author,
    at,
    length,
    flags,
    mask,
    isAsked,
    messageId,
    kind,
    importance,
    recalls,
    isSuperseded,
    checksum,
  };
}

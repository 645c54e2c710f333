import { idToUuid, newId } from '@openclaw/words';
import type { Params } from '@openclaw/db';
import { cutParts } from './cut-parts.js';
import { IMPORTANCE } from './importance.js';
import { indexText } from './index-text.js';

/** The author of what the agent says. */
export const ASSISTANT = 'assistant';
/** What a statement that writes a message needs besides, to write its entries too. */
export const TURN_PARAMS = {
  entryIds: 'uuid[]',
  entryBodies: 'text[]',
  entryTerms: 'text[]',
  entryLengths: 'int4[]',
  entryFlags: 'int4[]',
} as const;

/** The values of {@link TURN_PARAMS} for a message: one entry, several for a long one, none for an empty one. */
export function turnParams(content: string): Params<typeof TURN_PARAMS> {
  const parts = cutParts(content);
  const indexed = parts.map(indexText);
  return {
    entryIds: parts.map(() => idToUuid(newId('mem'))),
    entryBodies: parts,
    entryTerms: indexed.map(({ terms }) => terms),
    entryLengths: indexed.map(({ length }) => length),
    entryFlags: indexed.map(({ flags }) => flags),
  };
}

/** Entries that are said in one go at most, and the silence that ends a session. */
export const SESSION_ENTRIES_MAX = 40;
export const SESSION_GAP_MINUTES = 60;

/** Assignments for the row of the conversation, which numbers its entries and knows where its session began. */
export const ADVANCE = `entries = conversations.entries + cardinality(:entryIds),
    session = CASE WHEN cardinality(:entryIds) > 0 AND conversations.entries > 0
      AND (conversations.last_message_at < now() - interval '${String(SESSION_GAP_MINUTES)} minutes' OR conversations.entries - conversations.session >= ${String(SESSION_ENTRIES_MAX - 1)})
      THEN conversations.entries + 1 ELSE conversations.session END`;

/** SQL expressions that tell what the turn is. */
export interface TurnSource {
  /** A query with the conversation's `entries` and `session` after {@link ADVANCE}; one row, or none to write nothing. */
  readonly from: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly person: string;
  readonly author: string;
  readonly at: string;
  readonly channel: string;
  readonly provenance: string;
}

/** CTEs that write the entries of a message, in the statement that writes the message: memory neither lags nor loses. */
export function insertTurns({ from, conversationId, messageId, person, author, at, channel, provenance }: TurnSource): string {
  return `entry AS (
  INSERT INTO memory_entries (id, person, kind, author, at, body, checksum, terms, length, flags, conversation_id, message_id, thread_id,
    position, session, channel, provenance, importance)
  SELECT part.id, ${person}, 'message', ${author}, ${at}, part.body, sha256(convert_to(part.body, 'UTF8')), part.terms::tsvector, part.length,
    part.flags, ${conversationId}, ${messageId}, ${conversationId}, ${from}.entries - cardinality(:entryIds) + part.n, ${from}.session, ${channel},
    ${provenance}, ${String(IMPORTANCE.message)}
  FROM ${from}, unnest(:entryIds, :entryBodies, :entryTerms, :entryLengths, :entryFlags) WITH ORDINALITY AS part(id, body, terms, length, flags, n)
  RETURNING person, id),
uncounted AS (INSERT INTO memory_uncounted (person, entry_id) SELECT person, id FROM entry)`;
}

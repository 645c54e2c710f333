import { type Caller, idToUuid } from '@openclaw/words';
import { FILE_PARAMS, filesAreOf, USE_FILES } from '@openclaw/files';
import { ADVANCE, insertTurns, TURN_PARAMS, turnParams } from '@openclaw/memory';
import {
  as,
  type Database,
  type OwnedQuery,
  type OwnedStatement,
  ownedStatement,
  type Params,
  type Query,
  type Row,
  type Statement,
  statement,
} from '@openclaw/db';
import type { Acceptance, AcceptanceResult } from './acceptance.types.js';
import { interrupt } from './interrupt.store.js';

/** Of both ways to accept. `content` is null where an existing question is answered again, `key` where there is none. */
const PARAMS = {
  conversationId: 'uuid',
  questionId: 'uuid',
  runId: 'uuid',
  channel: 'text',
  content: 'text?',
  metadata: 'jsonb',
  tokenId: 'text',
  scopes: 'text[]',
  requestId: 'text',
  queueMax: 'int4',
  key: 'text?',
  requestHash: 'text?',
  include: 'text[]',
  author: 'text?',
  provenance: 'text',
  ...TURN_PARAMS,
} as const;
const GATE = {
  person: 'text?',
  accepted: 'bool',
  found: 'bool',
  parent_found: 'bool',
  files_found: 'bool',
  busy: 'bool',
  full: 'bool',
} as const;

/** What the files of a message add to the statements: most messages have none, and are spared it. */
interface FileParts {
  /** A condition on the person whose conversation it is. */
  readonly found: (person: string) => string;
  readonly use: string;
}
const NO_FILES: FileParts = { found: () => 'true', use: '' };
const WITH_FILES: FileParts = { found: filesAreOf, use: `,\n${USE_FILES}` };

const QUEUE_HAS_ROOM = `(SELECT count(*) FROM (SELECT FROM runs WHERE status = 'queued' LIMIT :queueMax) waiting) < :queueMax`;
const KEY_IS_OURS = `(:key IS NULL OR EXISTS (SELECT FROM key))`;
const TAKE_KEY = `key AS (
  INSERT INTO idempotency_keys (token_id, key, request_hash, run_id)
  SELECT :tokenId, :key, :requestHash, :runId FROM gate WHERE :key IS NOT NULL
  ON CONFLICT DO NOTHING RETURNING 1)`;
const WRITE_MESSAGES = `question AS (
  INSERT INTO messages (id, conversation_id, parent_id, role, content, metadata)
  SELECT :questionId, :conversationId, go.parent_id, 'user', :content, :metadata FROM go WHERE :content IS NOT NULL),
reply AS (
  INSERT INTO messages (id, conversation_id, parent_id, role, content) SELECT :runId, :conversationId, :questionId, 'assistant', '' FROM go),
run AS (
  INSERT INTO runs (id, conversation_id, question_id, ordinal, token_id, scopes, request_id, channel, include)
  SELECT :runId, :conversationId, :questionId, go.ordinal, :tokenId, :scopes, :requestId, :channel, :include FROM go RETURNING id),
${insertTurns({
  from: 'go',
  conversationId: ':conversationId',
  messageId: ':questionId',
  person: 'go.person',
  author: 'coalesce(:author, go.person)',
  at: 'now()',
  channel: ':channel',
  provenance: ':provenance',
})}`;

const acceptNew = ({
  found,
  use,
}: FileParts): string => `WITH gate AS (SELECT WHERE ${QUEUE_HAS_ROOM} AND ${found(':person')}), ${TAKE_KEY},
go AS (
  INSERT INTO conversations (id, person, channel, head_id, live_runs, last_ordinal, message_count, entries, unindexed)
  SELECT :conversationId, :person, :channel, :runId, 1, 1, 2, cardinality(:entryIds), false FROM gate WHERE ${KEY_IS_OURS}
  RETURNING NULL::uuid AS parent_id, 1::bigint AS ordinal, person, entries, session),
${WRITE_MESSAGES}${use}
SELECT :person AS person, EXISTS (SELECT FROM run) AS accepted, true AS found, true AS parent_found, ${found(':person')} AS files_found, false AS busy,
  NOT EXISTS (SELECT FROM gate) AS full`;
const ACCEPT_NEW = ownedStatement({ name: 'accept_new', params: PARAMS, row: GATE, pipelined: true, text: acceptNew(NO_FILES) });
const ACCEPT_NEW_WITH_FILES = ownedStatement({
  name: 'accept_new_with_files',
  params: { ...PARAMS, ...FILE_PARAMS },
  row: GATE,
  pipelined: true,
  text: acceptNew(WITH_FILES),
});

/**
 * Below `parentId`, null for the newest message; `reject` refuses where the conversation is busy. The row lock puts concurrent messages in
 * line.
 */
const acceptNext = ({ found, use }: FileParts): string => `WITH found AS (SELECT id, person, head_id, live_runs FROM conversations
  WHERE id = :conversationId AND (:sees IS NULL OR person = :sees) FOR UPDATE),
gate AS (
  SELECT found.* FROM found
  WHERE ${QUEUE_HAS_ROOM} AND (live_runs = 0 OR NOT :reject) AND ${found('found.person')}
    AND (:parentId IS NULL OR EXISTS (SELECT FROM messages WHERE id = :parentId AND conversation_id = :conversationId))),
${TAKE_KEY},
go AS (
  UPDATE conversations SET head_id = :runId, live_runs = conversations.live_runs + 1, last_ordinal = conversations.last_ordinal + 1,
    message_count = conversations.message_count + CASE WHEN :content IS NULL THEN 1 ELSE 2 END, last_message_at = now(),
    ${ADVANCE}
  FROM gate WHERE conversations.id = gate.id AND ${KEY_IS_OURS}
  RETURNING coalesce(:parentId, gate.head_id) AS parent_id, conversations.last_ordinal AS ordinal,
    conversations.person, conversations.entries, conversations.session),
${WRITE_MESSAGES}${use}
SELECT (SELECT person FROM found) AS person, EXISTS (SELECT FROM run) AS accepted, EXISTS (SELECT FROM found) AS found,
  (:parentId IS NULL OR EXISTS (SELECT FROM messages WHERE id = :parentId AND conversation_id = :conversationId)) AS parent_found,
  ${found('(SELECT person FROM found)')} AS files_found, EXISTS (SELECT FROM found WHERE live_runs > 0 AND :reject) AS busy,
  NOT ${QUEUE_HAS_ROOM} AS full`;
const NEXT_PARAMS = { ...PARAMS, parentId: 'uuid?', reject: 'bool' } as const;
const ACCEPT_NEXT = ownedStatement({ name: 'accept_next', params: NEXT_PARAMS, row: GATE, pipelined: true, text: acceptNext(NO_FILES) });
const ACCEPT_NEXT_WITH_FILES = ownedStatement({
  name: 'accept_next_with_files',
  params: { ...NEXT_PARAMS, ...FILE_PARAMS },
  row: GATE,
  pipelined: true,
  text: acceptNext(WITH_FILES),
});

const KEY = { tokenId: 'text', key: 'text' } as const;
const OF_THE_TOKEN = 'a key is its token’s, and the run that it names is asked for on behalf of the caller';
const FIND_KEY = statement({
  anybodys: OF_THE_TOKEN,
  name: 'find_idempotency_key',
  params: KEY,
  row: { run_id: 'uuid', request_hash: 'text' },
  text: `SELECT run_id, request_hash FROM idempotency_keys
WHERE token_id = :tokenId AND key = :key AND created_at > now() - interval '24 hours'`,
});
const FORGET_OLD_KEY = statement({
  anybodys: OF_THE_TOKEN,
  name: 'forget_old_idempotency_key',
  params: KEY,
  text: `DELETE FROM idempotency_keys WHERE token_id = :tokenId AND key = :key AND created_at <= now() - interval '24 hours'`,
});

const FORGET_OLD_KEYS = statement({
  anybodys: 'keys of all tokens grow old alike',
  name: 'forget_old_idempotency_keys',
  text: `DELETE FROM idempotency_keys WHERE created_at <= now() - interval '24 hours'`,
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [
  ACCEPT_NEW,
  ACCEPT_NEW_WITH_FILES,
  ACCEPT_NEXT,
  ACCEPT_NEXT_WITH_FILES,
  FIND_KEY,
  FORGET_OLD_KEY,
  FORGET_OLD_KEYS,
];

/** Writes message, run and idempotency record in one transaction, or nothing. */
export class AcceptStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws Fault `service_unavailable` where Postgres is out of reach: then it is not known whether the message was written */
  async accept(caller: Caller, acceptance: Acceptance): Promise<AcceptanceResult> {
    if (acceptance.onBusy !== 'interrupt' || acceptance.isNew) return write(this.#database.query, caller, acceptance);
    return this.#database.transaction((query) => interrupt(query, acceptance, () => write(query, caller, acceptance)));
  }

  /** The same as a part of another transaction; it interrupts nothing. */
  async acceptWithin(
    query: Query,
    caller: Caller,
    acceptance: Acceptance & { readonly onBusy: 'queue' | 'reject' },
  ): Promise<AcceptanceResult> {
    return write(query, caller, acceptance);
  }

  /** Forgets keys older than a day. */
  async forgetOldKeys(): Promise<void> {
    await this.#database.query(FORGET_OLD_KEYS);
  }

  /** The run that this token's key stands for; null where the key is free. */
  async findKey({ tokenId }: Caller, key: string): Promise<{ runUuid: string; requestHash: string } | null> {
    const [row] = await this.#database.query(FIND_KEY, { tokenId, key });
    if (row) return { runUuid: row.run_id, requestHash: row.request_hash };
    await this.#database.query(FORGET_OLD_KEY, { tokenId, key });
    return null;
  }
}

async function write(query: Query, caller: Caller, acceptance: Acceptance): Promise<AcceptanceResult> {
  const [row] = await (acceptance.isNew ? writeNew : writeNext)(as(query, caller), acceptance, valuesOf(caller, acceptance));
  return row?.accepted ? { outcome: 'accepted', person: row.person ?? caller.person, interruptedRunId: null } : { outcome: refusalOf(row) };
}

type Written = Promise<Row<typeof GATE>[]>;

async function writeNew(query: OwnedQuery, { fileIds }: Acceptance, values: Params<typeof PARAMS>): Written {
  if (fileIds.length === 0) return query(ACCEPT_NEW, values);
  return query(ACCEPT_NEW_WITH_FILES, { ...values, fileIds: fileIds.map((id) => idToUuid(id)) });
}

async function writeNext(query: OwnedQuery, acceptance: Acceptance, given: Params<typeof PARAMS>): Written {
  const { fileIds } = acceptance;
  const values = {
    ...given,
    parentId: acceptance.parentId === null ? null : idToUuid(acceptance.parentId),
    reject: acceptance.onBusy === 'reject',
  };
  if (fileIds.length === 0) return query(ACCEPT_NEXT, values);
  return query(ACCEPT_NEXT_WITH_FILES, { ...values, fileIds: fileIds.map((id) => idToUuid(id)) });
}

/** What all of them take. */
function valuesOf({ tokenId, scopes, requestId }: Caller, { question, idempotency, ...acceptance }: Acceptance): Params<typeof PARAMS> {
  const [content, metadata] = 'content' in question ? [question.content, question.metadata] : [null, {}];
  const [key, requestHash] = idempotency ? [idempotency.key, idempotency.requestHash] : [null, null];
  return {
    conversationId: idToUuid(acceptance.conversationId),
    questionId: idToUuid(question.id),
    runId: idToUuid(acceptance.runId),
    channel: acceptance.channel,
    include: acceptance.include,
    content,
    metadata,
    tokenId,
    scopes,
    requestId,
    queueMax: acceptance.queueMax,
    key,
    requestHash,
    author: authorOf(metadata),
    provenance: acceptance.provenance ?? 'owner',
    ...turnParams(content ?? ''),
  };
}

const AUTHOR_CHARACTERS_MAX = 200;

/** The name that came with the message, if one did. */
function authorOf(metadata: object): string | null {
  const name = 'user_name' in metadata ? metadata.user_name : undefined;
  return typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, AUTHOR_CHARACTERS_MAX) : null;
}

function refusalOf(row: Row<typeof GATE> | undefined): Exclude<AcceptanceResult['outcome'], 'accepted'> {
  if (!row?.found) return 'no_conversation';
  if (!row.parent_found) return 'no_parent';
  if (!row.files_found) return 'no_file';
  if (row.busy) return 'busy';
  return row.full ? 'queue_full' : 'key_taken';
}

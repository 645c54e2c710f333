import { type ConversationId, idToUuid, type MessageId, type Principal } from '@openclaw/words';
import type { Database, Query, Statement } from '@openclaw/db';

/** Everything that is written when a message is accepted. */
export interface Acceptance {
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  /** True: the conversation is made along with its first message. */
  readonly isNew: boolean;
  /** A new message, or the existing question to answer again. */
  readonly question: { readonly id: MessageId; readonly content: string; readonly metadata: object } | { readonly id: MessageId };
  /** Below which message; null: the newest of the conversation. */
  readonly parentId: MessageId | null;
  readonly channel: string;
  readonly principal: Principal;
  readonly requestId: string;
  readonly onBusy: 'queue' | 'reject' | 'interrupt';
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
  readonly queueMax: number;
}

export type AcceptanceResult =
  | { readonly outcome: 'accepted'; readonly interruptedRunId: string | null }
  | { readonly outcome: 'no_conversation' | 'no_parent' | 'busy' | 'queue_full' | 'key_taken' };

interface GateRow {
  accepted: boolean;
  found: boolean;
  parent_found: boolean;
  busy: boolean;
  full: boolean;
}

/** $1 conversation $2 question $3 run $4 channel $5 content|null $6 metadata $7 token $8 scopes $9 request $10 queue max $11 key|null $12 hash */
const QUEUE_HAS_ROOM = `(SELECT count(*) FROM (SELECT FROM runs WHERE status = 'queued' LIMIT $10) waiting) < $10::int`;
const KEY_IS_OURS = `($11::text IS NULL OR EXISTS (SELECT FROM key))`;
const TAKE_KEY = `key AS (
  INSERT INTO idempotency_keys (token_id, key, request_hash, run_id)
  SELECT $7, $11, $12::text, $3 FROM gate WHERE $11::text IS NOT NULL
  ON CONFLICT DO NOTHING RETURNING 1)`;
const WRITE_MESSAGES = `question AS (
  INSERT INTO messages (id, conversation_id, parent_id, role, content, metadata)
  SELECT $2, $1, go.parent_id, 'user', $5, $6::jsonb FROM go WHERE $5::text IS NOT NULL),
reply AS (
  INSERT INTO messages (id, conversation_id, parent_id, role, content) SELECT $3, $1, $2, 'assistant', '' FROM go),
run AS (
  INSERT INTO runs (id, conversation_id, question_id, ordinal, token_id, scopes, request_id, channel)
  SELECT $3, $1, $2, go.ordinal, $7, $8::text[], $9, $4 FROM go RETURNING id)`;

const ACCEPT_NEW: Statement = {
  name: 'accept_new',
  pipelined: true,
  text: `WITH gate AS (SELECT WHERE ${QUEUE_HAS_ROOM}), ${TAKE_KEY},
go AS (
  INSERT INTO conversations (id, channel, head_id, live_runs, last_ordinal, message_count)
  SELECT $1, $4, $3, 1, 1, 2 FROM gate WHERE ${KEY_IS_OURS}
  RETURNING NULL::uuid AS parent_id, 1::bigint AS ordinal),
${WRITE_MESSAGES}
SELECT EXISTS (SELECT FROM run) AS accepted, true AS found, true AS parent_found, false AS busy, NOT EXISTS (SELECT FROM gate) AS full`,
};

/** As above, with $13 parent|null and $14 refuse where the conversation is busy. The row lock puts concurrent messages in line. */
const ACCEPT_NEXT: Statement = {
  name: 'accept_next',
  pipelined: true,
  text: `WITH found AS (SELECT id, head_id, live_runs FROM conversations WHERE id = $1 FOR UPDATE),
gate AS (
  SELECT found.* FROM found
  WHERE ${QUEUE_HAS_ROOM} AND (live_runs = 0 OR NOT $14::boolean)
    AND ($13::uuid IS NULL OR EXISTS (SELECT FROM messages WHERE id = $13 AND conversation_id = $1))),
${TAKE_KEY},
go AS (
  UPDATE conversations SET head_id = $3, live_runs = conversations.live_runs + 1, last_ordinal = conversations.last_ordinal + 1,
    message_count = conversations.message_count + CASE WHEN $5::text IS NULL THEN 1 ELSE 2 END, last_message_at = now()
  FROM gate WHERE conversations.id = gate.id AND ${KEY_IS_OURS}
  RETURNING coalesce($13::uuid, gate.head_id) AS parent_id, conversations.last_ordinal AS ordinal),
${WRITE_MESSAGES}
SELECT EXISTS (SELECT FROM run) AS accepted, EXISTS (SELECT FROM found) AS found,
  ($13::uuid IS NULL OR EXISTS (SELECT FROM messages WHERE id = $13 AND conversation_id = $1)) AS parent_found,
  EXISTS (SELECT FROM found WHERE live_runs > 0 AND $14::boolean) AS busy,
  NOT ${QUEUE_HAS_ROOM} AS full`,
};

const FIND_KEY: Statement = {
  name: 'find_idempotency_key',
  text: `SELECT run_id, request_hash FROM idempotency_keys
WHERE token_id = $1 AND key = $2 AND created_at > now() - interval '24 hours'`,
};
const FORGET_OLD_KEY: Statement = {
  name: 'forget_old_idempotency_key',
  text: `DELETE FROM idempotency_keys WHERE token_id = $1 AND key = $2 AND created_at <= now() - interval '24 hours'`,
};

const FORGET_OLD_KEYS: Statement = {
  name: 'forget_old_idempotency_keys',
  text: `DELETE FROM idempotency_keys WHERE created_at <= now() - interval '24 hours'`,
};

const LOCK_CONVERSATION: Statement = { name: 'lock_conversation', text: 'SELECT head_id FROM conversations WHERE id = $1 FOR UPDATE' };
/** No worker may take a run of this conversation, and none may finish, while the line is changed. */
const LOCK_LINE: Statement = {
  name: 'lock_line',
  text: `SELECT id FROM runs WHERE conversation_id = $1 AND status IN ('queued', 'processing') ORDER BY id FOR UPDATE`,
};
const CANCEL_PROCESSING: Statement = {
  name: 'cancel_processing',
  text: `UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, now())
WHERE conversation_id = $1 AND status = 'processing' RETURNING id`,
};
/** $1 conversation, $2 the new run: the first of those that wait, before the new one came. */
const FIRST_WAITING: Statement = {
  name: 'first_waiting',
  text: `SELECT runs.ordinal, runs.question_id, messages.parent_id,
  EXISTS (SELECT FROM runs other WHERE other.conversation_id = $1 AND other.question_id = runs.question_id AND other.id <> runs.id) AS again
FROM runs JOIN messages ON messages.id = runs.question_id
WHERE runs.conversation_id = $1 AND runs.status = 'queued' AND runs.id <> $2 ORDER BY runs.ordinal LIMIT 1`,
};
const JUMP_AHEAD: Statement = {
  name: 'jump_ahead',
  text: `UPDATE runs SET ordinal = CASE WHEN id = $2 THEN $3::bigint ELSE ordinal + 1 END
WHERE conversation_id = $1 AND status = 'queued' AND ordinal >= $3::bigint`,
};
/** $1 question, $2 its new parent */
const MOVE_BELOW: Statement = { name: 'move_below', text: 'UPDATE messages SET parent_id = $2 WHERE id = $1' };
const SET_HEAD: Statement = { name: 'set_head', text: 'UPDATE conversations SET head_id = $2 WHERE id = $1' };

/** Writes message, run and idempotency record in one transaction, or nothing. */
export class AcceptStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws Fault `service_unavailable` where Postgres is out of reach: then it is not known whether the message was written */
  async accept(acceptance: Acceptance): Promise<AcceptanceResult> {
    if (acceptance.onBusy !== 'interrupt' || acceptance.isNew) return write(this.#database.query, acceptance);
    return this.#database.transaction((query) => interrupt(query, acceptance));
  }

  /** Forgets keys older than a day. */
  async forgetOldKeys(): Promise<void> {
    await this.#database.query(FORGET_OLD_KEYS, []);
  }

  /** The run that this token's key stands for; null where the key is free. */
  async findKey(tokenId: string, key: string): Promise<{ runUuid: string; requestHash: string } | null> {
    const [row] = await this.#database.query<{ run_id: string; request_hash: string }>(FIND_KEY, [tokenId, key]);
    if (row) return { runUuid: row.run_id, requestHash: row.request_hash };
    await this.#database.query(FORGET_OLD_KEY, [tokenId, key]);
    return null;
  }
}

async function write(query: Query, acceptance: Acceptance): Promise<AcceptanceResult> {
  const values = valuesOf(acceptance);
  const parent = acceptance.parentId === null ? null : idToUuid(acceptance.parentId);
  const [row] = acceptance.isNew
    ? await query<GateRow>(ACCEPT_NEW, values)
    : await query<GateRow>(ACCEPT_NEXT, [...values, parent, acceptance.onBusy === 'reject']);
  return row?.accepted ? { outcome: 'accepted', interruptedRunId: null } : { outcome: refusalOf(row) };
}

/** $1 to $12 of both statements. */
function valuesOf({ question, principal, idempotency, ...acceptance }: Acceptance): unknown[] {
  const [content, metadata] = 'content' in question ? [question.content, question.metadata] : [null, {}];
  const [key, requestHash] = idempotency ? [idempotency.key, idempotency.requestHash] : [null, null];
  return [
    idToUuid(acceptance.conversationId),
    idToUuid(question.id),
    idToUuid(acceptance.runId),
    acceptance.channel,
    content,
    JSON.stringify(metadata),
    principal.tokenId,
    principal.scopes,
    acceptance.requestId,
    acceptance.queueMax,
    key,
    requestHash,
  ];
}

function refusalOf(row: GateRow | undefined): 'no_conversation' | 'no_parent' | 'busy' | 'queue_full' | 'key_taken' {
  if (!row?.found) return 'no_conversation';
  if (!row.parent_found) return 'no_parent';
  if (row.busy) return 'busy';
  return row.full ? 'queue_full' : 'key_taken';
}

/** Stops what is being answered and goes before what waits: both the line and the thread are mended around the new message. */
async function interrupt(query: Query, acceptance: Acceptance): Promise<AcceptanceResult> {
  const conversation = idToUuid(acceptance.conversationId);
  const run = idToUuid(acceptance.runId);
  const [before] = await query<{ head_id: string }>(LOCK_CONVERSATION, [conversation]);
  await query(LOCK_LINE, [conversation]);
  const [waiting] = await query<{ ordinal: string; question_id: string; parent_id: string | null; again: boolean }>(FIRST_WAITING, [conversation, run]);
  const result = await write(query, acceptance);
  if (result.outcome !== 'accepted') return result;
  const [stopped] = await query<{ id: string }>(CANCEL_PROCESSING, [conversation]);
  if (waiting) {
    await query(JUMP_AHEAD, [conversation, run, waiting.ordinal]);
    // A question that is answered again keeps its place in the tree: that answer is a branch.
    if (acceptance.parentId === null && 'content' in acceptance.question && !waiting.again) {
      await query(MOVE_BELOW, [idToUuid(acceptance.question.id), waiting.parent_id]);
      await query(MOVE_BELOW, [waiting.question_id, run]);
      await query(SET_HEAD, [conversation, before?.head_id]);
    }
  }
  return { outcome: 'accepted', interruptedRunId: stopped?.id ?? null };
}

import { type Caller, type ConversationId, type ErrorBody, idToUuid, type MessageId, type RunStatus, uuidToId } from '@openclaw/words';
import { ADVANCE, ASSISTANT, insertTurns, TURN_PARAMS, turnParams } from '@openclaw/memory';
import { type Database, of, type OwnedStatement, ownedStatement, type Row, type Statement, statement } from '@openclaw/db';
import { insertSpent, SPENT_PARAMS, spentParams } from '@openclaw/usage';
import { enqueuing, type Held, type Renewal, toWorkParameter } from '@openclaw/work';
import { claimRun } from './claim.store.js';
import type { ClaimedRun, Ending, Fence, RunRecord } from './run.types.js';
import type { TerminalStatus } from './run-state.js';

const NOT_FIRST = `EXISTS (
  SELECT FROM runs earlier WHERE earlier.conversation_id = runs.conversation_id AND earlier.ordinal < runs.ordinal
    AND earlier.status IN ('queued', 'processing'))`;

const WORKERS = 'workers answer for everybody; what they may write is fenced by the attempt';
const RENEW = statement({
  anybodys: WORKERS,
  name: 'renew_leases',
  params: { workerId: 'text', leaseMs: 'int4', runIds: 'uuid[]', attempts: 'int4[]' },
  row: { id: 'uuid', cancel_requested: 'bool' },
  text: `UPDATE runs SET lease_until = clock_timestamp() + :leaseMs * interval '1 ms'
FROM unnest(:runIds, :attempts) AS mine(id, attempt)
WHERE runs.id = mine.id AND runs.attempt = mine.attempt AND runs.status = 'processing' AND runs.worker_id = :workerId
RETURNING runs.id, runs.cancel_requested_at IS NOT NULL AS cancel_requested`,
});

const FENCE = { runId: 'uuid', attempt: 'int4' } as const;
const IS_MINE = `id = :runId AND attempt = :attempt AND status = 'processing'`;
const RESERVE = statement({
  anybodys: WORKERS,
  name: 'reserve_seq',
  params: { ...FENCE, seq: 'int4' },
  row: { id: 'uuid' },
  text: `UPDATE runs SET seq_reserved = greatest(seq_reserved, :seq) WHERE ${IS_MINE} RETURNING id`,
});

/** The conversation before the run, as an acceptance locks them: the other way round the two would wait for each other. */
const LOCKED_PLACE = `place AS (
  SELECT id FROM conversations WHERE id = (SELECT conversation_id FROM runs WHERE id = :runId) FOR NO KEY UPDATE)`;

/** Of a conversation. */
const IS_SEEN = '(:sees IS NULL OR person = :sees)';
const IS_SEEN_BY_ITS_CONVERSATION = `(:sees IS NULL OR EXISTS (
  SELECT FROM conversations WHERE conversations.id = runs.conversation_id AND person = :sees))`;

const FINISH_PARAMS = {
  ...FENCE,
  status: of<TerminalStatus>('run_status'),
  outcome: of<object | null>('jsonb?'),
  error: of<ErrorBody | null>('jsonb?'),
  events: 'text',
  finishedAt: 'timestamptz',
  content: 'text',
  title: 'text?',
  ...SPENT_PARAMS,
  ...TURN_PARAMS,
} as const;
const FINISHED = `${LOCKED_PLACE},
done AS (
  UPDATE runs SET status = :status, outcome = :outcome, error = :error, events = :events, finished_at = :finishedAt, worker_id = NULL, lease_until = NULL
  FROM place WHERE runs.id = :runId AND runs.conversation_id = place.id AND attempt = :attempt AND status = 'processing'
  RETURNING runs.id, runs.conversation_id, runs.channel, runs.token_id),
reply AS (UPDATE messages SET content = :content, created_at = :finishedAt FROM done WHERE messages.id = done.id),
conversation AS (
  UPDATE conversations SET live_runs = live_runs - 1, last_message_at = greatest(last_message_at, :finishedAt), title = coalesce(title, :title),
    ${ADVANCE}
  FROM done WHERE conversations.id = done.conversation_id RETURNING live_runs, entries, session, person, conversations.id, done.id AS message_id, done.channel),
${insertTurns({
  from: 'conversation',
  conversationId: 'conversation.id',
  messageId: 'conversation.message_id',
  person: 'conversation.person',
  author: `'${ASSISTANT}'`,
  at: ':finishedAt',
  channel: 'conversation.channel',
  provenance: `'agent'`,
})},
${insertSpent({ from: 'done JOIN conversation ON conversation.id = done.conversation_id', sourceId: 'done.id', at: ':finishedAt', person: 'conversation.person', tokenId: 'done.token_id', conversationId: 'done.conversation_id' })}`;

const FINISH = statement({
  anybodys: WORKERS,
  name: 'finish_run',
  params: FINISH_PARAMS,
  row: { live_runs: 'int4?' },
  pipelined: true,
  text: `WITH ${FINISHED} SELECT (SELECT live_runs FROM conversation) AS live_runs FROM done`,
});

/** Apart from {@link FINISH}, since most runs leave nothing to do and every statement of theirs counts. */
const FINISH_AND_ENQUEUE = statement({
  anybodys: WORKERS,
  name: 'finish_run_and_enqueue',
  params: { ...FINISH_PARAMS, work: of<object[]>('jsonb') },
  row: { live_runs: 'int4?' },
  pipelined: true,
  text: `WITH ${FINISHED}, ${enqueuing('EXISTS (SELECT FROM done)')} SELECT (SELECT live_runs FROM conversation) AS live_runs FROM done`,
});

/** A worker on its way out: no loss, and the next claim may follow at once. */
const HAND_BACK = statement({
  anybodys: WORKERS,
  name: 'hand_back_run',
  params: FENCE,
  row: { id: 'uuid' },
  text: `UPDATE runs SET status = 'queued', worker_id = NULL, lease_until = NULL
WHERE ${IS_MINE} RETURNING id`,
});

const NEXT_IN_LINE = statement({
  anybodys: WORKERS,
  name: 'next_in_line',
  params: { conversationId: 'uuid' },
  row: { id: 'uuid' },
  text: `SELECT id FROM runs WHERE conversation_id = :conversationId AND status = 'queued' ORDER BY ordinal LIMIT 1`,
});

const UNANSWERED = statement({
  anybodys: WORKERS,
  name: 'unanswered_runs',
  params: { silenceMs: 'int4', max: 'int4' },
  row: { id: 'uuid', attempt: 'int4' },
  text: `SELECT id, attempt FROM runs
WHERE ((status = 'queued' AND created_at < now() - :silenceMs * interval '1 ms') OR (status = 'processing' AND lease_until < now()))
  AND NOT ${NOT_FIRST}
ORDER BY created_at LIMIT :max`,
});

/** A run that no worker ever had is over at once; of any other the worker is told. */
const REQUEST_CANCEL = ownedStatement({
  name: 'request_cancel',
  params: { runId: 'uuid', error: of<ErrorBody>('jsonb'), events: 'text' },
  row: { status: of<RunStatus>('run_status') },
  text: `WITH place AS (
  SELECT id FROM conversations WHERE id = (SELECT conversation_id FROM runs WHERE id = :runId) AND ${IS_SEEN} FOR NO KEY UPDATE),
asked AS (
  UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, now()),
    status = CASE WHEN status = 'queued' AND attempt = 0 THEN 'cancelled'::run_status ELSE status END,
    finished_at = CASE WHEN status = 'queued' AND attempt = 0 THEN now() END,
    error = CASE WHEN status = 'queued' AND attempt = 0 THEN :error END,
    events = CASE WHEN status = 'queued' AND attempt = 0 THEN :events END
  FROM place WHERE runs.id = :runId AND runs.conversation_id = place.id AND status IN ('queued', 'processing')
  RETURNING runs.conversation_id, status),
conversation AS (
  UPDATE conversations SET live_runs = live_runs - 1 FROM asked WHERE conversations.id = asked.conversation_id AND asked.status = 'cancelled')
SELECT status FROM asked`,
});

const FIND = ownedStatement({
  name: 'find_run',
  params: { runId: 'uuid' },
  row: {
    id: 'uuid',
    conversation_id: 'uuid',
    person: 'text',
    question_id: 'uuid',
    status: of<RunStatus>('run_status'),
    attempt: 'int4',
    channel: 'text',
    created_at: 'timestamptz',
    started_at: 'timestamptz?',
    finished_at: 'timestamptz?',
    outcome: of<Record<string, unknown> | null>('jsonb?'),
    error: of<ErrorBody | null>('jsonb?'),
    content: 'text',
  },
  text: `SELECT runs.id, runs.conversation_id, conversations.person, runs.question_id, runs.status, runs.attempt, runs.channel, runs.created_at, runs.started_at, runs.finished_at,
  runs.outcome, runs.error, messages.content FROM runs JOIN messages ON messages.id = runs.id JOIN conversations ON conversations.id = runs.conversation_id
WHERE runs.id = :runId AND ${IS_SEEN}`,
});
const LIVE_OF_CONVERSATION = ownedStatement({
  name: 'live_runs_of_conversation',
  params: { conversationId: 'uuid' },
  row: { id: 'uuid' },
  text: `SELECT id FROM runs WHERE conversation_id = :conversationId AND status IN ('queued', 'processing') AND ${IS_SEEN_BY_ITS_CONVERSATION}
ORDER BY ordinal DESC LIMIT 1000`,
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [
  RENEW,
  RESERVE,
  FINISH,
  FINISH_AND_ENQUEUE,
  HAND_BACK,
  NEXT_IN_LINE,
  UNANSWERED,
  REQUEST_CANCEL,
  FIND,
  LIVE_OF_CONVERSATION,
];

/** Every step of a run's life, each a single compare-and-set. Whoever lost the run changes nothing and learns so. */
export class RunsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes the run if it waits, or if its lease ran out, and if no earlier run of its conversation is still going. */
  async claim(runId: MessageId, claim: { workerId: string; leaseMs: number; threadMax: number }): Promise<ClaimedRun | null> {
    return claimRun(this.#database, runId, claim);
  }

  /** @returns of the given runs those that are still this worker's, and whether each is to be cancelled */
  async renew(workerId: string, leaseMs: number, held: readonly Held[]): Promise<ReadonlyMap<string, Renewal>> {
    const runIds = held.map(({ id }) => idToUuid(id as MessageId)); // only what this store claimed is held for it
    const rows = await this.#database.query(RENEW, { workerId, leaseMs, runIds, attempts: held.map(({ attempt }) => attempt) });
    return new Map(rows.map((row) => [uuidToId('msg', row.id), { cancelRequested: row.cancel_requested }]));
  }

  /** Raises the highest seq that may be published. @returns false where the run was lost */
  async reserve(fence: Fence, seq: number): Promise<boolean> {
    return (await this.#database.query(RESERVE, { ...toParams(fence), seq })).length === 1;
  }

  /**
   * Reply, terminal state and event log, together. An acceptance locks the conversation too: one that is not seen here comes after
   * this commit and rings for itself.
   * @returns whether others of the conversation wait; false where the run was lost: then nothing is written
   */
  async finish(fence: Fence, ending: Ending): Promise<{ readonly othersWait: boolean } | false> {
    const { work, ...params } = { ...toParams(fence), ...ending, ...turnParams(ending.content), ...spentParams(ending.spent) };
    const [row] = await (work.length === 0
      ? this.#database.query(FINISH, params)
      : this.#database.query(FINISH_AND_ENQUEUE, { ...params, work: toWorkParameter(work) }));
    return row ? { othersWait: row.live_runs !== 0 } : false;
  }

  /** Puts the run back in line at no cost. @returns false where it was lost */
  async handBack(fence: Fence): Promise<boolean> {
    return (await this.#database.query(HAND_BACK, toParams(fence))).length === 1;
  }

  /** The run whose turn it is in this conversation, if one waits. */
  async nextInLine(conversationId: ConversationId): Promise<MessageId | null> {
    const [row] = await this.#database.query(NEXT_IN_LINE, { conversationId: idToUuid(conversationId) });
    return row ? uuidToId('msg', row.id) : null;
  }

  /** Runs that could go on but that nobody took within `silenceMs`, and runs whose lease ran out. */
  async unanswered(silenceMs: number, max: number): Promise<Fence[]> {
    const rows = await this.#database.query(UNANSWERED, { silenceMs, max });
    return rows.map((row) => ({ runId: uuidToId('msg', row.id), attempt: row.attempt }));
  }

  /** @returns the state it is in now, or null where it was over already */
  async requestCancel(caller: Caller, runId: MessageId, error: ErrorBody, events: string): Promise<RunStatus | null> {
    const [row] = await this.#database.as(caller)(REQUEST_CANCEL, { runId: idToUuid(runId), error, events });
    return row?.status ?? null;
  }

  async find(caller: Caller, runId: MessageId): Promise<RunRecord | null> {
    const [row] = await this.#database.as(caller)(FIND, { runId: idToUuid(runId) });
    return row ? toRunRecord(row) : null;
  }

  /** What is queued or processing in a conversation, last in line first; at most 1000. */
  async liveRuns(caller: Caller, conversationId: ConversationId): Promise<MessageId[]> {
    const rows = await this.#database.as(caller)(LIVE_OF_CONVERSATION, { conversationId: idToUuid(conversationId) });
    return rows.map((row) => uuidToId('msg', row.id));
  }
}

function toParams(fence: Fence): { runId: string; attempt: number } {
  return { runId: idToUuid(fence.runId), attempt: fence.attempt };
}

function toRunRecord(row: Row<typeof FIND.owned.row>): RunRecord {
  return {
    id: uuidToId('msg', row.id),
    conversationId: uuidToId('conv', row.conversation_id),
    person: row.person,
    questionId: uuidToId('msg', row.question_id),
    channel: row.channel,
    status: row.status,
    attempt: row.attempt,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    content: row.content,
    outcome: row.outcome,
    error: row.error,
  };
}

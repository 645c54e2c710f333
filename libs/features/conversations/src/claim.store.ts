import { idToUuid, type Include, type MessageId, type Scope, uuidToId } from '@openclaw/words';
import { type Database, of, type Row, type Statement, statement } from '@openclaw/db';
import type { ClaimedRun, HistoryMessage } from './run.types.js';

/** Seqs that a claim reserves, so that a short reply needs no second reservation. */
const SEQS_AT_CLAIM = 64;
/** More text than this no window takes; the walk along the thread stops after the message that exceeds it. */
const THREAD_CHARACTERS_MAX = 2_000_000;

/** Compared by value and not by a join: where the line was changed while this statement waited for the row, Postgres looks again. */
const IS_FIRST = `ordinal = (
  SELECT min(live.ordinal) FROM runs live WHERE live.conversation_id = runs.conversation_id AND live.status IN ('queued', 'processing'))`;

/** How far a run is: what breaks a worker does it in the same place each time. */
const STEPS = '(SELECT count(*)::int FROM run_steps WHERE run_id = runs.id)';
/** A claim of what is processing takes it from a worker that is lost. */
const LOST = `losses = losses + (status = 'processing')::int,
    lost_step = CASE WHEN status = 'processing' THEN ${STEPS} ELSE lost_step END,
    losses_here = CASE WHEN status <> 'processing' THEN losses_here WHEN lost_step = ${STEPS} THEN losses_here + 1 ELSE 1 END,
    lost_alone = CASE WHEN status = 'processing'
      THEN coalesce((SELECT active <= 1 FROM processes WHERE processes.id = runs.worker_id), false) ELSE lost_alone END`;

const WORKERS = 'workers answer for everybody; what they may write is fenced by the attempt';
/**
 * Takes a run and reads its thread: at most `threadMax` messages, ending after the one that exceeds `charactersMax`. The walk goes from
 * the question towards the root. In a conversation of more than `threadMax` it ends where the summary begins to speak for what came
 * before: so the thread begins at the same message for many turns.
 */
const CLAIM = statement({
  anybodys: WORKERS,
  name: 'claim_run',
  params: { runId: 'uuid', workerId: 'text', leaseMs: 'int4', threadMax: 'int4', charactersMax: 'int4' },
  row: {
    conversation_id: 'uuid',
    person: 'text',
    attempt: 'int4',
    channel: 'text',
    token_id: 'text',
    scopes: of<Scope[]>('text[]'),
    request_id: 'text',
    created_at: 'timestamptz',
    claimed_at: 'timestamptz',
    cancel_requested: 'bool',
    losses: 'int4',
    losses_here: 'int4',
    lost_alone: 'bool',
    seq_reserved: 'int4',
    summary: 'text?',
    summary_through: 'uuid?',
    include: of<Include>('text[]'),
    has_earlier: 'bool',
    thread: of<ThreadRow[]>('json'),
  },
  pipelined: true,
  text: `WITH RECURSIVE claimed AS (
  UPDATE runs SET status = 'processing', attempt = attempt + 1, ${LOST},
    worker_id = :workerId, lease_until = clock_timestamp() + :leaseMs * interval '1 ms', started_at = coalesce(started_at, clock_timestamp()),
    seq_reserved = CASE WHEN attempt = 0 THEN ${String(SEQS_AT_CLAIM)} ELSE seq_reserved END
  WHERE id = :runId AND (status = 'queued' OR (status = 'processing' AND lease_until < clock_timestamp())) AND ${IS_FIRST}
  RETURNING *),
conversation AS (SELECT c.person, c.summary, c.summary_through, c.message_count FROM conversations c JOIN claimed ON c.id = claimed.conversation_id),
path AS (
  SELECT m.id, m.parent_id, m.role, m.content, m.metadata, 1 AS depth, length(m.content) AS characters
  FROM messages m JOIN claimed ON m.id = claimed.question_id
  UNION ALL
  SELECT m.id, m.parent_id, m.role, m.content, m.metadata, path.depth + 1, path.characters + length(m.content)
  FROM path JOIN messages m ON m.id = path.parent_id
  WHERE path.depth < :threadMax AND path.characters < :charactersMax AND m.id IS DISTINCT FROM (SELECT summary_through FROM conversation WHERE message_count > :threadMax))
SELECT claimed.conversation_id, (SELECT person FROM conversation) AS person, claimed.attempt, claimed.channel, claimed.token_id, claimed.scopes,
  claimed.request_id, claimed.created_at,
  clock_timestamp() AS claimed_at, claimed.cancel_requested_at IS NOT NULL AS cancel_requested, claimed.losses, claimed.losses_here,
  claimed.lost_alone, claimed.seq_reserved, claimed.include,
  (SELECT summary FROM conversation) AS summary, (SELECT summary_through FROM conversation) AS summary_through,
  (SELECT parent_id IS NOT NULL FROM path ORDER BY depth DESC LIMIT 1) AS has_earlier,
  (SELECT json_agg(json_build_object('id', path.id, 'role', role, 'content', content,
    'metadata', CASE WHEN depth = 1 THEN metadata ELSE '{}' END,
    'attachments', CASE WHEN jsonb_typeof(metadata->'attachments') = 'array' THEN jsonb_array_length(metadata->'attachments') ELSE 0 END,
    'run_channel', runs.channel, 'run_created_at', runs.created_at) ORDER BY depth DESC)
   FROM path LEFT JOIN runs ON runs.id = path.id) AS thread
FROM claimed`,
});

interface ThreadRow {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  metadata: Record<string, unknown>;
  attachments: number;
  /** Of the run that made a reply; null for a question. */
  run_channel: string | null;
  run_created_at: string | null;
}

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [CLAIM];

/** Takes the run if it waits, or if its lease ran out, and if no earlier run of its conversation is still going; else null. */
export async function claimRun(
  database: Database,
  runId: MessageId,
  claim: { workerId: string; leaseMs: number; threadMax: number },
): Promise<ClaimedRun | null> {
  const [row] = await database.query(CLAIM, { runId: idToUuid(runId), ...claim, charactersMax: THREAD_CHARACTERS_MAX });
  return row ? toClaimedRun(runId, row) : null;
}

function toClaimedRun(runId: MessageId, row: Row<typeof CLAIM.row>): ClaimedRun {
  return {
    runId,
    conversationId: uuidToId('conv', row.conversation_id),
    attempt: row.attempt,
    channel: row.channel,
    include: row.include,
    caller: { tokenId: row.token_id, scopes: row.scopes, person: row.person, sees: row.person, requestId: row.request_id },
    createdAt: row.created_at,
    claimedAt: row.claimed_at,
    cancelRequested: row.cancel_requested,
    losses: row.losses,
    lossesHere: row.losses_here,
    lostAlone: row.lost_alone,
    seqReserved: row.seq_reserved,
    hasEarlier: row.has_earlier,
    ...summaryOf(row),
    thread: row.thread.map((message, index) => toHistoryMessage(message, row.thread[index + 1], row)),
  };
}

/** A summary that speaks for nothing on this branch, and for nothing before it, is another branch's. */
function summaryOf(row: Row<typeof CLAIM.row>): Pick<ClaimedRun, 'summary' | 'covered'> {
  const covered = row.thread.findIndex(({ id }) => id === row.summary_through) + 1;
  return { summary: row.has_earlier || covered > 0 ? row.summary : null, covered };
}

function toHistoryMessage(
  { id, role, content, metadata, attachments }: ThreadRow,
  reply: ThreadRow | undefined,
  claimed: Row<typeof CLAIM.row>,
): HistoryMessage {
  const { run_created_at: at = claimed.created_at, run_channel: channel = claimed.channel } = reply ?? {};
  return {
    id: uuidToId('msg', id),
    role,
    content,
    metadata,
    attachments,
    asked: role === 'user' ? { at: new Date(at ?? claimed.created_at), channel: channel ?? claimed.channel } : null,
  };
}

import { type Query, type Statement, statement } from '@openclaw/db';
import { idToUuid } from '@openclaw/words';
import type { Acceptance, AcceptanceResult } from './acceptance.types.js';

const IN_ACCEPT = 'part of an acceptance that fails as a whole where the conversation is another person’s';
const LOCK_CONVERSATION = statement({
  anybodys: IN_ACCEPT,
  name: 'lock_conversation',
  params: { conversationId: 'uuid' },
  row: { head_id: 'uuid?' },
  text: 'SELECT head_id FROM conversations WHERE id = :conversationId FOR UPDATE',
});
/** No worker may take a run of this conversation, and none may finish, while the line is changed. */
const LOCK_LINE = statement({
  anybodys: IN_ACCEPT,
  name: 'lock_line',
  params: { conversationId: 'uuid' },
  row: { id: 'uuid' },
  text: `SELECT id FROM runs WHERE conversation_id = :conversationId AND status IN ('queued', 'processing') ORDER BY id FOR UPDATE`,
});
const CANCEL_PROCESSING = statement({
  anybodys: IN_ACCEPT,
  name: 'cancel_processing',
  params: { conversationId: 'uuid' },
  row: { id: 'uuid' },
  text: `UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, now())
WHERE conversation_id = :conversationId AND status = 'processing' RETURNING id`,
});
/** The first of those that wait, before the new run came. */
const FIRST_WAITING = statement({
  anybodys: IN_ACCEPT,
  name: 'first_waiting',
  params: { conversationId: 'uuid', runId: 'uuid' },
  row: { ordinal: 'int8', question_id: 'uuid', parent_id: 'uuid?', again: 'bool' },
  text: `SELECT runs.ordinal, runs.question_id, messages.parent_id,
  EXISTS (SELECT FROM runs other WHERE other.conversation_id = :conversationId AND other.question_id = runs.question_id AND other.id <> runs.id) AS again
FROM runs JOIN messages ON messages.id = runs.question_id
WHERE runs.conversation_id = :conversationId AND runs.status = 'queued' AND runs.id <> :runId ORDER BY runs.ordinal LIMIT 1`,
});
const JUMP_AHEAD = statement({
  anybodys: IN_ACCEPT,
  name: 'jump_ahead',
  params: { conversationId: 'uuid', runId: 'uuid', ordinal: 'int8' },
  text: `UPDATE runs SET ordinal = CASE WHEN id = :runId THEN :ordinal ELSE ordinal + 1 END
WHERE conversation_id = :conversationId AND status = 'queued' AND ordinal >= :ordinal`,
});
const MOVE_BELOW = statement({
  anybodys: IN_ACCEPT,
  name: 'move_below',
  params: { questionId: 'uuid', parentId: 'uuid?' },
  text: 'UPDATE messages SET parent_id = :parentId WHERE id = :questionId',
});
const SET_HEAD = statement({
  anybodys: IN_ACCEPT,
  name: 'set_head',
  params: { conversationId: 'uuid', headId: 'uuid?' },
  text: 'UPDATE conversations SET head_id = :headId WHERE id = :conversationId',
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [
  LOCK_CONVERSATION,
  LOCK_LINE,
  CANCEL_PROCESSING,
  FIRST_WAITING,
  JUMP_AHEAD,
  MOVE_BELOW,
  SET_HEAD,
];

/**
 * Stops what is being answered and goes before what waits: both the line and the thread are mended around the new message, which `write`
 * writes.
 */
export async function interrupt(query: Query, acceptance: Acceptance, write: () => Promise<AcceptanceResult>): Promise<AcceptanceResult> {
  const conversation = { conversationId: idToUuid(acceptance.conversationId) };
  const runId = idToUuid(acceptance.runId);
  const [before] = await query(LOCK_CONVERSATION, conversation);
  await query(LOCK_LINE, conversation);
  const [waiting] = await query(FIRST_WAITING, { ...conversation, runId });
  const result = await write();
  if (result.outcome !== 'accepted') return result;
  const [stopped] = await query(CANCEL_PROCESSING, conversation);
  if (waiting) {
    await query(JUMP_AHEAD, { ...conversation, runId, ordinal: waiting.ordinal });
    // A question that is answered again keeps its place in the tree: that answer is a branch.
    if (acceptance.parentId === null && 'content' in acceptance.question && !waiting.again) {
      await query(MOVE_BELOW, { questionId: idToUuid(acceptance.question.id), parentId: waiting.parent_id });
      await query(MOVE_BELOW, { questionId: waiting.question_id, parentId: runId });
      await query(SET_HEAD, { ...conversation, headId: before?.head_id ?? null });
    }
  }
  return { ...result, interruptedRunId: stopped?.id ?? null };
}

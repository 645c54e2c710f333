import type { RunEvent } from '@openclaw/words';
import type { ClaimedRun } from '@openclaw/conversations';

/**
 * The log after its pages as an attempt that takes over must continue it: what is known of it, and an empty `token` for each seq
 * that may have been published and is not known any more (Redis was emptied). The `restart` that follows voids the text anyway;
 * what matters is that no reader, wherever it stood, sees a gap or a seq twice.
 * @param base the seq up to which the log is in pages; `known` goes on directly after it
 */
export function earlierEvents(run: ClaimedRun, base: number, known: readonly RunEvent[], model: string): string[] {
  const envelope = { id: run.runId, conversation_id: run.conversationId };
  const events: RunEvent[] = [...known];
  if (base === 0 && events.length === 0 && run.seqReserved > 0) events.push({ type: 'start', ...envelope, seq: 1, attempt: 1, model });
  while (base + events.length < run.seqReserved) events.push({ type: 'token', ...envelope, seq: base + events.length + 1, content: '' });
  return events.map((event) => JSON.stringify(event));
}

import type { AnsweredRun } from '@openclaw/feature';
import { idSchema } from '@openclaw/words';
import { defineWork, type HandledWork, handleWork, type NewWork, newWork } from '@openclaw/work';
import { z } from 'zod';
import { type Describer, SUMMARISE_FROM } from './describer.js';

const payload = z.object({ conversation_id: idSchema('conv') });
const common = {
  payload,
  stored: [{ conversation_id: 'conv_01kb0000000000000000000000' }],
  policy: { lane: 'background', tries: 4, backoff: { firstMs: 10_000, maxMs: 300_000 }, timeoutMs: 90_000, lossesMax: 3 },
  key: ({ conversation_id }: z.output<typeof payload>) => conversation_id,
} as const;

const TITLE = defineWork({ name: 'conversations.title', ...common });
const SUMMARY = defineWork({ name: 'conversations.summary', ...common });

/** Title and summary: two kinds of work, so that neither waits for the other. */
export function describeConversations(describer: Describer): HandledWork[] {
  return [
    handleWork(TITLE, ({ conversation_id }, attempt) => describer.name(conversation_id, attempt)),
    handleWork(SUMMARY, ({ conversation_id }, attempt) => describer.summarise(conversation_id, attempt)),
  ];
}

/** Messages of a thread that has its second question, and its third: where the second failed there is another chance. */
const NAMED_AT: readonly number[] = [3, 5];

/** What a completed run leaves to do: a title by a model once there is a second question, a summary once the thread has grown. */
export function workAfterReply(run: AnsweredRun, asksForTitles: boolean): NewWork[] {
  const about = { conversation_id: run.conversationId };
  return [
    ...(asksForTitles && NAMED_AT.includes(run.thread.length) && !run.hasEarlier ? [newWork(TITLE, about, run.caller)] : []),
    ...(run.thread.length - run.covered >= SUMMARISE_FROM ? [newWork(SUMMARY, about, run.caller)] : []),
  ];
}

import { cutGraphemes } from '@openclaw/words';
import type { RunContext } from '@openclaw/context';
import type { ClaimedRun, OutlineMessage } from '@openclaw/conversations';
import type { ModelMessage, UserPart } from '@openclaw/models';

export interface ContextSources {
  /** The agent's character; empty for the default one. */
  readonly soul: string;
  /** The time now and its zone, in words. */
  readonly time: string;
  /** What earlier turns, beyond the thread, say on the question. */
  readonly excerpts: readonly OutlineMessage[];
  /** The question's attachments, loaded. */
  readonly attachments: readonly UserPart[];
}

const DEFAULT_SOUL = 'You are a personal assistant. You are concise, warm and honest; you say so when you do not know something.';
const EXCERPT_CHARACTERS = 600;

/** soul, time and channel ─ summary and excerpts ─ the thread: what the model answers from, part by part. Pure. */
export function buildContext(run: ClaimedRun, sources: ContextSources): RunContext {
  return {
    system: systemPrompt(run, sources),
    background: background(run, sources.excerpts),
    thread: run.thread.flatMap((message, index) => toModelMessage(message, index === run.thread.length - 1 ? sources.attachments : [])),
  };
}

function systemPrompt(run: ClaimedRun, { soul, time }: ContextSources): string {
  return `${soul.trim() || DEFAULT_SOUL}\n\nIt is ${time}. This message came through the channel "${run.channel}".`;
}

function background(run: ClaimedRun, excerpts: readonly OutlineMessage[]): string | null {
  const lines = excerpts.map(({ role, content }) => `- ${role === 'user' ? 'They' : 'You'} said: ${cutGraphemes(content, EXCERPT_CHARACTERS)}`);
  const parts = [
    ...(lines.length > 0 ? [`Earlier in this conversation, on this question:\n${lines.join('\n')}`] : []),
    ...(run.summary === null ? [] : [`Summary of this conversation before the messages below:\n${run.summary}`]),
  ];
  return parts.length === 0 ? null : parts.join('\n\n');
}

/** Replies that never came to be leave no turn behind. */
function toModelMessage(message: ClaimedRun['thread'][number], attachments: readonly UserPart[]): ModelMessage[] {
  if (message.role === 'assistant') return message.content === '' ? [] : [{ role: 'assistant', text: message.content, calls: [] }];
  const files = message.attachmentNames.length === 0 ? '' : `\n[attached then: ${message.attachmentNames.join(', ')}]`;
  return [{ role: 'user', parts: [{ type: 'text', text: `${message.content}${files}` }, ...attachments] }];
}

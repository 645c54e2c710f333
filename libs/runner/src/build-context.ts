import type { ClaimedRun } from '@openclaw/conversations';
import type { ModelMessage } from '@openclaw/models';

export interface ContextSources {
  /** The agent's character; empty for the default one. */
  readonly soul: string;
  readonly now: Date;
  readonly timeZone: string;
}

const DEFAULT_SOUL = 'You are a personal assistant. You are concise, warm and honest; you say so when you do not know something.';

/** soul, time and channel, then the thread: what the model is given to answer from. Pure. */
export function buildContext(run: ClaimedRun, sources: ContextSources): ModelMessage[] {
  return [{ role: 'system', text: systemPrompt(run, sources) }, ...run.thread.flatMap(toModelMessage)];
}

function systemPrompt(run: ClaimedRun, { soul, now, timeZone }: ContextSources): string {
  const time = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone }).format(now);
  return `${soul.trim() || DEFAULT_SOUL}\n\nIt is ${time} (${timeZone}). This message came through the channel "${run.channel}".`;
}

/** Replies that never came to be leave no turn behind. */
function toModelMessage(message: ClaimedRun['thread'][number]): ModelMessage[] {
  if (message.role === 'user') return [{ role: 'user', parts: [{ type: 'text', text: message.content }] }];
  return message.content === '' ? [] : [{ role: 'assistant', text: message.content, calls: [] }];
}

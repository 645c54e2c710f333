import { cutGraphemes, isBlank, type MessageId } from '@openclaw/words';
import type { RunContext } from '@openclaw/context';
import type { ClaimedRun, HistoryMessage, OutlineMessage } from '@openclaw/conversations';
import type { ModelMessage, UserPart } from '@openclaw/language-model';

export interface ContextSources {
  /** The agent's character; empty for the default one. */
  readonly soul: string;
  /** A time in words, with its zone. */
  readonly timeOf: (time: Date) => string;
  /** What earlier turns, beyond the thread, say on the question. */
  readonly excerpts: readonly OutlineMessage[];
  /** What came with messages, as parts of them. */
  readonly files: ReadonlyMap<MessageId, readonly UserPart[]>;
}

const DEFAULT_SOUL = 'You are a personal assistant. You are concise, warm and honest; you say so when you do not know something.';
const NOTES = 'Each message ends with a note in brackets that the system adds: when it was sent, and through which channel. The newest note tells the time now. Do not write such notes yourself.';
const EXCERPT_CHARACTERS = 600;

/**
 * soul ─ summary ─ the thread, each question with its note ─ what was found on the newest
 *
 * What the model answers from, part by part. Pure: a turn that was rendered once comes out the same in every later request, and what is
 * for one request only stands last, so that a provider finds the rest in its cache.
 */
export function buildContext(run: ClaimedRun, sources: ContextSources): RunContext {
  const from = run.hasEarlier ? run.covered : 0;
  const thread = run.thread.slice(from);
  return {
    system: `${sources.soul.trim() || DEFAULT_SOUL}\n\n${NOTES}`,
    summary: run.summary,
    covered: run.covered - from,
    hasEarlier: run.hasEarlier,
    thread: thread.flatMap((message, index) => toModelMessage(message, index === thread.length - 1, sources)),
    shown: [],
  };
}

/** Replies that never came to be leave no turn behind. */
function toModelMessage(message: HistoryMessage, isQuestion: boolean, sources: ContextSources): ModelMessage[] {
  if (message.role === 'assistant') return isBlank(message.content) ? [] : [{ role: 'assistant', text: message.content, calls: [] }];
  const parts: UserPart[] = [{ type: 'text', text: message.content }, ...(sources.files.get(message.id) ?? [])];
  return [{ role: 'user', parts, ...noteOf(message, sources), ...(isQuestion ? findsOf(sources.excerpts) : {}) }];
}

function noteOf({ asked }: HistoryMessage, { timeOf }: ContextSources): { note?: string } {
  return asked ? { note: `[Sent on ${timeOf(asked.at)}, channel "${asked.channel}"]` } : {};
}

function findsOf(excerpts: readonly OutlineMessage[]): { finds?: string } {
  if (excerpts.length === 0) return {};
  const lines = excerpts.map(({ role, content }) => `- ${role === 'user' ? 'They' : 'You'} said: ${cutGraphemes(content, EXCERPT_CHARACTERS)}`);
  return { finds: `[Earlier in this conversation, on this question:\n${lines.join('\n')}]` };
}

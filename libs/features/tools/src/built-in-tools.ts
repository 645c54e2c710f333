import { defineTool, describeInput, type Tool } from '@openclaw/agent';
import { type Caller, type ConversationId, deriveId, isTimeZone, type MessageId } from '@openclaw/words';
import type { MemoryStore } from '@openclaw/memory';
import { z } from 'zod';

/** What the tools of one run know of it. */
export interface ToolContext {
  /** On whose behalf: what a tool reads and writes is that person's. */
  readonly caller: Caller;
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  readonly memory: MemoryStore;
}

const RECALL_MAX = 5;
const MEMORY_CHARACTERS_MAX = 4000;
const CURRENT_TIME = describeInput(z.strictObject({ time_zone: z.string().max(64).default('UTC').refine(isTimeZone, { error: 'is not a time zone' }) }));
const REMEMBER = describeInput(z.strictObject({ content: z.string().trim().min(1).max(MEMORY_CHARACTERS_MAX) }));
const RECALL = describeInput(z.strictObject({ query: z.string().trim().min(1).max(1000) }));

/** Every tool the agent has. A new one is a function in this room and a line in this list. */
export function builtInTools(context: ToolContext): readonly Tool[] {
  return [currentTime(), remember(context), recall(context)];
}

function currentTime(): Tool {
  return defineTool({
    name: 'current_time',
    description: 'The date and time now, in a time zone of the IANA database.',
    ...CURRENT_TIME,
    retry: 'safe',
    readOnly: true,
    execute: async ({ time_zone }) => Promise.resolve(formatTime(new Date(), time_zone)),
  });
}

function remember({ caller, memory, runId, conversationId }: ToolContext): Tool {
  return defineTool({
    name: 'remember',
    description: 'Keeps a fact for later conversations. State it so that it makes sense on its own.',
    ...REMEMBER,
    // The same call writes the same memory: repeated, it changes nothing.
    retry: 'safe',
    execute: async ({ content }, call) => {
      await memory.remember(caller, deriveId('mem', runId, call.callId), content, conversationId);
      return `Remembered: ${content}`;
    },
  });
}

function recall({ caller, memory }: ToolContext): Tool {
  return defineTool({
    name: 'recall',
    description: 'Searches what was remembered, by words.',
    ...RECALL,
    retry: 'safe',
    readOnly: true,
    execute: async ({ query }) => {
      const memories = await memory.recall(caller, query, RECALL_MAX);
      if (memories.length === 0) return 'Nothing is remembered about that.';
      return memories.map(({ content, createdAt }) => `- ${content} (${createdAt.toISOString().slice(0, 10)})`).join('\n');
    },
  });
}

function formatTime(now: Date, timeZone: string): string {
  const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone }).format(now);
  return `${local} (${now.toISOString()})`;
}

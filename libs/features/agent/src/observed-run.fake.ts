import type { RunEventDraft } from '@openclaw/words';
import type { ModelClient, ModelMessage } from '@openclaw/language-model';
import { ScriptedModel, type ScriptedStep } from '@openclaw/models/testing';
import { z } from 'zod';
import type { AgentLimits, AgentOutcome, AgentRun } from './agent-run.types.js';
import { defineTool, type Tool, type ToolOutput } from '@openclaw/feature';
import { MemoryJournal } from './memory-journal.fake.js';
import { runAgent } from './run-agent.js';

export const LIMITS: AgentLimits = {
  turnsMax: 6,
  runTimeoutMs: 20_000,
  toolTimeoutMs: 5_000,
  toolResultCharacters: 1_000,
  toolArgumentsCharacters: 5_000,
  callsPerTurnMax: 4,
  turnCharactersMax: 10_000,
};

/** A tool that takes a text and answers with what `execute` makes of it. */
export function tool(
  name: string,
  execute: (text: string, signal: AbortSignal) => ToolOutput | Promise<ToolOutput>,
  rest: Partial<Pick<Tool, 'retry' | 'timeoutMs'>> = {},
): Tool {
  return defineTool({
    name,
    description: `does ${name}`,
    input: z.strictObject({ text: z.string().default('') }),
    scope: 'message',
    retry: 'report',
    ...rest,
    execute: async ({ text }, _call, signal) => execute(text, signal),
  });
}

/** A run whose events can be looked at. */
export interface Observed {
  readonly outcome: AgentOutcome;
  readonly events: readonly RunEventDraft[];
  readonly journal: MemoryJournal;
}

export type Given = Partial<Omit<AgentRun, 'model' | 'journal'>> & { readonly model?: ModelClient; readonly journal?: MemoryJournal };

/** Runs the agent on a question against a script. */
export async function run(turns: readonly (readonly ScriptedStep[])[], given: Given = {}): Promise<Observed> {
  const events: RunEventDraft[] = [];
  const journal = given.journal ?? new MemoryJournal();
  const outcome = await runAgent({
    run: { id: 'msg_1', attempt: 1 },
    messages: [question('go')],
    model: new ScriptedModel(turns),
    tools: [],
    signal: new AbortController().signal,
    limits: LIMITS,
    ...given,
    journal,
    emit: (event) => {
      events.push(event);
      given.emit?.(event);
    },
  });
  return { outcome, events, journal };
}

/** A user's message. */
export function question(text: string): ModelMessage {
  return { role: 'user', parts: [{ type: 'text', text }] };
}

/** Events in one line each, for comparing sequences: `token Hel`, `call echo`, `result echo completed`, `restart`. */
export function told(events: readonly RunEventDraft[]): string[] {
  return events.map((event) => {
    switch (event.type) {
      case 'token':
      case 'thinking':
        return `${event.type} ${event.content}`;
      case 'skill_call':
        return `call ${event.skill}`;
      case 'skill_result':
        return `result ${event.skill} ${event.status}`;
      case 'attachment':
        return `attachment ${event.attachment.name}`;
      case 'start':
      case 'restart':
      case 'end':
      case 'error':
        return event.type;
    }
  });
}

/** The text that a reader has after these events. */
export function textOf(events: readonly RunEventDraft[]): string {
  const since = events.slice(events.findLastIndex(({ type }) => type === 'restart') + 1);
  return since.flatMap((event) => (event.type === 'token' ? [event.content] : [])).join('');
}

/** Whether every call in the conversation is directly followed by its results, in order, and no result stands alone. */
export function isConsistent(messages: readonly ModelMessage[]): boolean {
  const expected = messages.flatMap((message): unknown[] => {
    if (message.role === 'tool') return [];
    return message.role === 'assistant' ? [message, ...message.calls.map(({ callId }) => callId)] : [message];
  });
  const found = messages.map((message) => (message.role === 'tool' ? message.callId : message));
  return expected.length === found.length && expected.every((item, index) => item === found[index]);
}

import { type Tool, type ToolRun, Trust } from '@openclaw/feature';
import type { UserPart } from '@openclaw/language-model';
import type { MadeFile } from '@openclaw/words';
import { GATEWAY } from './callers.js';
import type { Asked } from './run-stage.js';

/** What the tools of the run of that message know. */
export function toolRun(
  { runId, conversationId, questionId }: Asked,
  show: (part: UserPart) => void = () => undefined,
  give: (file: MadeFile) => void = () => undefined,
): ToolRun {
  return { caller: GATEWAY, runId, conversationId, channel: 'api', timeZone: 'UTC', seen: [questionId], trust: new Trust(), show, give };
}

/** The tool of that name, which must be there. */
export function named(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find(({ definition }) => definition.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
}

/** Calls a tool as the agent loop does and gives the text of its result. */
export async function callTool(tool: Tool, args: unknown, run: ToolRun, callId = 'call_1'): Promise<string> {
  const output = await tool.execute(
    tool.input.parse(args),
    { callId, idempotencyKey: `${run.runId}:${callId}` },
    new AbortController().signal,
  );
  return typeof output === 'string' ? output : output.text;
}

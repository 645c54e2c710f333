import { cutJson, findUnsafeJson, toIssues } from '@openclaw/words';
import type { ToolCall } from '@openclaw/language-model';
import type { AgentRun } from './agent-run.types.js';
import type { Tool } from '@openclaw/feature';

const NAMES_MAX = 50;
/** What an event shows of a call's arguments. */
const SHOWN_CHARACTERS = 8000;

export interface ParsedArguments {
  /** What the tool is given once it is validated: the value, or the text as the model wrote it where that is no plain JSON. */
  readonly value: unknown;
  /** Why the arguments cannot be used; null where they can. */
  readonly problem: string | null;
}

/** The arguments as JSON; nothing at all counts as `{}`, as models write it for tools without parameters. What is too long is not read. */
export function parseArguments(argumentsJson: string, charactersMax: number): ParsedArguments {
  if (argumentsJson.length > charactersMax) {
    const problem = `they are longer than ${String(charactersMax)} characters (agent.tool_arguments_characters)`;
    return { value: `[${problem}]`, problem };
  }
  if (argumentsJson.trim() === '') return { value: {}, problem: null };
  try {
    const value: unknown = JSON.parse(argumentsJson);
    const unsafe = findUnsafeJson(value);
    return unsafe ? { value: argumentsJson, problem: `${unsafe.path || 'the value'} ${unsafe.message}` } : { value, problem: null };
  } catch (error) {
    if (error instanceof SyntaxError) return { value: argumentsJson, problem: `they are not valid JSON: ${error.message}` };
    throw error;
  }
}

/** The arguments as events show them: what is long is cut, before anybody looks for secrets in it. */
export function showArguments(argumentsJson: string, charactersMax: number): unknown {
  return cutJson(parseArguments(argumentsJson, charactersMax).value, SHOWN_CHARACTERS);
}

/** The tool a call means and its validated arguments, or what to tell the model so that it can do better. */
export function readCall(
  call: ToolCall,
  { tools, limits }: Pick<AgentRun, 'tools' | 'limits'>,
): { readonly tool: Tool; readonly args: unknown } | { readonly problem: string } {
  const tool = tools.find(({ definition }) => definition.name === call.name) ?? tools.find(({ aliases }) => aliases?.includes(call.name));
  if (!tool) return { problem: `There is no tool named ${call.name}. ${namesOf(tools)}` };
  const { value, problem } = parseArguments(call.argumentsJson, limits.toolArgumentsCharacters);
  if (problem !== null) return { problem: invalid([problem]) };
  const parsed = tool.input.safeParse(value);
  if (parsed.success) return { tool, args: parsed.data };
  return { problem: invalid(toIssues(parsed.error).map(({ path, message }) => `${path || 'the arguments'}: ${message}`)) };
}

function invalid(problems: readonly string[]): string {
  return `The arguments were not accepted: ${problems.join('; ')}. Correct them and call again.`;
}

function namesOf(tools: readonly Tool[]): string {
  if (tools.length === 0) return 'No tools are available.';
  const names = tools.slice(0, NAMES_MAX).map(({ definition }) => definition.name);
  return `Available: ${names.join(', ')}${tools.length > NAMES_MAX ? ', …' : ''}.`;
}

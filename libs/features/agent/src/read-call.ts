import { findUnsafeJson, toIssues } from '@openclaw/words';
import type { ToolCall } from '@openclaw/models';
import type { Tool } from './tool.types.js';

const NAMES_MAX = 50;

export interface ParsedArguments {
  /** What events show: the value, or the text as the model wrote it where that is no plain JSON. */
  readonly shown: unknown;
  /** Why the arguments cannot be used; null where they can. */
  readonly problem: string | null;
}

/** The arguments as JSON; nothing at all counts as `{}`, as models write it for tools without parameters. */
export function parseArguments(argumentsJson: string): ParsedArguments {
  if (argumentsJson.trim() === '') return { shown: {}, problem: null };
  try {
    const value: unknown = JSON.parse(argumentsJson);
    const unsafe = findUnsafeJson(value);
    return unsafe ? { shown: argumentsJson, problem: `${unsafe.path || 'the value'} ${unsafe.message}` } : { shown: value, problem: null };
  } catch (error) {
    if (error instanceof SyntaxError) return { shown: argumentsJson, problem: `they are not valid JSON: ${error.message}` };
    throw error;
  }
}

/** The tool a call means and its validated arguments, or what to tell the model so that it can do better. */
export function readCall(call: ToolCall, tools: readonly Tool[]): { readonly tool: Tool; readonly args: unknown } | { readonly problem: string } {
  const tool = tools.find(({ definition }) => definition.name === call.name);
  if (!tool) return { problem: `There is no tool named ${call.name}. ${namesOf(tools)}` };
  const { shown, problem } = parseArguments(call.argumentsJson);
  if (problem !== null) return { problem: invalid([problem]) };
  const parsed = tool.input.safeParse(shown);
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

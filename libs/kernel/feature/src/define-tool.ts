import type { ToolDefinition } from '@openclaw/language-model';
import { z } from 'zod';
import type { Tool, ToolInvocation, ToolOutput } from './tool.types.js';

export interface ToolSpecification<S extends z.ZodObject> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly input: S;
  /** What {@link describeInput} made of `input`; where it is left out, that is done again each time. */
  readonly inputSchema?: ToolDefinition['inputSchema'];
  readonly scope: Tool['scope'];
  readonly retry: Tool['retry'];
  readonly readOnly?: boolean;
  readonly ownWords?: boolean;
  readonly timeoutMs?: number;
  execute(args: z.output<S>, call: ToolInvocation, signal: AbortSignal): Promise<ToolOutput>;
}

/** A tool whose JSON Schema for the model and whose validation come from one zod schema. */
export function defineTool<S extends z.ZodObject>(specification: ToolSpecification<S>): Tool {
  const {
    name,
    aliases,
    description,
    input,
    scope,
    retry,
    readOnly,
    ownWords,
    timeoutMs,
    inputSchema = describeInput(input).inputSchema,
  } = specification;
  return {
    scope,
    retry,
    ...(aliases === undefined ? {} : { aliases }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(ownWords === undefined ? {} : { ownWords }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    definition: { name, description, inputSchema },
    input,
    execute: (args, call, signal) => specification.execute(args as z.output<S>, call, signal), // the loop passes what `input` returned
  };
}

/**
 * Arguments as zod validates them and as the model is told of them. For tools that are defined anew for each run: this part need not be.
 */
export function describeInput<S extends z.ZodObject>(input: S): { readonly input: S; readonly inputSchema: ToolDefinition['inputSchema'] } {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(input, { io: 'input', target: 'draft-7' });
  return { input, inputSchema };
}

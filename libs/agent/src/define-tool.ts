import { z } from 'zod';
import type { Tool, ToolInvocation, ToolOutput } from './tool.types.js';

export interface ToolSpecification<S extends z.ZodObject> {
  readonly name: string;
  readonly description: string;
  readonly input: S;
  readonly retry: Tool['retry'];
  readonly readOnly?: boolean;
  readonly timeoutMs?: number;
  execute(args: z.output<S>, call: ToolInvocation, signal: AbortSignal): Promise<ToolOutput>;
}

/** A tool whose JSON Schema for the model and whose validation come from one zod schema. */
export function defineTool<S extends z.ZodObject>(specification: ToolSpecification<S>): Tool {
  const { name, description, input, execute, ...rest } = specification;
  const { $schema: _, ...inputSchema } = z.toJSONSchema(input, { io: 'input', target: 'draft-7' });
  return {
    ...rest,
    definition: { name, description, inputSchema },
    input,
    execute: (args, call, signal) => execute.call(specification, args as z.output<S>, call, signal), // the loop passes what `input` returned
  };
}

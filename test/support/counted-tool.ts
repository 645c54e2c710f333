import { defineTool, type Tool, type ToolInvocation } from '@openclaw/feature';
import { z } from 'zod';

/** A tool whose effect is to be counted; it ends when the test lets it. */
export function effect(retry: Tool['retry']): { tool: Tool; calls: ToolInvocation[]; began: Promise<unknown>; release: () => void } {
  const calls: ToolInvocation[] = [];
  const [began, released] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const tool = defineTool({
    name: 'pay',
    description: 'Pays.',
    input: z.strictObject({}),
    scope: 'message',
    retry,
    execute: async (_args, call) => {
      calls.push(call);
      began.resolve(undefined);
      await released.promise;
      return 'paid';
    },
  });
  return {
    tool,
    calls,
    began: began.promise,
    release: () => {
      released.resolve(undefined);
    },
  };
}

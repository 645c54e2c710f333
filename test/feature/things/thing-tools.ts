import { defineTool, type Tool, type ToolRun } from '@openclaw/feature';
import { z } from 'zod';
import type { ThingsStore } from './things.store.js';

export const thingTools = ({ caller }: ToolRun, things: ThingsStore): readonly Tool[] => [
  defineTool({
    name: 'keep_thing',
    description: 'Keeps a thing by its name.',
    input: z.strictObject({ id: z.uuid(), name: z.string().min(1).max(100) }),
    scope: 'message',
    retry: 'safe',
    execute: async (thing) => {
      await things.keep(caller, thing);
      return `Kept: ${thing.name}`;
    },
  }),
];

import { defineTool, describeInput, PIECE_CHARACTERS, tellPiece, type Tool, type ToolRun } from '@openclaw/feature';
import { z } from 'zod';
import { READ_FILE } from './attached-file.types.js';
import type { ConversationFiles } from './conversation-files.js';

const NAMES_MAX = 20;
const INPUT = describeInput(
  z.strictObject({
    name: z.string().min(1).max(300),
    from: z.number().int().min(0).max(10_000_000).default(0).describe('Characters to skip'),
  }),
);

/** Reads again what was attached in the run's own conversation. */
export function readFile({ caller, conversationId, show }: ToolRun, files: ConversationFiles): Tool {
  return defineTool({
    name: READ_FILE,
    description: 'Reads a file that was attached in this conversation again, by its name: text piece by piece, a picture by showing it.',
    ...INPUT,
    scope: 'message',
    retry: 'safe',
    readOnly: true,
    execute: async ({ name, from }) => {
      const found = await files.read(caller, conversationId, name, { from, length: PIECE_CHARACTERS });
      switch (found.kind) {
        case 'text':
          return tellPiece(found.text, found.hasMore ? found.to : null);
        case 'image':
          show(found.part);
          return 'It is shown with the question now.';
        case 'none':
          return { text: noSuchFile(found.names), failed: true };
      }
    },
  });
}

function noSuchFile(names: readonly string[]): string {
  if (names.length === 0) return 'No file was attached in this conversation.';
  return `There is no such file. Attached: ${names
    .slice(0, NAMES_MAX)
    .map((name) => JSON.stringify(name))
    .join(', ')}${names.length > NAMES_MAX ? ', …' : ''}.`;
}

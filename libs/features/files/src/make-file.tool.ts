import { createHash } from 'node:crypto';
import { deriveId, fileNameSchema, type MadeFile } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { defineTool, describeInput, invalid, type Tool, type ToolRun } from '@openclaw/feature';
import { z } from 'zod';
import type { AttachmentsStore } from './attachments.store.js';
import type { FilesStore } from './files.store.js';
import { sizeOf } from './size-of.js';

export interface MakeFileParts {
  readonly uploads: FilesStore;
  /** Where `read_file` finds it again. */
  readonly store: AttachmentsStore;
  /** Of all files of a person. */
  readonly personBytesMax: () => number;
}

/** By the end of a name; all else is plain text. A page is one to whoever opens it, and never in this gateway's name. */
const TYPES: Readonly<Record<string, string>> = { md: 'text/markdown', csv: 'text/csv', html: 'text/html', json: 'application/json' };
const CHARACTERS_MAX = 100_000;
/** The pattern of a name is none that every provider takes: it is looked at when the tool is called. */
const INPUT = describeInput(
  z.strictObject({
    name: z.string().min(1).max(255).describe('With its extension, without a path'),
    content: z.string().min(1).max(CHARACTERS_MAX),
  }),
);
const DESCRIPTION = `Makes a text file and gives it to the person with your reply: for what they keep or open elsewhere, such as a document, a table as CSV, or code. It is theirs at once; do not repeat what it holds.`;

/** Makes a file that comes with the reply. Its id follows from the call: the same call makes it once, whoever takes the run over. */
export function makeFile({ caller, runId, give }: ToolRun, { uploads, store, personBytesMax }: MakeFileParts): Tool {
  return defineTool({
    name: 'make_file',
    description: DESCRIPTION,
    ...INPUT,
    scope: 'message',
    retry: 'safe',
    ownWords: true,
    execute: async ({ name, content }, { callId }) => {
      if (!fileNameSchema.safeParse(name).success)
        throw invalid([{ path: 'name', message: 'must be a name without a path and control characters' }]);
      const data = Buffer.from(content.toWellFormed());
      const id = deriveId('file', runId, callId);
      const file: MadeFile = { id, name, media_type: typeOf(name), size: data.byteLength };
      const whole = {
        name,
        mediaType: file.media_type,
        charset: 'utf-8',
        size: data.byteLength,
        sha256: createHash('sha256').update(data).digest(),
        data,
      };
      const outcome = await uploads.make(caller, id, runId, { ...whole, personMax: personBytesMax() });
      if (outcome === 'no room')
        throw new Fault('forbidden', `There is no room for it: files of one person take ${sizeOf(personBytesMax())} at most.`);
      if (outcome === 'gone') throw new Fault('not_found', 'The conversation is gone.');
      const position = (await uploads.madeFor(runId)).findIndex((made) => made.id === id);
      await store.put(
        { messageId: runId, position },
        { kind: 'text', name, mediaType: file.media_type, text: content, characters: content.length, gap: null },
      );
      give(file);
      return `Made ${JSON.stringify(name)}, ${sizeOf(data.byteLength)}. It comes with your reply.`;
    },
  });
}

function typeOf(name: string): string {
  const [, extension = ''] = /\.([a-z0-9]+)$/i.exec(name) ?? [];
  return TYPES[extension.toLowerCase()] ?? 'text/plain';
}

import { boundaryBefore } from '@openclaw/words';
import type { UserPart } from '@openclaw/language-model';
import { type AttachedFile, READ_FILE } from './attached-file.types.js';
import { sizeOf } from './size-of.js';

/** What is known of a file without its content. */
export interface FileHead {
  readonly kind: AttachedFile['kind'];
  readonly name: string;
  readonly mediaType: string;
  readonly characters: number;
  readonly bytes: number;
}

/**
 * A file as what a model is given: an image as it is, text between tags that name the file. The same file always comes out the same.
 * @param charactersMax of the text of one file that are shown
 */
export function renderFile(file: AttachedFile, charactersMax: number): UserPart {
  switch (file.kind) {
    case 'missing':
      return { type: 'text', text: `[The attachment ${JSON.stringify(file.name)} is missing: ${file.reason}.]` };
    case 'image': {
      const { name, mediaType, data } = file;
      return {
        type: 'image',
        name,
        mediaType,
        data,
        stub: stubOf({ kind: 'image', name, mediaType, characters: 0, bytes: data.byteLength }),
      };
    }
    case 'text': {
      const { name, mediaType, text, characters, gap } = file;
      const shown = text.slice(0, boundaryBefore(text, charactersMax));
      const isWhole = characters <= charactersMax && gap === null;
      const note = isWhole ? '' : `\n${cutNote(file, Math.min(charactersMax, characters))}`;
      return {
        type: 'text',
        name,
        text: `${enclose(name, mediaType, shown)}${note}`,
        stub: stubOf({ kind: 'text', name, mediaType, characters, bytes: 0 }),
      };
    }
  }
}

/** What stands for a file where it is not shown. */
export function stubOf({ kind, name, mediaType, characters, bytes }: FileHead): string {
  if (kind === 'missing') return `[The attachment ${JSON.stringify(name)} is missing.]`;
  const size = kind === 'image' ? sizeOf(bytes) : `${String(characters)} characters`;
  return `[Attached: ${JSON.stringify(name)} (${mediaType}, ${size}). It is not shown here; ${READ_FILE} shows it.]`;
}

function cutNote({ characters, gap }: Extract<AttachedFile, { kind: 'text' }>, shown: number): string {
  if (shown === characters) return `[Cut: ${gap ?? ''}.]`;
  return `[Cut: ${String(shown)} of ${String(characters)} characters are shown; ${READ_FILE} shows the rest${gap === null ? '' : `, and ${gap}`}.]`;
}

/** The tags tell the model where the file ends and the person goes on; so a file must not be able to close them. */
function enclose(name: string, mediaType: string, text: string): string {
  const inert = text.replaceAll(/<(?=\/attachment)/gi, '&lt;');
  return `<attachment name="${attribute(name)}" type="${mediaType}">\n${inert}\n</attachment>`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

import { parseMediaType } from '@openclaw/words';
import { fileTypeFromBuffer } from 'file-type';
import { MissingError } from './missing-error.js';
import { readText } from './read-text.js';
import { sniffMediaType } from './sniff-media-type.js';

/** What a file is. */
export interface DetectedType {
  readonly mediaType: string;
  /** Of text whose sender named one. */
  readonly charset: string | null;
  /** For a name where there is none; with its dot, or empty. */
  readonly extension: string;
}

/** As much of a file's beginning as its type is told by. */
export const HEAD_BYTES = 4100;

const BINARY = 'application/octet-stream';
const JSON_TYPE = 'application/json';
/** Text like other text: a page, a picture, a feed. */
const XML_TYPE = 'application/xml';

/**
 * What the first bytes of a file say it is: one of the types that go to models, one of those that `file-type` knows, text, or anything.
 * What its sender says tells text from text, and nothing else: HTML that is declared a picture is text.
 */
export async function detectType(head: Uint8Array, declaredType: string | undefined): Promise<DetectedType> {
  const attachable = sniffMediaType(head);
  if (attachable !== null) return { mediaType: attachable, charset: null, extension: `.${attachable.split('/')[1] ?? ''}` };
  const found = await fileTypeFromBuffer(head);
  if (found && found.mime !== XML_TYPE) return { mediaType: found.mime, charset: null, extension: `.${found.ext}` };
  const { essence, charset } = parseMediaType(declaredType ?? '') ?? { essence: '', charset: null };
  return isText(head, charset) ? textType(essence, charset) : { mediaType: BINARY, charset: null, extension: '' };
}

function textType(declared: string, charset: string | null): DetectedType {
  if (declared === JSON_TYPE) return { mediaType: declared, charset, extension: '.json' };
  return { mediaType: declared.startsWith('text/') ? declared : 'text/plain', charset, extension: '.txt' };
}

/** A head may end within a character: what is read of it is a little less. */
function isText(head: Uint8Array, charset: string | null): boolean {
  try {
    readText(head, charset, Math.max(1, Math.floor(head.byteLength / 4) - 1));
    return true;
  } catch (error) {
    if (error instanceof MissingError) return false;
    throw error;
  }
}

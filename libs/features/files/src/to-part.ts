import { boundaryBefore, type MediaType } from '@openclaw/words';
import type { UserPart } from '@openclaw/models';
import { MissingError } from './missing-error.js';
import { readPdf } from './read-pdf.js';
import { readText } from './read-text.js';
import { sizeOf } from './size-of.js';
import { sniffMediaType } from './sniff-media-type.js';

export interface LoadedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What its source says it is; null where it says nothing. */
  readonly declared: MediaType | null;
}

export interface PartLimits {
  readonly imageBytesMax: number;
  readonly fileBytesMax: number;
  /** Characters of the text of one file that are shown. */
  readonly textCharactersMax: number;
  readonly pdfPagesMax: number;
  readonly pdfTimeoutMs: number;
  readonly pdfMemoryMb: number;
}

/**
 * A file as what a model is given: an image as it is, text and PDF as text between tags that name the file. Its bytes decide what it
 * is, its declared type only tells text from text. Throws MissingError where it is none of these or over the limits.
 */
export async function toPart(file: LoadedFile, limits: PartLimits, signal: AbortSignal): Promise<UserPart> {
  if (file.bytes.byteLength === 0) throw new MissingError('it is empty');
  const mediaType = detectType(file);
  checkSize(file.bytes, mediaType.startsWith('image/') ? limits.imageBytesMax : limits.fileBytesMax);
  if (mediaType.startsWith('image/')) return { type: 'image', name: file.name, mediaType, data: file.bytes };
  if (mediaType === 'application/pdf') return pdfPart(file, limits, signal);
  const { text, isWhole } = readText(file.bytes, file.declared?.charset ?? null, limits.textCharactersMax);
  if (isWhole) return textPart({ name: file.name, mediaType, text }, limits);
  return enclose(file.name, mediaType, text, `[Cut: the first ${String(text.length)} characters of ${sizeOf(file.bytes.byteLength)} are shown.]`);
}

/** Text that is already text, as a part. */
export function textPart({ name, mediaType, text }: { name: string; mediaType: string; text: string }, { textCharactersMax }: Pick<PartLimits, 'textCharactersMax'>): UserPart {
  if (text.length <= textCharactersMax) return enclose(name, mediaType, text);
  return enclose(name, mediaType, cut(text, textCharactersMax), `[Cut: ${String(textCharactersMax)} of ${String(text.length)} characters are shown.]`);
}

async function pdfPart({ name, bytes }: LoadedFile, limits: PartLimits, signal: AbortSignal): Promise<UserPart> {
  const charactersMax = limits.textCharactersMax;
  const { text, pages, pagesRead } = await readPdf(bytes, { pagesMax: limits.pdfPagesMax, charactersMax, timeoutMs: limits.pdfTimeoutMs, memoryMb: limits.pdfMemoryMb }, signal);
  const isWhole = pagesRead === pages && text.length <= charactersMax;
  return enclose(name, 'application/pdf', cut(text, charactersMax), isWhole ? '' : `[Cut: the text goes no further than page ${String(pagesRead)} of ${String(pages)}.]`);
}

function detectType({ bytes, declared }: LoadedFile): string {
  const sniffed = sniffMediaType(bytes);
  if (sniffed !== null) return sniffed;
  const essence = declared?.essence ?? 'text/plain';
  if (essence.startsWith('text/') || essence === 'application/json') return essence;
  throw new MissingError(`it is not really ${essence}`);
}

function checkSize(bytes: Uint8Array, bytesMax: number): void {
  if (bytes.byteLength > bytesMax) throw new MissingError(`it is larger than ${sizeOf(bytesMax)}`);
}

function cut(text: string, characters: number): string {
  return text.slice(0, boundaryBefore(text, characters));
}

/** The tags tell the model where the file ends and the person goes on; so a file must not be able to close them. */
function enclose(name: string, mediaType: string, text: string, note = ''): UserPart {
  const inert = text.replaceAll(/<(?=\/attachment)/gi, '&lt;');
  return { type: 'text', text: `<attachment name="${attribute(name)}" type="${mediaType}">\n${inert}\n</attachment>${note === '' ? '' : `\n${note}`}` };
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

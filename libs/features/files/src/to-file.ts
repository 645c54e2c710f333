import { boundaryBefore, type MediaType } from '@openclaw/words';
import type { AttachedFile } from './attached-file.types.js';
import { MissingError } from './missing-error.js';
import { readPdf } from './read-pdf.js';
import { readText } from './read-text.js';
import { sizeOf } from './size-of.js';
import { sniffMediaType } from './sniff-media-type.js';

export interface FetchedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What its source says it is; null where it says nothing. */
  readonly declared: MediaType | null;
  /** Of the whole, where `bytes` are only its beginning. */
  readonly size?: number;
}

export interface FileLimits {
  readonly imageBytesMax: number;
  readonly fileBytesMax: number;
  /** Of a PDF that was sent before its message. */
  readonly storedBytesMax: number;
  /** Characters of the text of one file that are kept. */
  readonly textCharactersMax: number;
  readonly pdfPagesMax: number;
  readonly pdfTimeoutMs: number;
  readonly pdfMemoryMb: number;
}

/**
 * Bytes as the file that they are: an image as it is, text and PDF as text. The bytes decide what it is, its declared type only tells
 * text from text. Throws MissingError where it is none of these or over the limits.
 */
export async function toFile(source: FetchedBytes, limits: FileLimits, signal: AbortSignal): Promise<AttachedFile> {
  if (source.bytes.byteLength === 0) throw new MissingError('it is empty');
  const mediaType = detectType(source);
  checkSize(source.bytes, mediaType.startsWith('image/') ? limits.imageBytesMax : limits.fileBytesMax);
  if (mediaType.startsWith('image/')) return { kind: 'image', name: source.name, mediaType, data: source.bytes };
  if (mediaType === 'application/pdf') return pdfFile(source, limits, signal);
  const { text, isWhole } = readText(source.bytes, source.declared?.charset ?? null, limits.textCharactersMax);
  if (isWhole) return textFile({ name: source.name, mediaType, text }, limits);
  const gap = `only the first ${String(text.length)} characters of ${sizeOf(source.size ?? source.bytes.byteLength)} were read`;
  return { kind: 'text', name: source.name, mediaType, text, characters: text.length, gap };
}

/** Text that is already text. */
export function textFile(
  { name, mediaType, text }: { name: string; mediaType: string; text: string },
  { textCharactersMax }: Pick<FileLimits, 'textCharactersMax'>,
): AttachedFile {
  return { kind: 'text', name, mediaType, text: cut(text, textCharactersMax), characters: text.length, gap: null };
}

async function pdfFile({ name, bytes }: FetchedBytes, limits: FileLimits, signal: AbortSignal): Promise<AttachedFile> {
  const charactersMax = limits.textCharactersMax;
  const { text, pages, pagesRead } = await readPdf(
    bytes,
    { pagesMax: limits.pdfPagesMax, charactersMax, timeoutMs: limits.pdfTimeoutMs, memoryMb: limits.pdfMemoryMb },
    signal,
  );
  const isWhole = pagesRead === pages && text.length <= charactersMax;
  const kept = cut(text, charactersMax);
  return {
    kind: 'text',
    name,
    mediaType: 'application/pdf',
    text: kept,
    characters: kept.length,
    gap: isWhole ? null : `the text goes no further than page ${String(pagesRead)} of ${String(pages)}`,
  };
}

function detectType({ bytes, declared }: FetchedBytes): string {
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

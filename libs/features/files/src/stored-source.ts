import { type FileId, isAttachableType, type MessageId, parseMediaType } from '@openclaw/words';
import type { AttachedFile } from './attached-file.types.js';
import type { FilesStore, KeptFile } from './files.store.js';
import { MissingError } from './missing-error.js';
import { BYTES_PER_CHARACTER_MAX } from './read-text.js';
import { sizeOf } from './size-of.js';
import { type FetchedBytes, type FileLimits, toFile } from './to-file.js';
import type { Turns } from './turns.js';

/** The files that were sent before their message. */
export interface StoredSources {
  /** @throws MissingError where no such file came with the message, or it is gone */
  open(id: FileId, name: string | undefined): Promise<StoredSource>;
  /** Of those that are read at once by this process: each may be large. */
  readonly turns: Turns;
}

/** A file that was sent before its message, as that message's worker finds it. */
export interface StoredSource {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /** No more of its beginning than so many bytes. @throws MissingError where it is gone meanwhile */
  readonly read: (bytesMax: number) => Promise<FetchedBytes>;
}

/** @throws MissingError where no such file came with the message, or it is gone */
export async function openStored(store: FilesStore, messageId: MessageId, id: FileId, name: string | undefined): Promise<StoredSource> {
  const file = await store.findUsed(messageId, id);
  if (!file) throw new MissingError('it is no longer kept');
  const source = { ...file, name: name ?? file.name };
  return { ...source, read: (bytesMax) => read(store, messageId, source, bytesMax) };
}

/** Reads no more than its kind needs: of a text the beginning that is kept. @throws MissingError where it cannot be shown */
export async function readStored(source: StoredSource, limits: FileLimits, signal: AbortSignal): Promise<AttachedFile> {
  const { mediaType, size } = source;
  if (!isAttachableType(mediaType)) throw new MissingError(`its type, ${mediaType}, is not taken`);
  if (mediaType.startsWith('image/')) return toFile(await whole(source, limits.imageBytesMax), limits, signal);
  if (mediaType === 'application/pdf') return toFile(await whole(source, limits.storedBytesMax), { ...limits, fileBytesMax: size }, signal);
  const bytesMax = limits.textCharactersMax * BYTES_PER_CHARACTER_MAX + 1; // one more tells that there is more
  return toFile(await source.read(bytesMax), { ...limits, fileBytesMax: bytesMax }, signal);
}

async function whole({ size, read }: StoredSource, bytesMax: number): Promise<FetchedBytes> {
  if (size > bytesMax) throw new MissingError(`it is larger than ${sizeOf(bytesMax)}`);
  return read(size);
}

async function read(
  store: FilesStore,
  messageId: MessageId,
  { id, name, size, mediaType, charset }: KeptFile,
  bytesMax: number,
): Promise<FetchedBytes> {
  const wanted = Math.min(size, bytesMax);
  const bytes = Buffer.allocUnsafe(wanted);
  for (let at = 0; at < wanted;) {
    const piece = await store.readUsed(messageId, id, at);
    if (!piece) throw new MissingError('it is no longer kept');
    at += piece.copy(bytes, at);
  }
  const declared = parseMediaType(mediaType);
  return { name, bytes, declared: declared && { ...declared, charset }, size };
}

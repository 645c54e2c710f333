import { type Caller, type FileId, isAttachableType, notAttachable, readAttachments } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { invalid } from '@openclaw/feature';
import type { FilesStore } from '@openclaw/files';

export interface NamedFiles {
  /** Each once. */
  readonly fileIds: readonly FileId[];
  /** Each of its attachments with a name. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * The files that a message names, which were sent before it. Whoever reads the message later reads what they are called.
 * @throws Fault `not_found` where one is not there for the caller, `bad_request` where its type is none that an agent reads
 */
export async function nameFiles(files: FilesStore, caller: Caller, metadata: Readonly<Record<string, unknown>>): Promise<NamedFiles> {
  const attachments = readAttachments(metadata);
  const fileIds = [...new Set(attachments.flatMap(({ file_id: id }) => id ?? []))];
  if (fileIds.length === 0) return { fileIds, metadata };
  const found = new Map((await files.find(caller, fileIds)).map((file) => [file.id, file]));
  const named = attachments.map((attachment, index) => {
    if (attachment.file_id === undefined) return attachment;
    const file = found.get(attachment.file_id);
    if (!file) throw noSuchFile(index);
    if (!isAttachableType(file.mediaType)) throw invalid([{ path: pathOf(index), message: notAttachable(file.mediaType) }]);
    return { ...attachment, name: attachment.name ?? file.name };
  });
  return { fileIds, metadata: { ...metadata, attachments: named } };
}

/** Missing, no longer kept, or somebody else's. @param index of the attachment, where it is known */
export function noSuchFile(index?: number): Fault {
  const issues = index === undefined ? {} : { issues: [{ path: pathOf(index), message: 'names no file that is there' }] };
  return new Fault('not_found', 'There is no such file. One that no message names is kept for 24 hours.', { details: issues });
}

function pathOf(index: number): string {
  return `metadata.attachments.${String(index)}.file_id`;
}

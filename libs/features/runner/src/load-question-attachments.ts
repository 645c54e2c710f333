import { loadAttachments } from '@openclaw/files';
import { readAttachments } from '@openclaw/words';
import type { UserPart } from '@openclaw/models';

/**
 * The files that came with a question.
 * @param metadata the question's, as it was stored
 * @param withinMs how long it may take; what is missing then is said to be
 * @returns none once `signal` aborts: the run that wanted them is over
 */
export async function loadQuestionAttachments(metadata: Readonly<Record<string, unknown>>, withinMs: number, signal: AbortSignal): Promise<readonly UserPart[]> {
  const attachments = readAttachments(metadata);
  if (attachments.length === 0 || signal.aborted) return [];
  return loadAttachments(attachments, { withinMs }, signal).catch((thrown: unknown) => {
    if (signal.aborted) return [];
    throw thrown;
  });
}

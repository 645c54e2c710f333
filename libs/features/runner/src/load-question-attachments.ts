import { loadAttachments, type Network } from '@openclaw/files';
import { readAttachments } from '@openclaw/words';
import type { UserPart } from '@openclaw/models';

/**
 * Loads the files that came with a question, fetched from that network.
 * @param metadata the question's, as it was stored
 * @param withinMs how long it may take; what is missing then is said to be
 * @returns none once `signal` aborts: the run that wanted them is over
 */
export type LoadQuestionAttachments = (metadata: Readonly<Record<string, unknown>>, withinMs: number, signal: AbortSignal) => Promise<readonly UserPart[]>;

/** @param network where files at addresses are fetched from */
export function questionAttachmentsFrom(network: Network): LoadQuestionAttachments {
  return async (metadata, withinMs, signal) => {
    const attachments = readAttachments(metadata);
    if (attachments.length === 0 || signal.aborted) return [];
    return loadAttachments(attachments, { withinMs, network }, signal).catch((thrown: unknown) => {
      if (signal.aborted) return [];
      throw thrown;
    });
  };
}

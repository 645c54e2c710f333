import type { MessageId } from '@openclaw/words';
import type { RunContext } from '@openclaw/context';
import type { ClaimedRun, OutlineMessage, OutlineStore } from '@openclaw/conversations';
import { Unreachable } from '@openclaw/errors';
import type { ThreadFiles } from '@openclaw/files';
import type { Logger } from '@openclaw/telemetry';
import { buildContext } from './build-context.js';

/** What of the agent a context is made with. */
export interface ContextSettings {
  readonly files: ThreadFilesReader;
  readonly soul: string;
  readonly timeZone: string;
}

/** The files of messages, as parts of them; none once the signal aborts. */
export type ThreadFilesReader = (messageIds: readonly MessageId[], questionId: MessageId | undefined, within: Within) => Promise<ThreadFiles>;

/** How long something may take, and what ends it before. */
export interface Within {
  readonly ms: number;
  readonly signal: AbortSignal;
}

const EXCERPTS_MAX = 6;

/** Gathers what a run is answered from. Where the conversation is longer than its thread, what it said on the question is looked up. */
export class ContextReader {
  readonly #outline: OutlineStore;
  readonly #logger: Logger;
  #timeFormat = formatIn('UTC');

  constructor(outline: OutlineStore, logger: Logger) {
    this.#outline = outline;
    this.#logger = logger;
  }

  async read(run: ClaimedRun, { soul, timeZone, files }: ContextSettings, within: Within): Promise<RunContext> {
    if (this.#timeFormat.resolvedOptions().timeZone !== timeZone) this.#timeFormat = formatIn(timeZone);
    const timeFormat = this.#timeFormat;
    const question = run.thread.at(-1);
    const seen = run.thread.map((message) => message.id);
    const excerpts = run.hasEarlier ? await this.#search(run, question?.content ?? '', seen) : [];
    const withFiles = run.thread.filter(({ attachments }) => attachments > 0).map(({ id }) => id);
    const { parts } = await files(withFiles, question?.id, within);
    return buildContext(run, { soul, timeOf: (time) => `${timeFormat.format(time)} (${timeZone})`, excerpts, files: parts });
  }

  /** What is found helps; where the search itself fails the answer is made without. */
  async #search(run: ClaimedRun, question: string, seen: readonly MessageId[]): Promise<readonly OutlineMessage[]> {
    return this.#outline.search(run.caller, run.conversationId, question, { except: seen, limit: EXCERPTS_MAX }).catch((err: unknown) => {
      if (err instanceof Unreachable) throw err;
      this.#logger.warn({ err }, 'the conversation could not be searched; answering without excerpts');
      return [];
    });
  }
}

/** Dear to make, and the same for as long as the zone is. */
function formatIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone });
}

import { unlessAborted, withDeadline } from '@openclaw/agent';
import { dayFormat, type MessageId } from '@openclaw/words';
import type { RunContext } from '@openclaw/context';
import type { ClaimedRun } from '@openclaw/conversations';
import { Unreachable } from '@openclaw/errors';
import type { ThreadFiles } from '@openclaw/files';
import type { RecalledEntry } from '@openclaw/memory';
import type { Logger } from '@openclaw/telemetry';
import { buildContext } from './build-context.js';

/** What of the agent a context is made with. */
export interface ContextSettings {
  readonly files: ThreadFilesReader;
  readonly recall: ThreadRecall;
  readonly soul: string;
  readonly timeZone: string;
}

/** The files of messages, as parts of them; none once the signal aborts. */
export type ThreadFilesReader = (
  messageIds: readonly MessageId[],
  questionId: MessageId | undefined,
  within: Within,
) => Promise<ThreadFiles>;

/** What memory brought to each question of the run's thread. */
export type ThreadRecall = (run: ClaimedRun) => Promise<Recalled>;
type Recalled = ReadonlyMap<MessageId, readonly RecalledEntry[]>;

/** How long something may take, and what ends it before. */
export interface Within {
  readonly ms: number;
  readonly signal: AbortSignal;
}

/** What a run is answered from. */
export interface ReadContext {
  readonly context: RunContext;
  /** Whether any of it was neither said by the person nor by the agent. */
  readonly holdsUntrusted: boolean;
  /** What of the question's files could not be read, or not be shown whole. */
  readonly files: Pick<ThreadFiles, 'unreadable' | 'shortened'>;
}

/** What memory may take to bring something. */
const RECALL_MS_MAX = 2000;

/** Gathers what a run is answered from. */
export class ContextReader {
  readonly #logger: Logger;
  #zone = zoneOf('UTC');

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  async read(run: ClaimedRun, { soul, timeZone, files, recall }: ContextSettings, within: Within): Promise<ReadContext> {
    if (this.#zone.name !== timeZone) this.#zone = zoneOf(timeZone);
    const { time, day } = this.#zone;
    const recalled = await this.#recall(run, recall, within);
    const withFiles = run.thread.filter(({ attachments }) => attachments > 0).map(({ id }) => id);
    const read = await files(withFiles, run.thread.at(-1)?.id, within);
    return {
      context: buildContext(run, {
        soul,
        timeOf: (at) => `${time.format(at)} (${timeZone})`,
        dayOf: (at) => day.format(at),
        recalled,
        files: read.parts,
      }),
      files: read,
      holdsUntrusted: withFiles.length > 0 || [...recalled.values()].flat().some(({ provenance }) => provenance === 'untrusted'),
    };
  }

  /** What is recalled helps; where the search fails or takes too long the answer is made without. */
  async #recall(run: ClaimedRun, recall: ThreadRecall, { ms, signal }: Within): Promise<Recalled> {
    return withDeadline(signal, Math.min(ms, RECALL_MS_MAX), (inTime) => unlessAborted(recall(run), inTime)).catch(
      (err: unknown): Recalled => {
        if (err instanceof Unreachable) throw err;
        if (!signal.aborted) this.#logger.warn({ err }, 'memory could not be searched; answering without it');
        return new Map();
      },
    );
  }
}

interface Zone {
  readonly name: string;
  readonly time: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
}

/** Dear to make, and the same for as long as the zone is. */
function zoneOf(name: string): Zone {
  return { name, time: new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone: name }), day: dayFormat(name) };
}

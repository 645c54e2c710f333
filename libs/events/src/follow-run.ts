import { isTerminal, type MessageId, type RunEvent, runEventSchema } from '@openclaw/contracts';
import { Fault } from '@openclaw/errors';
import type { Redis } from '@openclaw/redis';
import type { EventKeys } from './event-keys.js';
import type { LiveReader } from './live-reader.js';
import { Mailbox } from './mailbox.js';

/** Where finished logs are kept for good. */
export interface RunArchive {
  /** The log of a finished run; null while it goes on. @throws Fault `not_found` where there is no such run */
  findLog(runId: MessageId): Promise<readonly RunEvent[] | null>;
}

export interface RunFollowerOptions {
  readonly redis: Redis;
  readonly keys: EventKeys;
  readonly live: LiveReader;
  readonly archive: RunArchive;
}

export interface FollowOptions {
  /** Events up to this seq are known; 0 for all. */
  readonly afterSeq: number;
  /** True for a run that this process has only just made: there is nothing to catch up with. */
  readonly fresh?: boolean;
  readonly signal: AbortSignal;
}

/** After how long a silence a follower looks for itself: first soon, then rarely. */
const LOOK_AFTER_MS = [1000, 2000, 3000] as const;

/**
 * {firehose │ run's log in Redis │ archive in Postgres} ─► events after n, in order, each once, to the terminal one
 *
 * The firehose is quick and may skip; the log in Redis is whole or gone; the archive is for ever. Whatever is missing in one
 * is read from the next, so a reader sees no gap and no repeat, whichever of them fails meanwhile.
 */
export class RunFollower {
  readonly #options: RunFollowerOptions;

  constructor(options: RunFollowerOptions) {
    this.#options = options;
  }

  /**
   * Ends after the terminal event, at once where nothing is left to come, or silently when `signal` aborts.
   * @throws Fault `not_found` where the run does not exist (any more)
   */
  async *follow(runId: MessageId, options: FollowOptions): AsyncGenerator<RunEvent, void> {
    const mailbox = new Mailbox();
    const stopListening = this.#options.live.listen(runId, (batch) => { mailbox.put(batch.events); });
    try {
      let seq = options.afterSeq;
      let silences = options.fresh ? 0 : -1;
      while (!options.signal.aborted) {
        const wait = silences < 0 ? 0 : (LOOK_AFTER_MS[silences] ?? LOOK_AFTER_MS[2]);
        let events: readonly RunEvent[] = wait === 0 ? [] : await mailbox.take(wait, options.signal);
        const arrived = events.length > 0;
        let over = false;
        if (!continues(events, seq) && !options.signal.aborted) ({ events, over } = await this.#look(runId, seq));
        for (const event of events) {
          if (event.seq !== seq + 1) continue;
          seq = event.seq;
          yield event;
          if (isTerminal(event)) return;
        }
        if (over) return;
        silences = arrived ? 0 : silences + 1;
      }
    } finally {
      stopListening();
    }
  }

  /** What stands after `seq`; `over` where the run is finished and nothing more will come. */
  async #look(runId: MessageId, seq: number): Promise<{ events: readonly RunEvent[]; over: boolean }> {
    const cached = await readLog(this.#options.redis, this.#options.keys, runId, seq);
    if (cached.length > 0) return { events: cached, over: false };
    const archived = await this.#options.archive.findLog(runId);
    return archived ? { events: archived.slice(seq), over: true } : { events: [], over: false };
  }
}

/** The events after `seq` that Redis has; none where it has none or cannot be read. */
export async function readLog(redis: Redis, keys: EventKeys, runId: MessageId, seq = 0): Promise<RunEvent[]> {
  const lines = await redis.lrange(keys.log(runId), seq, -1).catch(() => []);
  return runEventSchema.array().parse(lines.map((line): unknown => JSON.parse(line)));
}

/** The log of a finished run as Postgres keeps it. */
export function parseLog(text: string): RunEvent[] {
  const events = runEventSchema.array().safeParse(JSON.parse(text));
  if (!events.success) throw new Fault('internal_error', 'The stored events of this message cannot be read.', { cause: events.error });
  return events.data;
}

/** True where `events` go on directly after `seq`, or are all known already. */
function continues(events: readonly RunEvent[], seq: number): boolean {
  const next = events.find((event) => event.seq > seq);
  return next ? next.seq === seq + 1 : events.length > 0;
}

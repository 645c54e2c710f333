import { type Caller, isTerminal, type MessageId, type RunEvent } from '@openclaw/words';
import { Unreachable } from '@openclaw/errors';
import type { Redis } from '@openclaw/redis';
import type { EventKeys } from './event-keys.js';
import type { LiveReader } from './live-reader.js';
import { Mailbox } from './mailbox.js';
import { toEvents } from './to-events.js';

/** Where finished logs are kept for good. */
export interface RunArchive {
  /** The log of a finished run; null while it goes on. @throws Fault `not_found` where there is no such run */
  findLog(caller: Caller, runId: MessageId): Promise<readonly RunEvent[] | null>;
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
/** Events read from the log at once: what a reader that is far behind holds in memory. */
const PAGE_EVENTS = 1000;

/** What a look at the log found; `more`: the log goes on directly, `over`: nothing will come after it. */
interface Found {
  readonly events: readonly RunEvent[];
  readonly more: boolean;
  readonly over: boolean;
}

const NOTHING: Found = { events: [], more: false, over: false };

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
   * For a caller who was let at the run: what Redis has of it is read without asking again.
   * Ends after the terminal event, at once where nothing is left to come, or silently when `signal` aborts.
   * @throws Fault `not_found` where the run does not exist (any more), `service_unavailable` where Postgres is out of reach and
   * nothing was heard of the run yet; later such an outage is waited out
   */
  async *follow(caller: Caller, runId: MessageId, options: FollowOptions): AsyncGenerator<RunEvent, void> {
    const mailbox = new Mailbox();
    const stopListening = this.#options.live.listen(runId, (batch) => { mailbox.put(batch.events); });
    try {
      yield* this.#read(caller, runId, options, mailbox);
    } finally {
      stopListening();
    }
  }

  async *#read(caller: Caller, runId: MessageId, { afterSeq, fresh = false, signal }: FollowOptions, mailbox: Mailbox): AsyncGenerator<RunEvent, void> {
    let seq = afterSeq;
    let silences = fresh ? 0 : -1;
    let isKnown = fresh;
    while (!signal.aborted) {
      const arrived = silences < 0 ? [] : await mailbox.take(waitAfter(silences), signal);
      const suffices = continues(arrived, seq) || isAborted(signal);
      const { events, more, over } = suffices ? { ...NOTHING, events: arrived } : await this.#look({ caller, runId, seq, isKnown });
      isKnown = true;
      for (const event of following(events, seq)) {
        seq = event.seq;
        yield event;
        if (isTerminal(event)) return;
      }
      if (over) return;
      silences = nextSilence(silences, arrived, more);
    }
  }

  /** What stands after `seq`, a page at most. */
  async #look({ caller, runId, seq, isKnown }: { caller: Caller; runId: MessageId; seq: number; isKnown: boolean }): Promise<Found> {
    const cached = await readLog(this.#options.redis, this.#options.keys, runId, { after: seq, max: PAGE_EVENTS });
    if (cached.length > 0) return { events: cached, more: cached.length === PAGE_EVENTS, over: false };
    const archived = await this.#options.archive.findLog(caller, runId).catch((thrown: unknown) => {
      // Postgres is away, but the run goes on and may be heard of through Redis.
      if (isKnown && thrown instanceof Unreachable) return null;
      throw thrown;
    });
    return archived ? { events: archived.slice(seq), more: false, over: true } : NOTHING;
  }
}

/** The events that Redis has: all of them, or `max` after a seq; none where it has none or cannot be read. */
export async function readLog(redis: Redis, keys: EventKeys, runId: MessageId, page: { after: number; max: number } | null = null): Promise<RunEvent[]> {
  const [first, last] = page ? [page.after, page.after + page.max - 1] : [0, -1];
  const lines = await redis.lrange(keys.log(runId), first, last).catch((): string[] => []);
  return toEvents(lines.map((line): unknown => JSON.parse(line)));
}

/** The log of a finished run as Postgres keeps it. */
export function parseLog(text: string): RunEvent[] {
  return toEvents(JSON.parse(text));
}

function waitAfter(silences: number): number {
  return LOOK_AFTER_MS[silences] ?? LOOK_AFTER_MS[2];
}

function nextSilence(silences: number, arrived: readonly RunEvent[], more: boolean): number {
  if (more) return -1;
  return arrived.length > 0 ? 0 : silences + 1;
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Those of `events` that are new after `seq`, as far as they have no gap. */
function* following(events: readonly RunEvent[], seq: number): Generator<RunEvent, void> {
  let last = seq;
  for (const event of events) {
    if (event.seq !== last + 1) continue;
    last = event.seq;
    yield event;
  }
}

/** True where `events` go on directly after `seq`, or are all known already. */
function continues(events: readonly RunEvent[], seq: number): boolean {
  const next = events.find((event) => event.seq > seq);
  return next ? next.seq === seq + 1 : events.length > 0;
}

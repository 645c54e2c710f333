import { type Caller, isTerminal, type MessageId, type RunEvent } from '@openclaw/words';
import { Unreachable } from '@openclaw/errors';
import type { Redis } from '@openclaw/redis';
import type { EventKeys } from './event-keys.js';
import type { LiveReader } from './live-reader.js';
import { Mailbox } from './mailbox.js';
import { type LogPart, readTail } from './read-tail.js';
import { toEvents } from './to-events.js';

/** Where Postgres keeps logs: finished ones as a whole, the beginning of long ones while they go on. */
export interface RunArchive {
  /**
   * What is kept of a log directly after a seq, a few hundred KB at most unless one event is larger; `isOver`: the log is finished.
   * @throws Fault `not_found` where there is no such run
   */
  findLogPage(caller: Caller, runId: MessageId, after: number): Promise<LogPart & { readonly isOver: boolean }>;
}

/** What one reader holds of this process's memory; nothing bounds it by default. */
export interface ReaderMemory {
  /** Waits until the process can spare about so many bytes, looks, and holds what was found; waits no longer once `signal` aborts. */
  take<Found extends { readonly bytes: number }>(bytes: number, signal: AbortSignal, look: () => Promise<Found>): Promise<Found>;
  /** Holds so many bytes more, or fewer. */
  hold(change: number): void;
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
  readonly memory?: ReaderMemory;
  readonly signal: AbortSignal;
}

/** After how long a silence a follower looks for itself: first soon, then rarely. */
const LOOK_AFTER_MS = [1000, 2000, 3000] as const;
/** Read from the log at once: what a reader that is far behind holds in memory. */
const PAGE_BYTES = 262_144;
const UNBOUNDED: ReaderMemory = { take: (_bytes, _signal, look) => look(), hold: () => undefined };

/** A run, and on whose behalf it is followed. */
interface FollowedRun {
  readonly caller: Caller;
  readonly runId: MessageId;
}

/** What a look at the log found; `more`: the log goes on directly, `over`: nothing will come after it. */
interface Found extends LogPart {
  readonly more: boolean;
  readonly over: boolean;
}

/**
 * {firehose │ the log's tail in Redis │ its pages and its end in Postgres} ─► events after n, in order, each once, to the terminal one
 *
 * The firehose is quick and may skip; the tail in Redis is whole or gone; Postgres is for ever. Whatever is missing in one
 * is read from the next, so a reader sees no gap and no repeat, whichever of them fails meanwhile.
 */
export class RunFollower {
  readonly #options: RunFollowerOptions;
  readonly #asked = new Map<string, ReturnType<RunArchive['findLogPage']>>();
  #lastTurn: Promise<void> = Promise.resolve();

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
    const { memory = UNBOUNDED } = options;
    const held = new HeldBytes(memory);
    const mailbox = new Mailbox((change) => {
      held.add(change);
    });
    const stopListening = this.#options.live.listen(runId, (batch) => {
      mailbox.put(batch);
    });
    try {
      yield* this.#read({ caller, runId }, options, mailbox, held);
    } finally {
      stopListening();
      held.release();
    }
  }

  async *#read(
    run: FollowedRun,
    { afterSeq, fresh = false, signal }: FollowOptions,
    mailbox: Mailbox,
    held: HeldBytes,
  ): AsyncGenerator<RunEvent, void> {
    let seq = afterSeq;
    let silences = fresh ? 0 : -1;
    let isKnown = fresh;
    while (!signal.aborted) {
      const arrived = silences < 0 ? NONE : await mailbox.take(waitAfter(silences), signal);
      const found = isEnough(arrived.events, seq, signal)
        ? toFound(arrived)
        : await this.#lookInstead(arrived, run, { seq, isKnown, signal }, held);
      isKnown = true;
      for (const event of following(found.events, seq)) {
        seq = event.seq;
        yield event;
        if (isTerminal(event)) return;
      }
      held.add(-found.bytes);
      if (found.over) return;
      silences = nextSilence(silences, arrived.events, found.more);
    }
  }

  /** What stands after `seq`, a page at most, in place of what arrived and does not go on from there; its bytes are held. */
  async #lookInstead(
    arrived: LogPart,
    run: FollowedRun,
    reading: { seq: number; isKnown: boolean; signal: AbortSignal },
    held: HeldBytes,
  ): Promise<Found> {
    held.add(-arrived.bytes);
    const found = await held.take(PAGE_BYTES, reading.signal, () => this.#find(run, reading));
    if (found.events.length > 0) await this.#turn();
    return found;
  }

  /**
   * Pages are told one in each turn of the event loop, however many readers have theirs: telling them all at once would hold up everybody.
   */
  async #turn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => new Promise((resolve) => setImmediate(resolve)));
    await this.#lastTurn;
  }

  async #find(
    { caller, runId }: FollowedRun,
    { seq, isKnown, signal }: { seq: number; isKnown: boolean; signal: AbortSignal },
  ): Promise<Found> {
    if (signal.aborted) return { ...NONE, more: false, over: true }; // of many that waited for room, each would hold a page in vain
    const { redis, keys, archive } = this.#options;
    const tail = await readTail(redis, keys, runId, { after: seq, bytesMax: PAGE_BYTES });
    if (tail.events.length > 0) return { ...tail, more: tail.bytes >= PAGE_BYTES, over: false };
    const page = await this.#archived(caller, runId, seq, archive).catch((thrown: unknown) => {
      // Postgres is away, but the run goes on and may be heard of through Redis.
      if (isKnown && thrown instanceof Unreachable) return { ...NONE, isOver: false };
      throw thrown;
    });
    return { ...page, more: page.events.length > 0, over: page.isOver && page.events.length === 0 };
  }

  /** Many on whose behalf the same part is read at the same time are one question to Postgres. */
  #archived(caller: Caller, runId: MessageId, seq: number, archive: RunArchive): ReturnType<RunArchive['findLogPage']> {
    const name = JSON.stringify([caller.sees, runId, seq]);
    const asked = this.#asked.get(name) ?? archive.findLogPage(caller, runId, seq).finally(() => this.#asked.delete(name));
    this.#asked.set(name, asked);
    return asked;
  }
}

/** What one follower holds, so that all of it is given back however it ends. */
class HeldBytes {
  readonly #memory: ReaderMemory;
  #bytes = 0;

  constructor(memory: ReaderMemory) {
    this.#memory = memory;
  }

  async take(bytes: number, signal: AbortSignal, look: () => Promise<Found>): Promise<Found> {
    const found = await this.#memory.take(bytes, signal, look);
    this.#bytes += found.bytes;
    return found;
  }

  add(change: number): void {
    if (change === 0) return;
    this.#bytes += change;
    this.#memory.hold(change);
  }

  release(): void {
    this.add(-this.#bytes);
  }
}

const NONE: LogPart = { events: [], bytes: 0 };

/** Events of a log as Postgres keeps them. */
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

function toFound(arrived: LogPart): Found {
  return { ...arrived, more: false, over: false };
}

/** True where nothing need be looked for: what arrived goes on from `seq`, or nobody reads any more. */
function isEnough(arrived: readonly RunEvent[], seq: number, signal: AbortSignal): boolean {
  return continues(arrived, seq) || signal.aborted;
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

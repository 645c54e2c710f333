import type { ConversationId, MessageId, PersonId, RunEvent, RunEventDraft } from '@openclaw/words';
import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import { appendEvents, endLog } from './append-events.js';
import type { EventKeys } from './event-keys.js';

/** A part of a log as Postgres keeps it while the run goes on. */
export interface LogPage {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** A JSON array. */
  readonly events: string;
}

/** Whose log it is and where it goes. */
export interface RunLogOptions {
  readonly redis: Redis;
  readonly keys: EventKeys;
  readonly logger: Logger;
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  /** Whose conversation it is. */
  readonly person: PersonId;
  readonly attempt: number;
  /** The seq up to which Postgres keeps the log already. */
  readonly base: number;
  /** Events that earlier attempts wrote after `base`, as JSON. */
  readonly earlier: readonly string[];
  /** No event beyond this seq may be published before `reserve` has raised it. */
  readonly reserved: number;
  /** Raises the reservation to `seq` in Postgres; throws where this attempt no longer owns the run. */
  readonly reserve: (seq: number) => Promise<void>;
  /** Keeps a page in Postgres, once however often it is called with it; throws where this attempt no longer owns the run. */
  readonly storePage: (page: LogPage) => Promise<void>;
  /** False once this attempt cannot be sure of its lease: then nothing is published any more. */
  readonly mayPublish: () => boolean;
  /** How long an event waits for others to go with it, in milliseconds: each journey costs the same however many go. 0 by default. */
  readonly lingerMs?: number;
}

/** Seqs reserved beyond what is needed now: few enough that a lost attempt leaves a short gap to fill. */
const RESERVE_AHEAD = 64;
const BATCH_EVENTS_MAX = 500;
const BATCH_BYTES_MAX = 49_152;
/** Beyond this a log goes to Postgres page by page: neither this process nor Redis holds more of it. */
const PAGE_BYTES = 262_144;
/** Renewed at each heartbeat. */
const TTL_SECONDS = 300;

/**
 * append ─► the tail, in memory ─► flush, one at a time ─► Redis {tail, firehose}
 *                └─ a page is full ─► Postgres; the tail begins after it
 *
 * The writing end of one attempt's event log. seq is dense over all attempts. Redis being away or emptied loses nothing: what is
 * not in Postgres stays in memory until the run is recorded, and each flush sends whatever Redis lacks.
 */
export class RunLog {
  readonly #options: RunLogOptions;
  /** The event with seq n stands at n − 1 − base. */
  #tail: string[];
  #base: number;
  #tailBytes: number;
  #bytes = 0;
  #published: number;
  #reserved: number;
  #sealed = false;
  #released = false;
  #flushing: Promise<void> | null = null;
  #departure: NodeJS.Timeout | undefined;

  constructor(options: RunLogOptions) {
    this.#options = options;
    this.#base = options.base;
    this.#tail = [...options.earlier];
    this.#tailBytes = bytesOf(this.#tail);
    this.#published = this.seq;
    this.#reserved = options.reserved;
  }

  /** seq of the newest event; 0 while there is none. */
  get seq(): number {
    return this.#base + this.#tail.length;
  }

  /** What this attempt has written, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Gives the event its place and publishes it soon. After {@link seal} it does nothing: the run is over. */
  append(draft: RunEventDraft): void {
    if (this.#sealed) return;
    this.#push(draft);
    if (this.#options.lingerMs)
      this.#departure ??= setTimeout(() => {
        this.#depart();
      }, this.#options.lingerMs);
    else this.flush();
  }

  /**
   * Adds the terminal event without publishing it: first Postgres, then the world.
   * @returns what there is of the finished log after its pages, as one JSON array
   */
  seal(draft: RunEventDraft): string {
    this.#push(draft);
    this.#sealed = true;
    return `[${this.#tail.join(',')}]`;
  }

  /**
   * Another terminal event in place of the one that {@link seal} added, before it was published.
   * @returns the finished log as one JSON array
   */
  reseal(draft: RunEventDraft): string {
    this.#tailBytes -= Buffer.byteLength(this.#tail.pop() ?? '');
    return this.seal(draft);
  }

  /** Starts to send what Redis lacks, if that is not under way. Failures are left to the next flush or {@link verify}. */
  flush(): void {
    if (!this.#flushing && (this.#hasMore() || this.#pageIsFull())) this.#flushing = this.#drain();
  }

  /**
   * Publishes the end of the sealed log, once the run is recorded: from then on no other attempt can come, so neither lease nor
   * reservation matters, and Redis need not keep what Postgres has. Resolves also where Redis is away: readers then find the
   * log in Postgres.
   */
  async publishSealed(): Promise<void> {
    clearTimeout(this.#departure); // what still waits goes with the terminal event
    await this.#flushing;
    this.#released = true;
    const { redis, keys, runId, conversationId, person, attempt, logger } = this.#options;
    const rest = this.#tail.slice(this.#published - this.#base);
    await endLog(redis, keys, { runId, conversationId, person, attempt, ttlSeconds: TTL_SECONDS }, rest).catch((err: unknown) => {
      logger.debug({ err }, 'the end of a run is not told; readers look for it');
    });
  }

  /** Asks Redis how much of the log it still has and sends the rest. Called at each heartbeat. */
  verify(): void {
    if (this.#flushing || this.seq === 0) return;
    this.#published = Math.max(this.#base, Math.min(this.#published, this.#visibleSeq() - 1));
    this.flush();
  }

  #depart(): void {
    this.#departure = undefined;
    this.flush();
  }

  #push(draft: RunEventDraft): void {
    const { type, ...carried } = draft;
    const { runId, conversationId } = this.#options;
    // the envelope completes the draft
    const event = { type, id: runId, seq: this.seq + 1, conversation_id: conversationId, ...carried } as RunEvent;
    const line = JSON.stringify(event);
    this.#tail.push(line);
    this.#tailBytes += Buffer.byteLength(line);
    this.#bytes += Buffer.byteLength(line);
  }

  #hasMore(): boolean {
    return this.#published < this.#visibleSeq() && !this.#released && this.#options.mayPublish();
  }

  #pageIsFull(): boolean {
    return this.#tailBytes >= PAGE_BYTES && !this.#sealed && this.#options.mayPublish();
  }

  async #drain(): Promise<void> {
    let goesOn = true;
    while (goesOn && (this.#hasMore() || this.#pageIsFull())) {
      // Redis or Postgres is away: the events stay here, and the next heartbeat tries again.
      goesOn = await (this.#pageIsFull() ? this.#storePage() : this.#sendBatch()).catch((err: unknown) => {
        this.#options.logger.debug({ err }, 'events wait');
        return false;
      });
    }
    // In one tick with the last look: an event that comes now begins a flush of its own.
    this.#flushing = null;
  }

  /** The terminal event stays back until the run is recorded. */
  #visibleSeq(): number {
    return this.#sealed ? this.seq - 1 : this.seq;
  }

  /** What live readers have had already, where that is most of it: what they have not they must read from Postgres. */
  async #storePage(): Promise<true> {
    const published = this.#tail.slice(0, this.#published - this.#base);
    const events = startOf(bytesOf(published) >= PAGE_BYTES / 2 ? published : this.#tail, PAGE_BYTES);
    const lastSeq = this.#base + events.length;
    await this.#options.storePage({ firstSeq: this.#base + 1, lastSeq, events: `[${events.join(',')}]` });
    this.#base = lastSeq;
    this.#tail = this.#tail.slice(events.length);
    this.#tailBytes = bytesOf(this.#tail);
    this.#published = Math.max(this.#published, lastSeq);
    return true;
  }

  /** @returns false where a newer attempt owns the log */
  async #sendBatch(): Promise<boolean> {
    const { redis, keys, runId, conversationId, person, attempt, reserve } = this.#options;
    const [base, firstSeq] = [this.#base, this.#published + 1];
    const events = this.#nextBatch();
    const lastSeq = this.#published + events.length;
    if (lastSeq > this.#reserved) {
      await reserve(lastSeq + RESERVE_AHEAD);
      this.#reserved = lastSeq + RESERVE_AHEAD;
    }
    const length = await appendEvents(redis, keys, {
      runId,
      conversationId,
      person,
      attempt,
      ttlSeconds: TTL_SECONDS,
      firstSeq,
      base,
      events,
    });
    if (length === 'fenced') return false;
    this.#published = Math.max(base, Math.min(length, this.seq));
    return true;
  }

  /** What goes in one journey: as many as may, and at least one. */
  #nextBatch(): string[] {
    const from = this.#published - this.#base;
    const waiting = this.#tail.slice(from, Math.min(from + BATCH_EVENTS_MAX, this.#visibleSeq() - this.#base));
    return startOf(waiting, BATCH_BYTES_MAX);
  }
}

/** As many as have no more than so many bytes, and at least one. */
function startOf(lines: readonly string[], bytesMax: number): string[] {
  let bytes = 0;
  const tooMany = lines.findIndex((line) => (bytes += Buffer.byteLength(line)) > bytesMax);
  return lines.slice(0, tooMany === -1 ? lines.length : Math.max(1, tooMany));
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
}

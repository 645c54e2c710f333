import type { ConversationId, MessageId, PersonId, RunEvent, RunEventDraft } from '@openclaw/words';
import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import { appendEvents } from './append-events.js';
import type { EventKeys } from './event-keys.js';

export interface RunLogOptions {
  readonly redis: Redis;
  readonly keys: EventKeys;
  readonly logger: Logger;
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  /** Whose conversation it is. */
  readonly person: PersonId;
  readonly attempt: number;
  /** Events that earlier attempts wrote, as JSON. */
  readonly earlier: readonly string[];
  /** No event beyond this seq may be published before `reserve` has raised it. */
  readonly reserved: number;
  /** Raises the reservation to `seq` in Postgres; throws where this attempt no longer owns the run. */
  readonly reserve: (seq: number) => Promise<void>;
  /** False once this attempt cannot be sure of its lease: then nothing is published any more. */
  readonly mayPublish: () => boolean;
  /** How long an event waits for others to go with it, in milliseconds: each journey costs the same however many go. 0 by default. */
  readonly lingerMs?: number;
}

/** Seqs reserved beyond what is needed now: few enough that a lost attempt leaves a short gap to fill. */
const RESERVE_AHEAD = 64;
const BATCH_MAX = 500;
const TTL_RUNNING_SECONDS = 3600;
const TTL_FINISHED_SECONDS = 300;

/**
 * append ─► events (all of them, in memory) ─► flush, one at a time ─► Redis {run's log, firehose}
 *
 * The writing end of one attempt's event log. seq is dense over all attempts. Redis being away or emptied loses nothing: the
 * whole log stays in memory until the run is recorded, and each flush sends whatever Redis lacks.
 */
export class RunLog {
  readonly #options: RunLogOptions;
  readonly #events: string[];
  #published: number;
  #reserved: number;
  #sealed = false;
  #released = false;
  #flushing: Promise<void> | null = null;
  #departure: NodeJS.Timeout | undefined;

  constructor(options: RunLogOptions) {
    this.#options = options;
    this.#events = [...options.earlier];
    this.#published = options.earlier.length;
    this.#reserved = options.reserved;
  }

  /** seq of the newest event; 0 while there is none. */
  get seq(): number {
    return this.#events.length;
  }

  /** Gives the event its place and publishes it soon. After {@link seal} it does nothing: the run is over. */
  append(draft: RunEventDraft): void {
    if (this.#sealed) return;
    this.#push(draft);
    if (this.#options.lingerMs) this.#departure ??= setTimeout(() => { this.#depart(); }, this.#options.lingerMs);
    else this.flush();
  }

  /**
   * Adds the terminal event without publishing it: first Postgres, then the world.
   * @returns the finished log as one JSON array
   */
  seal(draft: RunEventDraft): string {
    this.#push(draft);
    this.#sealed = true;
    return `[${this.#events.join(',')}]`;
  }

  /**
   * Another terminal event in place of the one that {@link seal} added, before it was published.
   * @returns the finished log as one JSON array
   */
  reseal(draft: RunEventDraft): string {
    this.#events.pop();
    return this.seal(draft);
  }

  /** Starts to send what Redis lacks, if that is not under way. Failures are left to the next flush or {@link verify}. */
  flush(): void {
    if (!this.#flushing && this.#hasMore()) this.#flushing = this.#drain();
  }

  /**
   * Publishes the sealed log to its end, once the run is recorded: from then on no other attempt can come, so neither lease nor
   * reservation matters. Resolves also where Redis is away: readers then find the log in Postgres.
   */
  async publishSealed(): Promise<void> {
    clearTimeout(this.#departure); // what still waits goes with the terminal event
    await this.#flushing;
    this.#released = true;
    this.flush();
    await this.#flushing;
  }

  /** Asks Redis how much of the log it still has and sends the rest. Called at each heartbeat. */
  verify(): void {
    if (this.#flushing || this.#events.length === 0) return;
    this.#published = Math.max(0, Math.min(this.#published, this.#visibleLength() - 1));
    this.flush();
  }

  #depart(): void {
    this.#departure = undefined;
    this.flush();
  }

  #push(draft: RunEventDraft): void {
    const { type, ...carried } = draft;
    const { runId, conversationId } = this.#options;
    const event = { type, id: runId, seq: this.#events.length + 1, conversation_id: conversationId, ...carried } as RunEvent; // the envelope completes the draft
    this.#events.push(JSON.stringify(event));
  }

  #hasMore(): boolean {
    return this.#published < this.#visibleLength() && (this.#released || this.#options.mayPublish());
  }

  async #drain(): Promise<void> {
    let goesOn = true;
    while (goesOn && this.#hasMore()) {
      // Redis or Postgres is away: the events stay here, and the next heartbeat tries again.
      goesOn = await this.#sendBatch().catch((err: unknown) => {
        this.#options.logger.debug({ err }, 'events wait');
        return false;
      });
    }
    // In one tick with the last look: an event that comes now begins a flush of its own.
    this.#flushing = null;
  }

  /** The terminal event stays back until the run is recorded. */
  #visibleLength(): number {
    return this.#sealed && !this.#released ? this.#events.length - 1 : this.#events.length;
  }

  /** @returns false where a newer attempt owns the log */
  async #sendBatch(): Promise<boolean> {
    const { redis, keys, runId, conversationId, person, attempt, reserve } = this.#options;
    const firstSeq = this.#published + 1;
    const events = this.#events.slice(this.#published, Math.min(this.#published + BATCH_MAX, this.#visibleLength()));
    const lastSeq = this.#published + events.length;
    if (lastSeq > this.#reserved && !this.#released) {
      await reserve(lastSeq + RESERVE_AHEAD);
      this.#reserved = lastSeq + RESERVE_AHEAD;
    }
    const ttlSeconds = this.#sealed ? TTL_FINISHED_SECONDS : TTL_RUNNING_SECONDS;
    const length = await appendEvents(redis, keys, { runId, conversationId, person, attempt, firstSeq, events, ttlSeconds });
    if (length === 'fenced') return false;
    this.#published = Math.min(length, this.#events.length);
    return true;
  }
}

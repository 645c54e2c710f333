import { type ConversationId, type MessageId, type PersonId, type RunEvent } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import type { EventKeys } from './event-keys.js';
import { toEvents } from './to-events.js';

/** Events of one run as they came through the firehose, in order. */
export interface LiveBatch {
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  /** Whose it is; null where a version wrote it that knew no persons. */
  readonly person: PersonId | null;
  /** None where the batch was too large to be carried: there is more in the log. */
  readonly events: readonly RunEvent[];
  /** What they take as JSON. */
  readonly bytes: number;
  /** True where the log ends here. */
  readonly ended: boolean;
}

/** Told that a question was accepted, at every gateway. */
export interface LiveNotice {
  readonly kind: 'message_created';
  readonly conversationId: ConversationId;
  /** Whose it is; null where a version wrote it that knew no persons. */
  readonly person: PersonId | null;
  readonly messageId: MessageId;
  readonly runId: MessageId;
}

export interface LiveReaderOptions {
  /** A `blocking` connection of its own; closed by {@link LiveReader.stop}. */
  readonly connect: () => Redis;
  readonly keys: EventKeys;
  readonly logger: Logger;
}

const BLOCK_MS = 2000;
/** A read that takes longer than this has lost its peer without noticing. */
const READ_MS_MAX = 5000;
/** At most some 4 MB, since a batch is bounded: what one read holds in memory. */
const BATCHES_PER_READ = 64;
const RETRY_MS = 250;
const START_MS = 2000;

type Entry = [id: string, fields: string[]];

/**
 * Redis stream ─► one blocking read per gateway ─► the listeners of each run
 *
 * Live delivery only, and at most once: whoever follows a run notices a gap by its seq and reads the run's own log.
 */
export class LiveReader {
  readonly #options: LiveReaderOptions;
  readonly #runListeners = new Map<string, Set<(batch: LiveBatch) => void>>();
  readonly #observers = new Set<(entry: LiveBatch | LiveNotice) => void>();
  readonly #stopped = new AbortController();
  #connection: Redis | null = null;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: LiveReaderOptions) {
    this.#options = options;
  }

  /** Resolves once it knows from where it reads, or after {@link START_MS} where Redis is away. */
  async start(): Promise<void> {
    this.#connection = this.#options.connect();
    const { promise: placed, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, START_MS, undefined);
    this.#loop = this.#read(this.#connection, () => {
      resolve(undefined);
    });
    await placed;
    clearTimeout(timer);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#connection?.disconnect();
    await this.#loop;
  }

  /** Calls `listener` with each batch of that run from now on. Returns what ends it. */
  listen(runId: MessageId, listener: (batch: LiveBatch) => void): () => void {
    const listeners = this.#runListeners.get(runId) ?? new Set();
    this.#runListeners.set(runId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#runListeners.delete(runId);
    };
  }

  /** Calls `observer` with everything that passes, of every run. Returns what ends it. */
  observe(observer: (entry: LiveBatch | LiveNotice) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  async #read(connection: Redis, placed: () => void): Promise<void> {
    let after: string | null = null;
    while (!this.#stopped.signal.aborted) {
      // The newest id is named once: reading from `$` each time would miss what comes between two reads.
      after ??= await this.#watched(connection, () => this.#newestId(connection));
      if (after !== null) placed();
      const entries = after === null ? null : await this.#watched(connection, () => this.#readAfter(connection, after ?? '$'));
      if (entries === null) await pause(RETRY_MS, this.#stopped.signal);
      for (const [id, fields] of entries ?? []) {
        after = id;
        this.#dispatch(fields);
      }
    }
  }

  /** @returns null where Redis could not be read, or once stopped; a connection that stays silent is replaced, again and again */
  async #watched<T>(connection: Redis, read: () => Promise<T>): Promise<T | null> {
    const watchdog = setInterval(() => {
      connection.disconnect(true);
    }, READ_MS_MAX);
    const { promise: stopped, resolve } = Promise.withResolvers<null>();
    const onStop = (): void => {
      resolve(null);
    };
    this.#stopped.signal.addEventListener('abort', onStop, { once: true });
    // A connection that is just then being made forgets to tell its commands that it was closed.
    const result = await Promise.race([stopped, read().catch(() => null)]); // the connection's own listener logs outages
    this.#stopped.signal.removeEventListener('abort', onStop);
    clearInterval(watchdog);
    return result;
  }

  async #readAfter(connection: Redis, after: string): Promise<Entry[]> {
    const reply = await connection.xread('COUNT', BATCHES_PER_READ, 'BLOCK', BLOCK_MS, 'STREAMS', this.#options.keys.live, after);
    return (reply ?? []).flatMap(([, entries]) => entries);
  }

  async #newestId(connection: Redis): Promise<string> {
    const [newest] = await connection.xrevrange(this.#options.keys.live, '+', '-', 'COUNT', 1);
    return newest?.[0] ?? '0-0';
  }

  #dispatch(fields: readonly string[]): void {
    const entry = Object.fromEntries(pairs(fields));
    const listeners = this.#runListeners.get(entry['run'] ?? '');
    if (!listeners && this.#observers.size === 0) return;
    const parsed = parseEntry(entry, this.#options.logger);
    if ('events' in parsed) for (const listener of listeners ?? []) listener(parsed);
    for (const observer of this.#observers) observer(parsed);
  }
}

function* pairs(fields: readonly string[]): Generator<[string, string]> {
  for (let index = 0; index + 1 < fields.length; index += 2) yield [fields[index] ?? '', fields[index + 1] ?? ''];
}

function parseEntry(entry: Readonly<Record<string, string>>, logger: Logger): LiveBatch | LiveNotice {
  const runId = entry['run'] as MessageId; // written by our own append script
  const conversationId = entry['conversation'] as ConversationId; // likewise
  const person = entry['person'] ?? null;
  if (entry['message'] !== undefined) {
    return { kind: 'message_created', conversationId, person, messageId: entry['message'] as MessageId, runId }; // likewise
  }
  const [text, ended] = [entry['events'] ?? '[]', entry['ended'] === '1'];
  try {
    return { runId, conversationId, person, events: toEvents(JSON.parse(text)), bytes: Buffer.byteLength(text), ended };
  } catch (thrown) {
    if (!(thrown instanceof Fault) && !(thrown instanceof SyntaxError)) throw thrown;
    // Readers of this run look for themselves; those of all others must not go without because of it.
    logger.error({ problem: thrown.name, message_id: runId }, 'a live event is not of the contract');
    return { runId, conversationId, person, events: [], bytes: 0, ended };
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

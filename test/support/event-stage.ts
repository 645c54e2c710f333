import { type MessageId, newId, type RunEvent, type RunEventDraft } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import {
  type EventKeys,
  eventKeys,
  LiveReader,
  type LogPage,
  type LogPart,
  parseLog,
  readTail,
  RunFollower,
  RunLog,
  type RunLogOptions,
} from '@openclaw/events';
import { connectRedis, type Redis } from '@openclaw/redis';
import { silentLogger } from '@openclaw/telemetry';
import type { TestServices } from './test-services.js';
import { GATEWAY } from './callers.js';

export const END: RunEventDraft = {
  type: 'end',
  content: 'done',
  skills_used: [],
  tokens: { input: 1, output: 1, total: 2 },
  latency_ms: 1,
  model: 'test/model',
  finish_reason: 'stop',
  cost_usd: null,
  created_at: '2026-11-22T00:00:00.000Z',
};
export const START: RunEventDraft = { type: 'start', attempt: 1, model: 'test/model' };

export function token(content: string): RunEventDraft {
  return { type: 'token', content };
}

/** One run's log in real Redis, without a database: what Postgres would keep is kept here. */
export class EventStage {
  readonly runId = newId('msg');
  readonly conversationId = newId('conv');
  readonly keys: EventKeys;
  readonly live: LiveReader;
  readonly follower: RunFollower;
  /** What the run's row would hold. */
  readonly row = { attempt: 1, reserved: 64, events: null as string | null }; // widened: it is filled later
  /** What its pages would hold. */
  readonly pages: LogPage[] = [];
  /** What asking Postgres for a log does; replaced by tests of its outage. */
  findLogPage = async (after: number): Promise<LogPart & { isOver: boolean }> => {
    const page = this.pages.find(({ firstSeq, lastSeq }) => firstSeq <= after + 1 && after < lastSeq);
    const text = page?.events ?? this.row.events ?? '[]';
    return { events: parseLog(text).filter(({ seq }) => seq > after), bytes: text.length, isOver: this.row.events !== null };
  };
  readonly #command: Redis;
  readonly #stops: (() => void)[] = [];

  /** @param liveConnection what the shared reader blocks on; a connection of its own by default */
  constructor(services: TestServices, liveConnection?: Redis) {
    const settings = { url: services.redisUrl, prefix: services.prefix };
    this.keys = eventKeys(services.prefix);
    this.#command = services.redis;
    this.live = new LiveReader({
      connect: () => liveConnection ?? connectRedis(settings, 'blocking', silentLogger()),
      keys: this.keys,
      logger: silentLogger(),
    });
    this.follower = new RunFollower({
      redis: this.#command,
      keys: this.keys,
      live: this.live,
      archive: { findLogPage: (_caller, _runId, after) => this.findLogPage(after) },
    });
  }

  /** The writer of one attempt, fenced by the row as Postgres would. */
  log(options: Partial<RunLogOptions> = {}): RunLog {
    const attempt = options.attempt ?? this.row.attempt;
    return new RunLog({
      redis: this.#command,
      keys: this.keys,
      logger: silentLogger(),
      runId: this.runId,
      conversationId: this.conversationId,
      person: 'owner',
      attempt,
      base: this.pages.at(-1)?.lastSeq ?? 0,
      earlier: [],
      reserved: this.row.reserved,
      reserve: async (seq) => {
        if (attempt !== this.row.attempt || this.row.events !== null) throw new Fault('conflict', 'lost');
        this.row.reserved = Math.max(this.row.reserved, seq);
      },
      storePage: async (page) => {
        if (attempt !== this.row.attempt || this.row.events !== null) throw new Fault('conflict', 'lost');
        this.pages.push(page);
      },
      mayPublish: () => true,
      ...options,
    });
  }

  /** Seals the log, records it, and publishes it, as the runner does. */
  async finish(log: RunLog): Promise<void> {
    this.row.events = log.seal(END);
    await log.publishSealed();
  }

  /** Follows from a seq to the end, or until aborted, into `events`. */
  reader(afterSeq: number, fresh = false): { events: RunEvent[]; done: Promise<void>; leave: () => void } {
    const [events, leaving]: [RunEvent[], AbortController] = [[], new AbortController()];
    const read = async (): Promise<void> => {
      for await (const event of this.follower.follow(GATEWAY, this.runId, { afterSeq, fresh, signal: leaving.signal })) events.push(event);
    };
    const leave = (): void => {
      leaving.abort();
    };
    this.#stops.push(leave);
    return { events, done: read(), leave };
  }

  /** The seq up to which the log is in pages or in Redis; 0 where there is none of it. */
  async published(): Promise<number> {
    const [base, ...events] = await this.#command.lrange(this.keys.tail(this.runId), 0, -1);
    return Math.max(this.pages.at(-1)?.lastSeq ?? 0, Number(base ?? 0) + events.length);
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.live.stop();
  }
}

/** What Redis holds of a log that has no pages. */
export async function publishedEvents(services: TestServices, runId: MessageId): Promise<readonly RunEvent[]> {
  return (await readTail(services.redis, eventKeys(services.prefix), runId, { after: 0, bytesMax: Number.MAX_SAFE_INTEGER })).events;
}

/** `first` … `last`: what a reader must have seen, neither more nor less. */
export function seqs(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export function seqsOf(events: readonly RunEvent[]): number[] {
  return events.map((event) => event.seq);
}

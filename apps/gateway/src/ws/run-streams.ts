import { rateLimited } from '@openclaw/auth';
import { type ConversationId, isTerminal, type MessageId, type RunEvent } from '@openclaw/words';
import { type KeptLogs, replyOf } from '@openclaw/conversations';
import { Fault } from '@openclaw/errors';
import type { RunFollower } from '@openclaw/events';
import type { Logger } from '@openclaw/telemetry';
import type { Connection } from './connection.js';
import type { FrameRequest } from './frame-request.js';

/** Which run a client follows, and how much of it. */
export interface Followed {
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  /** Events up to this seq are known to the client. */
  readonly afterSeq: number;
  /** True for a run that was only just made. */
  readonly fresh: boolean;
  /** False: nothing but how it ends. */
  readonly events: boolean;
}

/** Runs that one socket may follow at once. */
const STREAMS_MAX = 64;
const RETRY_MS = 1000;

/**
 * Follows runs on behalf of sockets, side by side: events where they were asked for, and at the end always the whole reply or
 * the one error. Ends silently with the socket; the run goes on.
 */
export class RunStreams {
  readonly #follower: RunFollower;
  readonly #archive: Pick<KeptLogs, 'findLastEvent'>;
  readonly #logger: Logger;
  readonly #open = new WeakMap<Connection, number>();

  constructor(follower: RunFollower, archive: Pick<KeptLogs, 'findLastEvent'>, logger: Logger) {
    this.#follower = follower;
    this.#archive = archive;
    this.#logger = logger;
  }

  /** To be asked before a run is accepted. @throws Fault `rate_limited` where the socket follows as many as it may */
  checkRoom(connection: Connection): void {
    if ((this.#open.get(connection) ?? 0) < STREAMS_MAX) return;
    const sentence = `This socket waits for ${String(STREAMS_MAX)} replies already. Wait for one of them to end.`;
    throw rateLimited(sentence, STREAMS_MAX, RETRY_MS, Date.now() + RETRY_MS);
  }

  /** Begins; returns at once. */
  start(request: FrameRequest, followed: Followed): void {
    const { connection } = request;
    this.#count(connection, 1);
    void this.#follow(request, followed)
      .catch((thrown: unknown) => {
        const fault = request.fail(thrown, { id: followed.runId, conversation_id: followed.conversationId });
        if (fault.code === 'internal_error') this.#logger.error({ err: fault.cause, message_id: followed.runId }, 'stream failed');
      })
      .finally(() => {
        this.#count(connection, -1);
      });
  }

  async #follow(request: FrameRequest, followed: Followed): Promise<void> {
    const {
      caller,
      connection: { signal, memory },
    } = request;
    let last: RunEvent | null = null;
    for await (const event of this.#follower.follow(caller, followed.runId, {
      afterSeq: followed.afterSeq,
      fresh: followed.fresh,
      memory,
      signal,
    })) {
      last = event;
      if (followed.events && event.type !== 'error') await request.write(event);
    }
    if (signal.aborted) return;
    // it has seen the last event, and not what follows it
    const ending = last ?? (await this.#archive.findLastEvent(caller, followed.runId));
    if (!ending || !isTerminal(ending)) throw new Fault('internal_error', 'The events of this message broke off. Resume to read on.');
    await request.write(ending.type === 'end' ? { type: 'response', ...replyOf(ending) } : ending);
  }

  #count(connection: Connection, change: 1 | -1): void {
    this.#open.set(connection, (this.#open.get(connection) ?? 0) + change);
  }
}

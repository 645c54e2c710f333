import { type Caller, isTerminal, type MessageId, type MessageStatus } from '@openclaw/words';
import type { RunFollower } from '@openclaw/events';
import type { MessagesService } from './messages.service.js';

/** A cancel is answered when the run is over, and at the latest after this long with the state it is in then. */
const SETTLE_MS = 1000;

/** Cancels a run and waits a moment to see it end. */
export class Canceller {
  readonly #messages: MessagesService;
  readonly #follower: RunFollower;

  constructor(messages: MessagesService, follower: RunFollower) {
    this.#messages = messages;
    this.#follower = follower;
  }

  /** @throws Fault `not_found`, or `conflict` where it is over already */
  async cancel(caller: Caller, runId: MessageId): Promise<MessageStatus> {
    await this.#messages.cancel(caller, runId);
    await this.untilOver(caller, runId, AbortSignal.timeout(SETTLE_MS));
    return this.#messages.status(caller, runId);
  }

  /** Resolves when the run is over, or when `signal` aborts. */
  async untilOver(caller: Caller, runId: MessageId, signal: AbortSignal): Promise<void> {
    for await (const event of this.#follower.follow(caller, runId, { afterSeq: 0, signal })) if (isTerminal(event)) return;
  }
}

import { rateLimited } from '@openclaw/auth';
import type { Caller, ConversationId, MessageId } from '@openclaw/words';
import { type ConversationsService, type KeptLogs, replyOf } from '@openclaw/conversations';
import type { LiveBatch, LiveNotice, LiveReader } from '@openclaw/events';
import type { Logger } from '@openclaw/telemetry';
import type { Connection } from './connection.js';
import type { FrameRequest } from './frame-request.js';

export type SubscriptionTarget = ConversationId | '*';

export interface SubscriptionsOptions {
  readonly live: LiveReader;
  readonly conversations: Pick<ConversationsService, 'assertExists' | 'findMessage'>;
  readonly archive: Pick<KeptLogs, 'findLastEvent'>;
  readonly logger: Logger;
}

const TARGETS_MAX = 256;
/** What may wait to be read from Postgres; what comes beyond it is not delivered. */
const PENDING_MAX = 1000;
const RETRY_MS = 1000;

/**
 * firehose ─► who wants it? ─► the message from Postgres, once ─► one frame for each subscriber, in the order things happened
 *
 * Live and at most once: what passed while Redis or this gateway was away is in the conversation, and is not sent again.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #byTarget = new Map<SubscriptionTarget, Map<Connection, FrameRequest>>();
  readonly #byConnection = new Map<Connection, Set<SubscriptionTarget>>();
  #stopObserving: (() => void) | null = null;
  #delivered: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /**
   * Subscribing again replaces the `request_id`.
   * @throws Fault `not_found`, or `rate_limited` where the socket has as many subscriptions as it may
   */
  async add(request: FrameRequest, target: SubscriptionTarget): Promise<void> {
    const { connection } = request;
    if (target !== '*') await this.#options.conversations.assertExists(request.caller, target);
    if (connection.signal.aborted) return; // gone meanwhile: nobody would drop it
    const targets = this.#byConnection.get(connection) ?? new Set();
    if (targets.size >= TARGETS_MAX && !targets.has(target)) {
      const sentence = `This socket has ${String(TARGETS_MAX)} subscriptions already. Unsubscribe from one, or subscribe to "*".`;
      throw rateLimited(sentence, TARGETS_MAX, RETRY_MS, Date.now() + RETRY_MS);
    }
    this.#byConnection.set(connection, targets.add(target));
    const subscribers = this.#byTarget.get(target) ?? new Map<Connection, FrameRequest>();
    this.#byTarget.set(target, subscribers.set(connection, request));
    this.#stopObserving ??= this.#options.live.observe((entry) => {
      this.#observe(entry);
    });
  }

  /** Does nothing where there is no such subscription. */
  remove(connection: Connection, target: SubscriptionTarget): void {
    const targets = this.#byConnection.get(connection);
    targets?.delete(target);
    if (targets?.size === 0) this.#byConnection.delete(connection);
    const subscribers = this.#byTarget.get(target);
    subscribers?.delete(connection);
    if (subscribers?.size === 0) this.#byTarget.delete(target);
    if (this.#byTarget.size > 0) return;
    this.#stopObserving?.();
    this.#stopObserving = null;
  }

  /** Forgets a socket that is gone. */
  drop(connection: Connection): void {
    for (const target of this.#byConnection.get(connection) ?? []) this.remove(connection, target);
  }

  #observe(entry: LiveBatch | LiveNotice): void {
    const [first] = this.#audience(entry);
    if (!first) return;
    if ('kind' in entry) {
      this.#deliver(entry, () => this.#created(first.caller, entry));
      return;
    }
    const end = entry.events.find((event) => event.type === 'end');
    if (end) this.#deliver(entry, () => Promise.resolve({ type: 'response', ...replyOf(end) }));
    else if (entry.ended && entry.events.length === 0) this.#deliver(entry, () => this.#ended(first.caller, entry.runId));
  }

  async #created(caller: Caller, { conversationId, messageId }: LiveNotice): Promise<object | null> {
    const message = await this.#options.conversations.findMessage(caller, messageId);
    return message && { type: 'message_created', conversation_id: conversationId, message };
  }

  /** A reply that was too large to be carried by the firehose. */
  async #ended(caller: Caller, runId: MessageId): Promise<object | null> {
    const event = await this.#options.archive.findLastEvent(caller, runId);
    return event?.type === 'end' ? { type: 'response', ...replyOf(event) } : null;
  }

  /** One after the other: what waits holds its name alone, and not what is to be sent. */
  #deliver(about: LiveBatch | LiveNotice, make: () => Promise<object | null>): void {
    const { logger } = this.#options;
    const { conversationId } = about;
    if (this.#pending >= PENDING_MAX) {
      logger.warn({ conversation_id: conversationId }, 'subscribers missed something: too much waits to be read');
      return;
    }
    this.#pending += 1;
    this.#delivered = this.#delivered.then(async () => {
      const frame = await make().catch((err: unknown) => {
        logger.warn({ err, conversation_id: conversationId }, 'subscribers missed something: it could not be read');
        return null;
      });
      this.#pending -= 1;
      if (frame) for (const request of this.#audience(about)) request.reply(frame);
    });
  }

  /** One request for each socket whose owner sees it: of two subscriptions the more particular one speaks. */
  #audience({ conversationId, person }: LiveBatch | LiveNotice): FrameRequest[] {
    const everything = this.#byTarget.get('*');
    const one = this.#byTarget.get(conversationId);
    if (!everything && !one) return [];
    const requests = new Map([...(everything ?? []), ...(one ?? [])]).values();
    return [...requests].filter(({ caller: { sees } }) => sees === null || sees === person);
  }
}

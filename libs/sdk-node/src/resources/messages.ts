import { ApiError } from '../errors.js';
import type { Accepted, MessageStatus, Regenerate, Reply, SendMessage } from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { Deadline } from '../retries.js';
import { RunStream, type StreamOptions } from '../run-stream.js';
import { type ApiRequest, jsonIn, newKey, pathOf, timeoutError, type Transport } from '../transport.js';

/** A message as `POST /message` takes it; how long to wait is the call's to say, and the channel is `api` where none is named. */
export type MessageInput = Omit<SendMessage, 'channel' | 'wait_for_response' | 'timeout_ms'> & { readonly channel?: string };

/** What a call that sends may have of its own. */
export interface SendOptions extends StreamOptions {
  /** Names the message: sent again with the same one, it is the same message. One is made where it is left out. */
  readonly idempotencyKey?: string;
}

/** One request waits no longer than this for its reply; the call goes on by the message's events. */
const WAIT_MS = 60_000;
/** When the caller's time is up the gateway says so, with the message's id: its answer gets this much more to arrive. */
const GRACE_MS = 2000;

/** Messages to the agent, and what becomes of them. */
export class Messages {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Sends and waits for the reply, however long the agent works, until the call's own time is up.
   * @throws TimeoutError with `messageId` when it is; the agent goes on
   */
  async create(input: string | MessageInput, options: SendOptions = {}): Promise<Reply> {
    return this.#answered(sending(input, options), options);
  }

  /** Sends, and returns as soon as it is accepted. */
  async send(input: string | MessageInput, options: SendOptions = {}): Promise<Accepted> {
    const request = sending(input, options);
    return this.#transport.json<Accepted>({ ...request, json: { ...request.json, wait_for_response: false } }, options);
  }

  /** Sends when it is first read, and gives what happens as it happens. */
  stream(input: string | MessageInput, options: SendOptions = {}): RunStream {
    return new RunStream(this.#transport, sending(input, options), options);
  }

  /** Answers again, as a branch of the conversation. */
  async regenerate(
    id: string,
    input: Omit<Regenerate, 'wait_for_response' | 'timeout_ms'> = {},
    options: SendOptions = {},
  ): Promise<Reply> {
    return this.#answered({ ...keyed(options), method: 'POST', path: pathOf('message', id, 'regenerate'), json: input }, options);
  }

  /** The events of a message that is known, after the event `afterSeq`. */
  events(id: string, options: StreamOptions & { readonly afterSeq?: number } = {}): RunStream {
    return new RunStream(this.#transport, null, options, { id, seq: options.afterSeq ?? 0 });
  }

  async status(id: string, options?: CallOptions): Promise<MessageStatus> {
    return this.#transport.json({ method: 'GET', path: pathOf('message', id, 'status'), repeatable: true }, options);
  }

  /** Stops the agent's work on it. @throws ConflictError where it is over already */
  async cancel(id: string, options?: CallOptions): Promise<MessageStatus> {
    return this.#transport.json({ method: 'POST', path: pathOf('message', id, 'cancel'), repeatable: true }, options);
  }

  async #answered(request: MessageRequest, options: SendOptions): Promise<Reply> {
    const timeoutMs = options.timeoutMs ?? this.#transport.settings.timeoutMs;
    const deadline = new Deadline(timeoutMs + GRACE_MS, options.signal);
    const waiting = { ...request.json, timeout_ms: Math.max(1, Math.min(WAIT_MS, Math.ceil(timeoutMs))) };
    try {
      return await this.#transport.within(deadline, { ...request, json: waiting }, jsonIn<Reply>);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.messageId === null || !(thrown.status === 408 || thrown.status === 503)) throw thrown;
      const leftMs = deadline.leftMs - GRACE_MS;
      if (leftMs <= 0) throw timeoutError(thrown.details);
      return await this.events(thrown.messageId, { ...options, timeoutMs: leftMs }).reply();
    } finally {
      deadline.end();
    }
  }
}

type MessageRequest = ApiRequest & { readonly json: object };

function sending(input: string | MessageInput, options: SendOptions): MessageRequest {
  const message = typeof input === 'string' ? { message: input } : input;
  return { ...keyed(options), method: 'POST', path: pathOf('message'), json: { channel: 'api', ...message } };
}

function keyed({ idempotencyKey = newKey() }: SendOptions): Pick<ApiRequest, 'headers' | 'repeatable'> {
  return { headers: { 'idempotency-key': idempotencyKey }, repeatable: true };
}

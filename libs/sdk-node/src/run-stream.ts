import { type ApiError, ConnectionError, errorOfEvent } from './errors.js';
import type { Event, Reply } from './contract.gen.js';
import type { CallOptions } from './options.js';
import { backoffMs, Deadline, wait } from './retries.js';
import { readEvents } from './sse.js';
import { type ApiRequest, eventsIn, pathOf, timeoutError, type Transport } from './transport.js';

/** An event of a kind that this version does not know: it is passed on as it came. */
export type UnknownEvent = {
  readonly type: string & {};
  readonly id: string;
  readonly seq: number;
  readonly conversation_id: string;
  readonly [field: string]: unknown;
};
/** What happens to a message, in order; how it failed is thrown. */
export type RunEvent = Exclude<Event, { type: 'error' }>;

/** How a stream is followed. */
export interface StreamOptions extends CallOptions {
  /** Stops the agent's work too when `signal` aborts or the time is up; by default it goes on. */
  readonly cancelOnAbort?: boolean;
}

/**
 * A message on its way, as its events: `for await (const event of stream)`, `await stream.reply()`, or both.
 *
 * A connection that breaks is taken up again after the last event, without a gap or a repeat. Leaving the loop closes the connection;
 * the agent's work goes on, and another loop, or `reply()`, goes on where the last one stopped.
 */
export class RunStream implements AsyncIterable<RunEvent> {
  readonly #transport: Transport;
  readonly #begin: ApiRequest | null;
  readonly #options: StreamOptions;
  #id: string | null;
  #conversationId: string | null = null;
  #seq: number;
  #text = '';
  #reply: Reply | null = null;
  #failure: ApiError | null = null;

  /** @param begin the request that starts it; null for a message that is known, followed after `seq` */
  constructor(
    transport: Transport,
    begin: ApiRequest | null,
    options: StreamOptions,
    known: { readonly id: string | null; readonly seq: number } = { id: null, seq: 0 },
  ) {
    this.#transport = transport;
    this.#begin = begin;
    this.#options = options;
    this.#id = known.id;
    this.#seq = known.seq;
  }

  /** The message's id, which is its reply's; null before its first event. */
  get id(): string | null {
    return this.#id;
  }

  get conversationId(): string | null {
    return this.#conversationId;
  }

  /** The last event's number: where another process could go on. */
  get seq(): number {
    return this.#seq;
  }

  /** What was said so far; a `restart` empties it. */
  get text(): string {
    return this.#text;
  }

  /** The whole reply, at the end. @throws ApiError how the message failed */
  async reply(): Promise<Reply> {
    for await (const _event of this); // read to the end
    if (!this.#reply) throw new ConnectionError('The stream ended without its last event.', null);
    return this.#reply;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent, void> {
    if (this.#failure) throw this.#failure;
    if (this.#reply) return;
    const deadline = new Deadline(this.#options.timeoutMs ?? this.#transport.settings.timeoutMs, this.#options.signal);
    try {
      yield* this.#follow(deadline);
    } catch (thrown) {
      if (!deadline.signal.aborted) throw thrown;
      if (this.#options.cancelOnAbort) await this.#cancel();
      throw deadline.expired ? timeoutError(this.#where()) : deadline.signal.reason;
    } finally {
      deadline.end();
    }
  }

  async *#follow(deadline: Deadline): AsyncGenerator<RunEvent, void> {
    for (let losses = 0; ; losses += 1) {
      const before = this.#seq;
      try {
        yield* this.#once(deadline);
      } catch (thrown) {
        if (deadline.signal.aborted || !(thrown instanceof Broken)) throw thrown;
      }
      if (this.#reply) return;
      if (this.#seq > before) losses = 0;
      if (losses > this.#transport.settings.maxRetries)
        throw new ConnectionError('The stream broke off again and again before its next event.', null);
      if (losses > 0) await wait(backoffMs(losses), deadline.signal);
    }
  }

  /** One connection, from where the last one ended. */
  async *#once(deadline: Deadline): AsyncGenerator<RunEvent, void> {
    const body = await this.#transport.within(deadline, this.#request(), eventsIn);
    const events = readEvents(body);
    try {
      for (let next = await this.#next(events); next !== null; next = await this.#next(events)) {
        const event = next === '' ? null : this.#take(next);
        if (event) yield event;
        if (this.#reply) return;
      }
    } finally {
      await events.return();
    }
  }

  async #next(events: AsyncGenerator<{ readonly data: string }, void>): Promise<string | null> {
    try {
      const { value, done } = await events.next();
      return done === true ? null : value.data;
    } catch (cause) {
      throw new Broken('the connection broke', { cause });
    }
  }

  #request(): ApiRequest {
    const accept = { accept: 'text/event-stream' };
    if (this.#id === null && this.#begin) return { ...this.#begin, headers: { ...this.#begin.headers, ...accept } };
    const headers = { ...accept, ...(this.#seq > 0 ? { 'last-event-id': String(this.#seq) } : {}) };
    return { method: 'GET', path: pathOf('message', this.#id ?? '', 'events'), headers, repeatable: true };
  }

  /** Folds an event into what is known. @returns null for one that was there before @throws ApiError for the one that tells a failure */
  #take(data: string): RunEvent | null {
    const event = eventIn(data);
    if (event.seq <= this.#seq) return null;
    this.#seq = event.seq;
    this.#id = event.id;
    this.#conversationId = event.conversation_id;
    if (event.type === 'error') throw (this.#failure = errorOfEvent(event));
    if (event.type === 'token') this.#text += event.content;
    else if (event.type === 'restart') this.#text = '';
    else if (event.type === 'end') {
      this.#text = event.content;
      this.#reply = replyOf(event);
    }
    return event;
  }

  async #cancel(): Promise<void> {
    if (this.#id === null) return;
    const request: ApiRequest = { method: 'POST', path: pathOf('message', this.#id, 'cancel'), repeatable: true };
    // over already, or out of reach: nothing more can be done
    await this.#transport.json(request, { timeoutMs: 5000 }).catch(() => undefined);
  }

  #where(): Record<string, unknown> {
    if (this.#id === null) return {};
    return { id: this.#id, conversation_id: this.#conversationId, poll_url: pathOf('message', this.#id, 'status') };
  }
}

/** The reply that an `end` event carries. */
export function replyOf(event: Extract<Event, { type: 'end' }>): Reply {
  const { type: _type, seq: _seq, ...reply } = event;
  return { ...reply, role: 'assistant' };
}

/** @throws Broken where it is no event: something between here and the gateway has a hand in it, and the next connection may be better */
function eventIn(data: string): Event {
  try {
    const event: unknown = JSON.parse(data);
    // of the gateway's document; kinds that came later pass
    if (typeof event === 'object' && event !== null && 'seq' in event && typeof event.seq === 'number') return event as Event;
  } catch (cause) {
    throw new Broken('no JSON', { cause });
  }
  throw new Broken('no event');
}

/** The connection ended before the stream did. */
class Broken extends Error {}

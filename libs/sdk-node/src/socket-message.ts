import { errorOfEvent } from './errors.js';
import type { Reply } from './contract.gen.js';
import { Mailbox } from './mailbox.js';
import type { RunEvent } from './run-stream.js';

/** A frame of the gateway. */
export type SocketFrame = { readonly type: string; readonly [field: string]: unknown };

/** A message that was sent over a socket: its events, and its reply at the end. One loop reads the events. */
export class SocketMessage implements AsyncIterable<RunEvent> {
  readonly #message: SocketFrame;
  readonly #events = new Mailbox<RunEvent>();
  readonly #reply: Promise<Reply>;
  #settle: { resolve: (reply: Reply) => void; reject: (failure: unknown) => void } = { resolve: () => undefined, reject: () => undefined };
  #id: string | null = null;
  #conversationId: string | null = null;
  #seq = 0;

  /** @param message the frame that sends it, with its `request_id` and its `idempotency_key` */
  constructor(message: SocketFrame) {
    this.#message = message;
    this.#reply = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.#reply.catch(() => undefined); // told where it is awaited, and by the loop
  }

  /** Null until the gateway has accepted it. */
  get id(): string | null {
    return this.#id;
  }

  get conversationId(): string | null {
    return this.#conversationId;
  }

  /** @throws ApiError how the message failed */
  async reply(): Promise<Reply> {
    return this.#reply;
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent, void> {
    return this.#events[Symbol.asyncIterator]();
  }

  /** What to send on a new connection: the message itself where it was not accepted yet, the same one by its key. */
  get next(): SocketFrame {
    return this.#id === null
      ? this.#message
      : { type: 'resume', id: this.#id, after_seq: this.#seq, request_id: this.#message['request_id'] };
  }

  /** @returns whether it is over */
  take(frame: SocketFrame): boolean {
    if (typeof frame['id'] === 'string') this.#id = frame['id'];
    if (typeof frame['conversation_id'] === 'string') this.#conversationId = frame['conversation_id'];
    if (frame.type === 'accepted') return false;
    if (frame.type === 'error') return this.fail(errorOfEvent(frame));
    if (frame.type === 'response') return this.#succeed(frame);
    if (typeof frame['seq'] === 'number' && frame['seq'] > this.#seq) {
      this.#seq = frame['seq'];
      this.#events.put(withoutEcho(frame) as unknown as RunEvent); // of the gateway's vocabulary; kinds that came later pass
    }
    return false;
  }

  fail(failure: Error): true {
    this.#settle.reject(failure);
    this.#events.end(failure);
    return true;
  }

  #succeed(frame: SocketFrame): true {
    const { type: _type, ...reply } = withoutEcho(frame);
    this.#settle.resolve({ role: 'assistant', ...reply } as Reply); // the whole reply, by the contract of `response`
    this.#events.end();
    return true;
  }
}

function withoutEcho(frame: SocketFrame): SocketFrame {
  const { request_id: _echo, ...rest } = frame;
  return rest;
}

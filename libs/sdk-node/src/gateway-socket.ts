import { apiError, ConnectionError, errorOfEvent, OpenClawError } from './errors.js';
import { Mailbox } from './mailbox.js';
import { backoffMs } from './retries.js';
import type { MessageInput } from './resources/messages.js';
import { type SocketFrame, SocketMessage } from './socket-message.js';
import { newKey, type Transport } from './transport.js';

export { type SocketFrame, SocketMessage } from './socket-message.js';

/** How a socket behaves. */
export interface SocketOptions {
  /** Milliseconds without a connection after which it is given up; 10 minutes by default. */
  readonly maxDowntimeMs?: number;
}

/** What a conversation's subscriber is told: `message_created` and `response` frames. */
export interface Subscription extends AsyncIterable<SocketFrame> {
  close(): void;
}

const MAX_DOWNTIME_MS = 600_000;
const PING_EVERY_MS = 30_000;
const UNAUTHORIZED = 4401;
/** Coming again would end the same way: too many frames, one too large, a protocol error. */
const FINAL_CODES = new Set([1002, 1003, 1007, 1008, 1009, UNAUTHORIZED]);

/**
 * connecting ─► auth ─► open ─► {closed by us ─► over │ broken ─► pause ─► connecting; runs are resumed, subscriptions made again}
 *
 * One WebSocket to the gateway that outlives its connections.
 */
export class GatewaySocket {
  readonly #transport: Transport;
  readonly #maxDowntimeMs: number;
  readonly #messages = new Map<string, SocketMessage>();
  readonly #subscriptions = new Map<string, Mailbox<SocketFrame>>();
  #socket: WebSocket | null = null;
  #isIn = false;
  #isOver = false;
  #losses = 0;
  #downSince = Date.now();
  #heard = true;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #pinging: ReturnType<typeof setInterval> | undefined;
  #opened: { resolve: (socket: GatewaySocket) => void; reject: (failure: unknown) => void } | null = null;

  private constructor(transport: Transport, options: SocketOptions) {
    this.#transport = transport;
    this.#maxDowntimeMs = options.maxDowntimeMs ?? MAX_DOWNTIME_MS;
  }

  /** Resolves when the gateway has let it in. @throws UnauthorizedError, ConnectionError where the first try fails */
  static async open(transport: Transport, options: SocketOptions = {}): Promise<GatewaySocket> {
    if (!transport.settings.WebSocket)
      throw new OpenClawError(
        'There is no WebSocket here. Use Node 22 or later, or give the class of a package such as ws as the option WebSocket.',
      );
    const socket = new GatewaySocket(transport, options);
    return new Promise((resolve, reject) => {
      socket.#opened = { resolve, reject };
      socket.#connect();
    });
  }

  /** Sends now, or on the next connection; sent again it is the same message. */
  message(input: string | (Omit<MessageInput, 'parent_id' | 'message'> & { readonly content: string })): SocketMessage {
    if (this.#isOver) throw new OpenClawError('The socket is closed.');
    const requestId = newKey();
    const fields = typeof input === 'string' ? { content: input } : input;
    const message = new SocketMessage({ type: 'message', stream: true, request_id: requestId, idempotency_key: requestId, ...fields });
    this.#messages.set(requestId, message);
    this.#send(message.next);
    return message;
  }

  /** @param conversationId `*` for all that the token may see. One subscription to each. */
  subscribe(conversationId = '*'): Subscription {
    if (this.#isOver) throw new OpenClawError('The socket is closed.');
    if (this.#subscriptions.has(conversationId)) throw new OpenClawError(`There is a subscription to ${conversationId} already.`);
    const frames = new Mailbox<SocketFrame>();
    this.#subscriptions.set(conversationId, frames);
    this.#send({ type: 'subscribe', conversation_id: conversationId });
    return {
      close: () => {
        frames.end();
        if (this.#subscriptions.delete(conversationId)) this.#send({ type: 'unsubscribe', conversation_id: conversationId });
      },
      [Symbol.asyncIterator]: () => frames[Symbol.asyncIterator](),
    };
  }

  /** Stops the agent's work on a message; its own reply tells that it was cancelled. */
  cancel(id: string): void {
    this.#send({ type: 'cancel', id });
  }

  /** Ends the connection, the subscriptions, and the waiting for replies; the agent's work goes on. */
  close(): void {
    this.#end(new OpenClawError('The socket was closed.'), null);
  }

  #connect(): void {
    const { WebSocket: Socket, baseUrl } = this.#transport.settings;
    if (!Socket) return;
    const socket = new Socket(`${baseUrl.replace(/^http/, 'ws')}/ws`);
    this.#socket = socket;
    this.#isIn = false;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: 'auth', token: this.#transport.settings.token ?? '' }));
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#take(JSON.parse(String(data)) as SocketFrame); // frames of the gateway are objects with a type
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#onClosed(code, reason);
    };
    socket.onerror = () => undefined; // its close follows, and says more
  }

  #take(frame: SocketFrame): void {
    this.#heard = true;
    if (frame.type === 'auth_success') this.#letIn();
    else if (!this.#isIn && frame.type === 'error') this.#end(errorOfEvent(frame), errorOfEvent(frame));
    else if (typeof frame['request_id'] === 'string') this.#deliver(frame['request_id'], frame);
    else this.#publish(frame);
  }

  #letIn(): void {
    this.#isIn = true;
    this.#losses = 0;
    this.#opened?.resolve(this);
    this.#opened = null;
    this.#pinging = setInterval(() => {
      this.#ping();
    }, PING_EVERY_MS);
    for (const conversationId of this.#subscriptions.keys()) this.#send({ type: 'subscribe', conversation_id: conversationId });
    for (const message of this.#messages.values()) this.#send(message.next);
  }

  #deliver(requestId: string, frame: SocketFrame): void {
    if (this.#messages.get(requestId)?.take(frame)) this.#messages.delete(requestId);
  }

  #publish(frame: SocketFrame): void {
    if (frame.type !== 'message_created' && frame.type !== 'response') return;
    this.#subscriptions.get('*')?.put(frame);
    this.#subscriptions.get(String(frame['conversation_id']))?.put(frame);
  }

  #ping(): void {
    if (!this.#heard) this.#socket?.close();
    this.#heard = false;
    this.#send({ type: 'ping' });
  }

  #send(frame: SocketFrame): void {
    if (this.#isIn && !this.#isOver) this.#socket?.send(JSON.stringify(frame));
  }

  #onClosed(code: number, reason: string): void {
    clearInterval(this.#pinging);
    if (this.#isIn) this.#downSince = Date.now();
    this.#isIn = false;
    if (this.#isOver) return;
    const why =
      code === UNAUTHORIZED
        ? apiError({ message: 'The token was refused, or has ended.', status: 401, code: 'unauthorized' })
        : new ConnectionError(
            `The gateway at ${this.#transport.settings.baseUrl} closed the socket: ${String(code)}${reason === '' ? '' : ` ${reason}`}.`,
            String(code),
          );
    if (this.#opened || FINAL_CODES.has(code) || Date.now() - this.#downSince > this.#maxDowntimeMs) this.#end(why, why);
    else
      this.#pause = setTimeout(() => {
        this.#connect();
      }, backoffMs(this.#losses++));
  }

  #end(why: Error, opening: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#pause);
    clearInterval(this.#pinging);
    this.#opened?.reject(opening ?? why);
    for (const message of this.#messages.values()) message.fail(why);
    for (const frames of this.#subscriptions.values()) frames.end(opening);
    this.#messages.clear();
    this.#subscriptions.clear();
    this.#socket?.close();
  }
}

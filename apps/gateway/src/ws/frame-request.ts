import { randomUUID } from 'node:crypto';
import { type Caller, type FrameType, toCaller } from '@openclaw/words';
import type { Fault } from '@openclaw/errors';
import { toFault } from '../http/error.filter.js';
import { isRequestId } from '../http/request-id.js';
import type { Connection } from './connection.js';

/** What Nest hands to the handler of a frame. */
export interface FrameCall<F> {
  readonly frame: F;
  readonly request: FrameRequest;
}

/** One frame that a client sent, and the way back: whatever it causes carries its `request_id`. */
export class FrameRequest {
  readonly connection: Connection;
  type: FrameType | 'unknown' = 'unknown';
  #id: string = randomUUID();
  #echo: { readonly request_id?: string } = {};
  #fault: Fault | null = null;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** For the logs of every service: the client's own where it is sane, else a new one. */
  get id(): string {
    return this.#id;
  }

  /** Who sent it. */
  get caller(): Caller {
    return toCaller(this.connection.principal, this.#id);
  }

  /** @param echo the frame's `request_id`, where it has one */
  identify(echo: string | undefined): void {
    if (isRequestId(echo)) this.#id = echo;
    if (echo !== undefined) this.#echo = { request_id: echo };
  }

  /** Why it was refused; null while it was not. */
  get fault(): Fault | null {
    return this.#fault;
  }

  /** Answers at once. */
  reply(frame: object): void {
    this.connection.send({ ...frame, ...this.#echo });
  }

  /** Answers as fast as the client reads. */
  async write(frame: object): Promise<void> {
    await this.connection.write({ ...frame, ...this.#echo });
  }

  /** Answers with an error frame; the socket stays. @param about what the client knows the failed thing by */
  fail(thrown: unknown, about: object = {}): Fault {
    this.#fault = toFault(thrown);
    this.reply({ type: 'error', ...about, ...this.#fault.toBody() });
    return this.#fault;
  }
}

import type { TimeoutTier } from './model-client.types.js';

export interface ModelTimeouts {
  /** Until a connection is open, TLS included. */
  readonly connectMs: number;
  /** From the request to the first piece of the reply; also how long a thinking block may be silent later. */
  readonly firstTokenMs: number;
  /** Between two pieces of the reply. */
  readonly stallMs: number;
}

type Waiting = 'first_token' | 'stall';

/** How long one request waits for its model. Aborts {@link signal} when the patience or the caller's own signal is over. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #timeouts: ModelTimeouts;
  readonly #outer: AbortSignal;
  readonly #follow: () => void;
  #waiting: Waiting = 'first_token';
  #timer: NodeJS.Timeout;
  #exceeded: Waiting | null = null;

  constructor(timeouts: ModelTimeouts, outer: AbortSignal) {
    this.#timeouts = timeouts;
    this.#outer = outer;
    this.#follow = (): void => {
      this.#controller.abort(outer.reason);
    };
    outer.addEventListener('abort', this.#follow, { once: true });
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A piece of the reply came. */
  heard(): void {
    if (this.#waiting === 'stall') this.#timer.refresh();
    else this.#wait('stall');
  }

  /** The model says that it thinks, which it may do in silence. */
  thinks(): void {
    if (this.#waiting !== 'first_token') this.#wait('first_token');
  }

  /** The limit that was exceeded; null where none was. */
  exceeded(): { readonly tier: TimeoutTier; readonly limit_ms: number } | null {
    return this.#exceeded && { tier: this.#exceeded, limit_ms: this.#limit(this.#exceeded) };
  }

  /** The request is over: closes the connection if it still is open. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#follow);
    this.#controller.abort();
  }

  #wait(waiting: Waiting): void {
    clearTimeout(this.#timer);
    this.#waiting = waiting;
    this.#timer = this.#start();
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#exceeded = this.#waiting;
      this.#controller.abort(new DOMException(`the ${this.#waiting} timeout was exceeded`, 'TimeoutError'));
    }, this.#limit(this.#waiting));
  }

  #limit(waiting: Waiting): number {
    return waiting === 'stall' ? this.#timeouts.stallMs : this.#timeouts.firstTokenMs;
  }
}

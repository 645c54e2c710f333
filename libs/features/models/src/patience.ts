import type { TimeoutTier } from '@openclaw/language-model';

/** How long a model may take, in milliseconds. */
export interface ModelTimeouts {
  /** Until a connection is open, TLS included. */
  readonly connectMs: number;
  /** From the request to the first piece of the reply; also how long a thinking block may be silent later. */
  readonly firstTokenMs: number;
  /** Between two pieces of the reply. */
  readonly stallMs: number;
}

type Waiting = 'first_token' | 'stall' | 'last_words';

/** How long a finished reply may take to say what it cost. */
const LAST_WORDS_MS = 1_500;

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

  /** Bytes came, whatever they say: comments and pings are signs of life too, though not of a reply that has ended. */
  byte(): void {
    if (this.#waiting !== 'last_words') this.#timer.refresh();
  }

  /** A piece of the reply came. */
  heard(): void {
    if (this.#waiting === 'stall') this.#timer.refresh();
    else this.#wait('stall');
  }

  /** The model has said why it stopped, or said something after that. */
  finishes(): void {
    if (this.#waiting === 'last_words') this.#timer.refresh();
    else this.#wait('last_words');
  }

  /** The model says that it thinks, which it may do in silence. */
  thinks(): void {
    if (this.#waiting !== 'first_token') this.#wait('first_token');
  }

  /** The limit that was exceeded; null where none was. */
  exceeded(): { readonly tier: TimeoutTier; readonly limit_ms: number } | null {
    const tier = this.#exceeded;
    return tier === null || tier === 'last_words' ? null : { tier, limit_ms: this.#limit(tier) };
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
    if (waiting === 'last_words') return LAST_WORDS_MS;
    return waiting === 'stall' ? this.#timeouts.stallMs : this.#timeouts.firstTokenMs;
  }
}

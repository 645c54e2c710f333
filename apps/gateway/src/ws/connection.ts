import { type BucketState, take } from '@openclaw/auth';
import { CLOSE_CODES, type ErrorCode, FRAME_BYTES_MAX, type FrameType, type Principal } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { WebSocket } from 'ws';
import type { ClientShare } from '../http/client-memory.js';
import type { FrameMeter } from './frame-meter.js';
import { type Arrival, echoOf, parseAuthFrame, type RawFrame, readFrame } from './read-frame.js';

export interface ConnectionOptions {
  readonly address: string;
  readonly version: string;
  /** What may wait to be sent; a reader that lets more pile up is closed with 4408. */
  readonly bufferBytes: number;
  /** How long the peer may take to authenticate. */
  readonly authTimeoutMs: number;
  /** Lets the holder of a token in. Rejects with the Fault that says why not. */
  readonly admit: (token: string, connection: Connection) => Promise<Principal>;
  /** Told of a first frame that is no authentication. */
  readonly onUnreadable: () => void;
  readonly meter: FrameMeter;
  /** What this process holds for the socket. */
  readonly memory: ClientShare;
  /** Told the code when this side begins to close. */
  readonly onClosing: (code: number) => void;
}

/** Without any progress for this long the reader stands still, and what it is sent piles up instead of being held back. */
const STALL_MS = 3000;
/** How long the peer may take to answer a close; a slow reader still has to read what was sent before it. */
const CLOSE_MS = 2000;
const CLOSE_SLOW_MS = 30_000;
/** The same for one whose token has ended: it is to be gone soon, whatever it does. */
const CLOSE_SOON_MS = 500;
/** How a refusal's code is told by a close; 4401 for all others. */
const CLOSE_CODE_OF: Partial<Record<ErrorCode, number>> = { service_unavailable: CLOSE_CODES.tryLater };
/** A peer that goes on sending what is refused is cut off beyond this many, or this many a minute. */
const REFUSALS = { capacity: 200, refillPerMinute: 200 };
/** At shutdown, how long the frame in hand may take to be answered. */
const LEAVE_MS = 5000;

/**
 * opened ─► auth (in time, once) ─► frames, one after the other ─► closed
 *
 * One socket: who is at the other end, the order of what it sends, and a bound on what waits to be sent to it. Closing it ends
 * what goes on for it, and nothing else.
 */
export class Connection {
  readonly address: string;
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  readonly #over = new AbortController();
  readonly #arrived: Arrival[] = [];
  #principal: Principal | null = null;
  #hasAsked = false;
  #authTimer: NodeJS.Timeout | undefined;
  #handle: (arrival: Arrival) => Promise<void> = () => Promise.resolve();
  #working: Promise<void> | null = null;
  #leaving = false;
  #refusals: BucketState | null = null;
  #heard = true;
  #stalled = false;
  #unfinished = 0;
  #progress: PromiseWithResolvers<undefined> | null = null;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.address = options.address;
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (data, isBinary) => {
      this.memory.pend(-this.#unfinished);
      this.#unfinished = 0;
      this.#take({ bytes: data as Buffer, isBinary }); // binaryType is nodebuffer
    });
    socket.on('pong', () => {
      this.#heard = true;
    });
    socket.on('ping', () => {
      if (this.isAuthenticated) this.charge(0); // what ws answers by itself counts too
    });
    socket.on('error', () => {
      // ws has begun to close, with the code of RFC 6455 that says why (1002, 1007, 1009).
      this.#end(CLOSE_MS);
    });
    socket.once('close', () => {
      clearTimeout(this.#authTimer);
      this.memory.close();
      this.#over.abort();
    });
    this.#authTimer = setTimeout(() => {
      this.refuse(new Fault('unauthorized', 'No auth frame came in time.'));
    }, options.authTimeoutMs);
  }

  /** Aborts when the socket is closing: nobody reads any more. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get memory(): ClientShare {
    return this.#options.memory;
  }

  /** Told of what came through the socket, before the frame that it may complete. */
  received(bytes: number): void {
    const counted = Math.min(bytes, FRAME_BYTES_MAX - this.#unfinished);
    this.#unfinished += counted;
    this.memory.pend(counted);
  }

  /** Whether its first frame is there: until that is answered, nothing more is read. */
  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  get isAuthenticated(): boolean {
    return this.#principal !== null;
  }

  /** Whose token it is. @throws Error before authentication: a bug, not a refusal */
  get principal(): Principal {
    if (!this.#principal) throw new Error('the socket has not authenticated');
    return this.#principal;
  }

  /** Calls `handle` with each frame after `auth`, the next one when the last one is done. It must not reject. */
  listen(handle: (arrival: Arrival) => Promise<void>): void {
    this.#handle = handle;
  }

  /** Calls `listener` once, when the socket is closed for good. */
  onClosed(listener: () => void): void {
    this.#socket.once('close', listener);
  }

  /** Takes a frame's cost from what the token may send. @returns why it may not; who sends on all the same is closed with 1008 */
  charge(bytes: number): Fault | null {
    const refusal = this.#options.meter.charge(this.principal.tokenId, bytes);
    if (!refusal) return null;
    const { take: taken, state } = take(REFUSALS, this.#refusals, Date.now());
    this.#refusals = state;
    if (!taken.allowed) this.close(CLOSE_CODES.flood, 'Too many frames were refused. Connect again and send fewer.');
    return refusal;
  }

  /** Takes what a frame of this type costs beyond its size. */
  owe(type: FrameType): void {
    this.#options.meter.owe(this.principal.tokenId, type);
  }

  /** Sends at once, or closes with 4408 where too much waits already. After the end it does nothing. */
  send(frame: object): void {
    if (this.signal.aborted) return;
    if (this.#socket.bufferedAmount > this.#options.bufferBytes) {
      this.close(CLOSE_CODES.slowReader, 'Too much waits to be read. Connect again and resume.', CLOSE_SLOW_MS);
      return;
    }
    const text = JSON.stringify(frame);
    this.memory.pend(text.length);
    this.#socket.send(text, () => {
      this.memory.pend(-text.length);
      this.#onFlushed();
    });
  }

  /**
   * Sends when half of the buffer is free, so that a long replay is paced by its reader. Does not wait for a reader that stands
   * still: that one is closed, as {@link send} says.
   */
  async write(frame: object): Promise<void> {
    while (!this.#stalled && !this.signal.aborted && this.#socket.bufferedAmount > this.#options.bufferBytes / 2) await this.#flushed();
    this.send(frame);
  }

  /** Closes in the words of the Fault: an error frame, then 4401, or 1013 where it is no fault of the peer's. */
  refuse(fault: Fault, requestId?: string, withinMs = CLOSE_MS): void {
    this.send({ type: 'error', ...fault.toBody(), ...(requestId === undefined ? {} : { request_id: requestId }) });
    this.close(CLOSE_CODE_OF[fault.code] ?? CLOSE_CODES.unauthorized, fault.code, withinMs);
  }

  /** As {@link refuse}, for one that was let in: it takes no frame more, and is cut off soon. */
  expel(fault: Fault): void {
    this.refuse(fault, undefined, CLOSE_SOON_MS);
  }

  /** As {@link refuse}, without waiting for the peer to agree: its place is needed. */
  dismiss(fault: Fault): void {
    this.refuse(fault);
    this.#socket.terminate();
  }

  /**
   * @param reason at most 123 bytes (RFC 6455, 5.5)
   * @param withinMs how long the peer may take to agree before the connection is cut
   */
  close(code: number, reason: string, withinMs = CLOSE_MS): void {
    if (this.signal.aborted) return;
    this.#options.onClosing(code);
    this.#socket.close(code, reason);
    this.#end(withinMs);
  }

  /** Answers the frame in hand, takes no other, and closes with 1012. Resolves when the socket is closed for good. */
  async leave(): Promise<void> {
    this.#leaving = true;
    const closed = new Promise<void>((resolve) => {
      if (this.#socket.readyState === this.#socket.CLOSED) resolve();
      else this.onClosed(resolve);
    });
    await within(LEAVE_MS, this.#working ?? Promise.resolve());
    this.close(CLOSE_CODES.restarting, 'The gateway restarts. Connect again and resume.');
    await within(CLOSE_MS, closed);
    this.#socket.terminate();
  }

  /** Asks whether the peer is still there, and cuts the connection where it left the last such question unanswered. */
  ping(): void {
    if (this.signal.aborted || !this.isAuthenticated) return;
    if (!this.#heard && !this.#working) {
      this.#socket.terminate();
      return;
    }
    this.#heard = false;
    this.#socket.ping();
  }

  #take(arrival: Arrival): void {
    this.#heard = true;
    if (this.#leaving || this.signal.aborted) return;
    if (!this.#hasAsked) {
      this.#hasAsked = true;
      this.#socket.pause();
      void this.#authenticate(arrival);
      return;
    }
    this.#arrived.push(arrival);
    // Who sends faster than it is answered waits on its own side of the wire.
    if (this.#arrived.length > 1) this.#socket.pause();
    if (this.#principal) this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    for (let next = this.#arrived[0]; next && !this.#leaving && !this.signal.aborted; next = this.#arrived[0]) {
      await this.#handle(next);
      this.#arrived.shift();
    }
    this.#working = null;
    this.#socket.resume();
  }

  async #authenticate(arrival: Arrival): Promise<void> {
    let raw: RawFrame = {};
    let token: string | null = null;
    try {
      raw = readFrame(arrival);
      token = parseAuthFrame(raw, arrival).token;
      this.#principal = await this.#options.admit(token, this);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      if (token === null) this.#options.onUnreadable();
      this.#socket.resume();
      this.refuse(thrown, echoOf(raw));
      return;
    }
    clearTimeout(this.#authTimer);
    const echo = echoOf(raw);
    this.send({
      type: 'auth_success',
      scopes: this.#principal.scopes,
      version: this.#options.version,
      ...(echo === undefined ? {} : { request_id: echo }),
    });
    if (this.#arrived.length > 0) this.#working = this.#work();
    else this.#socket.resume();
  }

  #end(withinMs: number): void {
    if (this.signal.aborted) return;
    this.#over.abort();
    clearTimeout(this.#authTimer);
    const cut = setTimeout(() => {
      this.#socket.terminate();
    }, withinMs);
    this.onClosed(() => {
      clearTimeout(cut);
    });
  }

  /** Something was taken by the kernel: the reader moves. */
  #onFlushed(): void {
    this.#stalled = false;
    this.#progress?.resolve(undefined);
    this.#progress = null;
  }

  async #flushed(): Promise<void> {
    this.#progress ??= Promise.withResolvers();
    const { promise } = this.#progress;
    // The second look is for a process that was busy itself: what was taken meanwhile is told a turn of the loop later.
    if (!(await within(STALL_MS, promise)) && !(await within(0, promise))) this.#stalled = true;
  }
}

/** @returns false where `work` took longer than `ms` */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, ms, false);
  const done = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return done;
}

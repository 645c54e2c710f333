import type { Socket } from 'node:net';
import {
  type Frame,
  FrameReader,
  bytesOfResult,
  type LaneHello,
  laneHelloSchema,
  type LaneResult,
  laneResultSchema,
  LIMITS,
  type RunRequest,
  writeFrame,
} from '@openclaw/lanes';
import type { Bundle } from './bundle-cache.js';

/** A call, as a lane is given it. */
export interface LaneCall {
  readonly request: RunRequest;
  readonly bundle: Bundle;
  readonly input: Buffer;
  /** What its connections to the proxy begin with; null: it has no way out. */
  readonly token: string | null;
}

/** What a call gave. */
export type CallFrame = Frame<Exclude<LaneResult, { why: 'lacks' }>>;

/** The lane went away in the middle of a call, or had to be ended. */
export class LaneLostError extends Error {}

/** Beyond a call's own time: what its end and the way back may take, on a machine that has much else to do. */
const GRACE_MS = 10_000;
/** Skills whose files a lane is thought to have; where it has let them go, it says so. */
const KNOWN_MAX = 500;
const BODY_BYTES_MAX = LIMITS.outputBytes + LIMITS.errorBytes + LIMITS.madeBytes;

interface Current {
  readonly id: number;
  readonly call: LaneCall;
  readonly resolve: (frame: CallFrame) => void;
  readonly reject: (reason: Error) => void;
  readonly alarm: NodeJS.Timeout;
}

type FromLane = { readonly hello: LaneHello } | { readonly result: LaneResult };

/** One lane, from its hello to its end. One call at a time. Whatever it says out of turn ends the connection. */
export class Lane {
  readonly #socket: Socket;
  readonly #changed: () => void;
  readonly #known = new Set<string>();
  readonly #reader: FrameReader<FromLane>;
  #hello: LaneHello | null = null;
  #current: Current | null = null;
  #serial = 0;

  /** @param changed when it has come, is free again, or has gone */
  constructor(socket: Socket, changed: () => void) {
    this.#socket = socket;
    this.#changed = changed;
    this.#reader = new FrameReader<FromLane>({
      parse: (line) =>
        this.#hello === null ? { hello: (this.#hello = laneHelloSchema.parse(line)) } : { result: laneResultSchema.parse(line) },
      bytesOf: (head) => ('result' in head ? bytesOfResult(head.result) : 0),
      lineBytesMax: LIMITS.lineBytes,
      bodyBytesMax: BODY_BYTES_MAX,
    });
    socket
      .on('data', (piece) => {
        this.#read(piece);
      })
      .on('error', () => undefined)
      .once('close', () => {
        this.#lose();
      });
  }

  /** null until it has said it. */
  get hello(): LaneHello | null {
    return this.#hello;
  }

  get isBusy(): boolean {
    return this.#current !== null;
  }

  get isFree(): boolean {
    return this.#hello !== null && this.#hello.refused === null && this.#current === null && !this.#socket.destroyed;
  }

  /** Runs a call. Aborting has the lane end it; the lane is free when that is done. @throws LaneLostError */
  run(call: LaneCall, signal: AbortSignal): Promise<CallFrame> {
    const { promise, resolve, reject } = Promise.withResolvers<CallFrame>();
    const id = (this.#serial += 1);
    const alarm = setTimeout(() => this.#socket.destroy(), call.request.timeout_s * 1000 + GRACE_MS);
    this.#current = { id, call, resolve, reject, alarm };
    this.#send(id, call, this.#known.has(call.request.digest));
    const cancel = (): void => {
      if (this.#current?.id === id) this.#socket.write(writeFrame({ cancel: id }));
    };
    signal.addEventListener('abort', cancel, { once: true });
    return promise.finally(() => {
      signal.removeEventListener('abort', cancel);
    });
  }

  #send(id: number, { request, bundle, input, token }: LaneCall, isKnown: boolean): void {
    const { digest, runtime, entry, timeout_s, env } = request;
    const files = isKnown ? null : [...bundle].map(([name, content]) => [name, content.length]);
    this.#socket.write(
      writeFrame(
        { run: id, digest, runtime, entry, timeout_s, env, token, files, input: input.length },
        isKnown ? [input] : [...bundle.values(), input],
      ),
    );
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.add(digest);
  }

  #read(piece: Buffer): void {
    try {
      for (const { head, body } of this.#reader.push(piece)) {
        if ('result' in head) this.#settle(head.result, body);
        else this.#changed();
      }
      // eslint-disable-next-line no-catch-all/no-catch-all -- whatever is wrong with what a lane says, it is not heard any more
    } catch {
      this.#socket.destroy();
    }
  }

  #settle(result: LaneResult, body: Buffer): void {
    const current = this.#current;
    if (current?.id !== result.id) throw new Error('a result that nobody asked for');
    if (result.why === 'lacks') {
      this.#send(current.id, current.call, false);
      return;
    }
    this.#current = null;
    clearTimeout(current.alarm);
    if (!result.clean) this.#socket.destroy(); // it ends by itself, and must not be given anything meanwhile
    current.resolve({ head: result, body });
    this.#changed();
  }

  #lose(): void {
    const current = this.#current;
    this.#current = null;
    if (current) {
      clearTimeout(current.alarm);
      current.reject(new LaneLostError('the lane went away'));
    }
    this.#changed();
  }
}

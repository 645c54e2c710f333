import type { WsMessageHandler } from '@nestjs/common';
import { FRAMES, type FrameType } from '@openclaw/words';
import { type Logger, withRequestContext } from '@openclaw/telemetry';
import { checkScope, type Guard } from '../http/guard.js';
import type { RequestLog } from '../http/request-log.js';
import type { Connection } from './connection.js';
import { type FrameCall, FrameRequest } from './frame-request.js';
import { type Arrival, echoOf, frameTypeOf, parseFrame, type RawFrame, readFrame } from './read-frame.js';

/** A refused frame that is larger gets its error without its `request_id`. */
const REFUSED_BYTES_MAX = 4096;

/**
 * meter ─► JSON ─► type ─► meter, by what it asks for ─► rate (messages) ─► scope ─► schema ─► handler
 *
 * What fails on the way is answered with an error frame, and the socket stays.
 */
export class FrameDispatcher {
  readonly #guard: Pick<Guard, 'spend'>;
  readonly #logger: Logger;
  readonly #requestLog: Pick<RequestLog, 'frame'>;

  constructor(guard: Pick<Guard, 'spend'>, logger: Logger, requestLog: Pick<RequestLog, 'frame'>) {
    this.#guard = guard;
    this.#logger = logger;
    this.#requestLog = requestLog;
  }

  /** Resolves when the frame is answered, or its work is under way; never rejects. */
  async dispatch(connection: Connection, arrival: Arrival, handlers: readonly WsMessageHandler[]): Promise<void> {
    const startedAt = performance.now();
    const request = new FrameRequest(connection);
    await this.#receive(request, arrival, handlers).catch((thrown: unknown) => request.fail(thrown));
    this.#log(request, performance.now() - startedAt);
  }

  async #receive(request: FrameRequest, arrival: Arrival, handlers: readonly WsMessageHandler[]): Promise<void> {
    const refusal = request.connection.charge(arrival.bytes.length);
    // What is refused is read only as far as its answer needs, and not where reading is the work.
    if (refusal && arrival.bytes.length > REFUSED_BYTES_MAX) throw refusal;
    const raw = readFrame(arrival);
    request.identify(echoOf(raw));
    if (refusal) throw refusal;
    await withRequestContext({ request_id: request.id }, () => this.#handle(request, raw, arrival, handlers));
  }

  async #handle(request: FrameRequest, raw: RawFrame, arrival: Arrival, handlers: readonly WsMessageHandler[]): Promise<void> {
    const { principal } = request.connection;
    const type = frameTypeOf(raw);
    request.type = type;
    request.connection.owe(type);
    if (type === 'message') await this.#guard.spend(principal);
    checkScope(FRAMES[type].scope, principal);
    const call: FrameCall<unknown> = { frame: parseFrame<FrameType>(type, raw, arrival), request };
    const handler = handlers.find(({ message }) => message === type);
    if (!handler) throw new Error(`frame without a handler: ${type}`);
    await handler.callback(call);
  }

  #log({ id, type, fault }: FrameRequest, durationMs: number): void {
    if (fault?.code === 'internal_error') this.#logger.error({ err: fault.cause, request_id: id }, 'request failed');
    if (type === 'ping' && !fault) return;
    const status = fault?.toBody().status ?? 200;
    this.#requestLog.frame({
      request_id: id,
      method: 'WS',
      route: '/ws',
      frame: type,
      status,
      duration_ms: Math.round(durationMs * 10) / 10,
    });
  }
}

import { ERROR_STATUS, type ErrorBody, type ErrorCode } from '@openclaw/words';

export interface FaultOptions {
  /** Particulars that a stranger may read; always an object on the wire. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What really happened; for the log only. */
  readonly cause?: unknown;
}

/**
 * An expected failure. `message` is read by strangers: it says what to do and holds no secret, path or SQL. Rooms throw it;
 * one filter makes a status of it, one policy makes a job outcome of it.
 */
export class Fault extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: FaultOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The wire form: the same for REST, the WebSocket, a stream and a stored failure. */
  toBody(): ErrorBody {
    return { error: this.code, message: this.message, status: ERROR_STATUS[this.code], details: { ...this.details } };
  }

  /** The fault that a stored or received body stands for. */
  static fromBody(body: ErrorBody): Fault {
    return new Fault(body.error, body.message, { details: body.details });
  }

  /** Any thrown value as a fault: a Fault as it is, everything else as `internal_error` without particulars. */
  static from(thrown: unknown): Fault {
    if (thrown instanceof Fault) return thrown;
    return new Fault('internal_error', 'Something went wrong inside the gateway. Try again; the request id finds it in the log.', {
      cause: thrown,
    });
  }
}

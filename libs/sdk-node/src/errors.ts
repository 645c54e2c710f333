/** What the gateway says of an error, beside its code. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What an error of the API is made of. */
export interface ApiErrorFields {
  readonly message: string;
  readonly status: number;
  readonly code: string;
  readonly details?: ErrorDetails;
  readonly requestId?: string | null;
  /** Seconds, from `Retry-After`; null where the gateway named none. */
  readonly retryAfter?: number | null;
}

/** Everything that this package throws, but for the reason of a signal that the caller aborted. */
export class OpenClawError extends Error {
  override readonly name: string = 'OpenClawError';
}

/** The gateway could not be reached, or the connection broke and nothing says whether the request arrived. */
export class ConnectionError extends OpenClawError {
  override readonly name: string = 'ConnectionError';
  /** The system's own code, such as `ECONNREFUSED`; null where it gave none. */
  readonly code: string | null;

  constructor(message: string, code: string | null, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** An error that the gateway answered with, or one of its own shape: `code` as in its contract, such as `not_found`. */
export class ApiError extends OpenClawError {
  override readonly name: string = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly details: ErrorDetails;
  /** Names the request in the gateway's log. */
  readonly requestId: string | null;
  readonly retryAfter: number | null;

  constructor({ message, status, code, details = {}, requestId = null, retryAfter = null }: ApiErrorFields) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }

  /** The message that was accepted before the error, where there is one. */
  get messageId(): string | null {
    return textOf(this.details['id']);
  }

  /** Where its state can be asked for. */
  get pollUrl(): string | null {
    return textOf(this.details['poll_url']);
  }
}

/** 400: the request is malformed; `details.issues` names the fields. */
export class BadRequestError extends ApiError {
  override readonly name: string = 'BadRequestError';
}
/** 401: no token, or one that is unknown, revoked or expired. */
export class UnauthorizedError extends ApiError {
  override readonly name: string = 'UnauthorizedError';
}
/** 403: the token may not do this. */
export class ForbiddenError extends ApiError {
  override readonly name: string = 'ForbiddenError';
}
/** 404: there is no such thing, or not for this token. */
export class NotFoundError extends ApiError {
  override readonly name: string = 'NotFoundError';
}
/** 408: no answer within the time given. The work goes on: `messageId` and `pollUrl` say where to look. */
export class TimeoutError extends ApiError {
  override readonly name: string = 'TimeoutError';
}
/** 409: it is otherwise by now: a stale `If-Match`, a key reused, a message cancelled. */
export class ConflictError extends ApiError {
  override readonly name: string = 'ConflictError';
}
/** 413: larger than the gateway takes. */
export class PayloadTooLargeError extends ApiError {
  override readonly name: string = 'PayloadTooLargeError';
}
/** 429: too many requests; `retryAfter` says when to come again. */
export class RateLimitedError extends ApiError {
  override readonly name: string = 'RateLimitedError';
}
/** 500: a bug of the gateway's; its log has `requestId`. */
export class InternalServerError extends ApiError {
  override readonly name: string = 'InternalServerError';
}
/** 502: the model's provider refused or broke. */
export class UpstreamError extends ApiError {
  override readonly name: string = 'UpstreamError';
}
/** 503: the gateway cannot serve just now. */
export class ServiceUnavailableError extends ApiError {
  override readonly name: string = 'ServiceUnavailableError';
}

const CLASSES: Readonly<Record<string, typeof ApiError>> = {
  bad_request: BadRequestError,
  unauthorized: UnauthorizedError,
  forbidden: ForbiddenError,
  not_found: NotFoundError,
  timeout: TimeoutError,
  conflict: ConflictError,
  payload_too_large: PayloadTooLargeError,
  rate_limited: RateLimitedError,
  internal_error: InternalServerError,
  upstream_error: UpstreamError,
  service_unavailable: ServiceUnavailableError,
};
const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'timeout',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  500: 'internal_error',
  502: 'upstream_error',
  503: 'service_unavailable',
};
const TEXT_MAX = 200;

/** The error of its code's class. */
export function apiError(fields: ApiErrorFields): ApiError {
  return new (CLASSES[fields.code] ?? ApiError)(fields);
}

/** What a response other than 2xx says, whoever answered: the gateway in its own shape, or a proxy with a page. */
export function errorOf(
  status: number,
  body: string,
  about: { readonly requestId: string | null; readonly retryAfter: number | null },
): ApiError {
  const told = bodyOf(body);
  if (told) return apiError({ ...told, status, ...about });
  const said = body.trim().slice(0, TEXT_MAX);
  const message = `HTTP ${String(status)}, and the body is no error of the gateway's${said === '' ? '.' : `: ${said}`}`;
  return apiError({ message, status, code: CODES[status] ?? 'unknown', ...about });
}

/** The error of an `error` event or frame. */
export function errorOfEvent(event: Readonly<Record<string, unknown>>): ApiError {
  const status = typeof event['status'] === 'number' ? event['status'] : 500;
  const code = textOf(event['error']) ?? CODES[status] ?? 'unknown';
  const id = textOf(event['id']);
  const details = { ...(id === null ? {} : { id, conversation_id: event['conversation_id'] }), ...fieldsOf(event['details']) };
  return apiError({ message: textOf(event['message']) ?? code, status, code, details });
}

function bodyOf(body: string): Pick<ApiErrorFields, 'message' | 'code' | 'details'> | null {
  const { error: code, message, details } = fieldsOf(jsonOrNull(body));
  return typeof code === 'string' ? { code, message: textOf(message) ?? code, details: fieldsOf(details) } : null;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

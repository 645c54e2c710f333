import { apiError, type ApiError, ConnectionError, errorOf, OpenClawError } from './errors.js';
import type { CallOptions, Settings } from './options.js';
import { backoffMs, Deadline, retryAfterOf, wait } from './retries.js';
import { VERSION } from './version.js';

/** One request, before anything of a client is in it. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root, such as `/api/v1/message`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: Blob | Uint8Array<ArrayBuffer> | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent again, the gateway does it once all the same: by the key in its headers, or because it changes nothing. */
  readonly repeatable: boolean;
}

const RETRIED = new Set([429, 502, 503]);
const CERTIFICATE = /CERT|SIGNATURE|ISSUER/;
/** The request never left: nothing can have happened. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** A key that names a call, however often it is sent. */
export function newKey(): string {
  return `sdk-${globalThis.crypto.randomUUID()}`;
}

/** A path of the API with its parts escaped. */
export function pathOf(...parts: readonly string[]): string {
  return ['/api/v1', ...parts.map(encodeURIComponent)].join('/');
}

/**
 * request ─► fetch ─► {2xx ─► the response; refused or broken ─► again, after a pause, while there is time; else ─► the error of its class}
 */
export class Transport {
  readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** The reply as JSON; undefined for 204. */
  async json<Reply>(request: ApiRequest, options: CallOptions = {}): Promise<Reply> {
    return this.call(request, options, async (response) => {
      if (response.status === 204) return undefined as Reply; // of routes whose reply is void
      return jsonIn<Reply>(response);
    });
  }

  /** Whatever `read` makes of the response; it is called again where the connection breaks while it reads. */
  async call<Result>(request: ApiRequest, options: CallOptions, read: (response: Response) => Promise<Result>): Promise<Result> {
    const deadline = new Deadline(options.timeoutMs ?? this.settings.timeoutMs, options.signal);
    try {
      return await this.within(deadline, request, read);
    } finally {
      deadline.end();
    }
  }

  /** The same within time that is given already. */
  async within<Result>(deadline: Deadline, request: ApiRequest, read: (response: Response) => Promise<Result>): Promise<Result> {
    for (let attempt = 0; ; attempt += 1) {
      const failure = await this.#attempt(deadline, request, read, attempt);
      if ('result' in failure) return failure.result;
      if (attempt >= this.settings.maxRetries || failure.pauseMs === null || failure.pauseMs > deadline.leftMs) throw failure.error;
      await this.#pause(deadline, failure.pauseMs);
    }
  }

  async #attempt<Result>(
    deadline: Deadline,
    request: ApiRequest,
    read: (response: Response) => Promise<Result>,
    attempt: number,
  ): Promise<Attempt<Result>> {
    try {
      const response = await this.settings.fetch(this.urlOf(request), { ...this.#initOf(request), signal: deadline.signal });
      if (response.ok) return { result: await read(response) };
      const error = await errorFrom(response);
      // What an attempt that was lost has deleted is gone, as was wanted.
      if (error.status === 404 && request.method === 'DELETE' && attempt > 0) return { result: undefined as Result }; // void, of a DELETE
      return { error, pauseMs: pauseAfter(error, request, attempt) };
    } catch (thrown) {
      if (deadline.signal.aborted) throw this.#overtime(deadline);
      if (!isOfNetwork(thrown)) throw thrown;
      return this.#lost(this.connectionError(thrown), request, attempt);
    }
  }

  /** A connection that was kept may have been closed by the other side meanwhile: the first time a new one is tried at once. */
  #lost(error: ConnectionError, { repeatable }: ApiRequest, attempt: number): Attempt<never> {
    const code = error.code ?? '';
    const mayBeRepeated = (repeatable || NEVER_SENT.has(code)) && !CERTIFICATE.test(code);
    if (!mayBeRepeated) return { error, pauseMs: null };
    return { error, pauseMs: attempt === 0 ? 0 : backoffMs(attempt) };
  }

  async #pause(deadline: Deadline, ms: number): Promise<void> {
    try {
      await wait(ms, deadline.signal);
    } catch {
      throw this.#overtime(deadline);
    }
  }

  /** Why a call ended by its signal: its time, or the caller. */
  #overtime(deadline: Deadline): unknown {
    return deadline.expired ? timeoutError({}) : deadline.signal.reason;
  }

  /** The error for what `fetch` or a socket threw. */
  connectionError(thrown: unknown): ConnectionError {
    const code = codeOf(thrown);
    const advice = CERTIFICATE.test(code ?? '')
      ? ' Its certificate is not trusted here: name its authority in NODE_EXTRA_CA_CERTS, or start Node with --use-system-ca.'
      : '';
    return new ConnectionError(
      `The gateway at ${this.settings.baseUrl} could not be reached, or broke off: ${code ?? messageOf(thrown)}.${advice}`,
      code,
      thrown,
    );
  }

  urlOf({ path, query = {} }: Pick<ApiRequest, 'path' | 'query'>): string {
    const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const text = new URLSearchParams(pairs).toString();
    return `${this.settings.baseUrl}${path}${text === '' ? '' : `?${text}`}`;
  }

  #initOf({ method, json, raw, headers }: ApiRequest): RequestInit {
    const { token } = this.settings;
    return {
      method,
      headers: {
        accept: 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...('process' in globalThis ? { 'user-agent': `openclaw-sdk-node/${VERSION}` } : {}),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(raw === undefined ? {} : { body: raw }),
      redirect: 'error', // a token is not taken along to somewhere else
    };
  }
}

type Attempt<Result> = { readonly result: Result } | { readonly error: Error; readonly pauseMs: number | null };

/** 408 of this side: the caller's own time is up. */
export function timeoutError(details: Readonly<Record<string, unknown>>): ApiError {
  return apiError({ message: 'The time given is over; what was accepted is still worked on.', status: 408, code: 'timeout', details });
}

/** @returns milliseconds until the same may be asked again, or null where that does not help */
function pauseAfter(error: ApiError, request: ApiRequest, attempt: number): number | null {
  const isRefusal = error.status === 429 || error.status === 503;
  // What was accepted is not sent again: the error says how it ended, or that it goes on.
  if (!RETRIED.has(error.status) || error.messageId !== null || !(request.repeatable || isRefusal)) return null;
  return error.retryAfter === null ? backoffMs(attempt) : error.retryAfter * 1000;
}

async function errorFrom(response: Response): Promise<ApiError> {
  const { headers, status } = response;
  return errorOf(status, await response.text(), {
    requestId: headers.get('x-request-id'),
    retryAfter: retryAfterOf(headers.get('retry-after')),
  });
}

/** The body as JSON. @throws ApiError with the first words of what is none: a page of a proxy's */
export async function jsonIn<Reply>(response: Response): Promise<Reply> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Reply; // as the gateway's document has it, of which the types are made
  } catch {
    throw strange(response, text);
  }
}

/** The body as a stream of events. @throws ApiError as {@link jsonIn} */
export async function eventsIn(response: Response): Promise<ReadableStream<Uint8Array>> {
  if (response.body && response.headers.get('content-type')?.startsWith('text/event-stream')) return response.body;
  throw strange(response, await response.text());
}

function strange({ status, headers }: Response, text: string): ApiError {
  return errorOf(status, text, { requestId: headers.get('x-request-id'), retryAfter: null });
}

/** `fetch` throws TypeError for all that has to do with the network (that of its own realm), and a body that breaks off does as well. */
export function isOfNetwork(thrown: unknown): boolean {
  return !(thrown instanceof OpenClawError) && (codeOf(thrown) !== null || fieldsOf(thrown).name === 'TypeError');
}

/** What an error says of itself, whichever realm it was made in. */
function fieldsOf(thrown: unknown): { readonly name?: unknown; readonly message?: unknown; readonly cause?: unknown } {
  return typeof thrown === 'object' && thrown !== null ? thrown : {};
}

function codeOf(thrown: unknown): string | null {
  for (let at = thrown, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = 'cause' in at ? at.cause : null;
  }
  return null;
}

function messageOf(thrown: unknown): string {
  const { message, cause } = fieldsOf(thrown);
  return String(fieldsOf(cause).message ?? message ?? thrown);
}

import { Fault } from '@openclaw/errors';
import type { Redactor } from '@openclaw/telemetry';
import { readContextLength } from './context-length.js';
import type { TimeoutTier, UpstreamDetails } from '@openclaw/language-model';
import { HttpRefusal } from './provider-http.client.js';
import { readErrors, statusOf } from './read-error.js';
import { readReason } from './read-reason.js';
import { json } from './wires/read-json.js';
import { BrokenReply, ReplyError } from './wires/reply-turn.js';

/** Whose failure it is: the words by which the configuration and the wire know it. */
export interface Origin {
  /** The entry of `providers`. */
  readonly entry: string;
  readonly provider: string;
  readonly model: string;
}

interface Failure {
  readonly status: number | null;
  readonly retryable: boolean;
  readonly sentence: (origin: Origin) => string;
  readonly retryAfterMs?: number | null;
  /** The provider's own words, as they came. */
  readonly words?: unknown;
  readonly billed?: boolean;
}

const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH/;
const RETRYABLE = new Set([408, 409, 425, 429]);

/** Any failure of a provider as the `upstream_error` that it is; a Fault stays as it is. */
export function toUpstreamFault(error: unknown, origin: Origin, redactor: Redactor): Fault {
  if (error instanceof Fault) return error;
  const { status, retryable, sentence, retryAfterMs, words, billed } = read(error);
  const details = {
    provider: origin.provider,
    upstream_status: status,
    retryable,
    ...told(words, redactor),
    ...(billed === true ? { billed } : {}),
    ...(typeof retryAfterMs === 'number' ? { retry_after_ms: retryAfterMs } : {}),
  };
  const length = status !== 429 ? readContextLength(json(words)) : null;
  if (length === null) return upstreamFault(sentence(origin), { cause: error, details });
  return upstreamFault(tooLong(origin), { cause: error, details: { ...details, retryable: false, context_length: { ...length } } });
}

function told(words: unknown, redactor: Redactor): { readonly reason?: string } {
  const reason = words === undefined ? '' : readReason(words, redactor);
  return reason === '' ? {} : { reason };
}

/** An `upstream_error` with the details that all of them have. */
export function upstreamFault(sentence: string, options: { readonly details: UpstreamDetails; readonly cause?: unknown }): Fault {
  return new Fault('upstream_error', sentence, { details: { ...options.details }, cause: options.cause });
}

/** The model said nothing within a limit. Once the request was sent, it may have to be paid for. */
export function timeoutFault(origin: Origin, exceeded: { readonly tier: TimeoutTier; readonly limit_ms: number }, cause?: unknown): Fault {
  const sentence = `${origin.provider} did not answer within ${String(exceeded.limit_ms)} ms (agent.${exceeded.tier}_timeout_ms). Try again, or raise the limit.`;
  const billed = exceeded.tier === 'connect' ? {} : { billed: true };
  return upstreamFault(sentence, {
    cause,
    details: { provider: origin.provider, upstream_status: null, retryable: true, ...exceeded, ...billed },
  });
}

/** The stream ended, but not as a reply ends; `how` completes "The reply of x …". */
export function brokenFault({ provider }: Origin, how: string, cause?: unknown): Fault {
  return upstreamFault(`The reply of ${provider} ${how}. Try again.`, {
    cause,
    details: { provider, upstream_status: null, retryable: true, billed: true },
  });
}

/** The reply was whole and empty. */
export function silentFault({ provider }: Origin): Fault {
  return upstreamFault(`The reply of ${provider} was empty. Try again.`, {
    details: { provider, upstream_status: null, retryable: true, billed: true, silent: true },
  });
}

/** What came was whole, and no reply of this wire: the same would come again. */
export function mismatchFault({ entry, provider }: Origin, body: string, redactor: Redactor): Fault {
  return upstreamFault(`What ${provider} sent is no reply of a model. Check providers.${entry}.base_url and type.`, {
    details: { provider, upstream_status: null, retryable: false, ...told(body, redactor) },
  });
}

/** True where no connection came about within the limit of the HTTP client. */
export function isConnectTimeout(error: unknown): boolean {
  return readErrors(error).some(({ code }) => code === 'UND_ERR_CONNECT_TIMEOUT');
}

function read(error: unknown): Failure {
  if (error instanceof HttpRefusal)
    return { status: error.status, words: error.body, ...readStatus(error.status, error.body, error.headers) };
  if (error instanceof ReplyError) return { ...readReplyError(error.body), words: error.body, billed: true };
  if (error instanceof BrokenReply)
    return { status: null, retryable: true, billed: true, sentence: ({ provider }) => `The reply of ${provider} broke off. Try again.` };
  return readConnection(error);
}

function readConnection(error: unknown): Failure {
  // undici's words for what a proxy refuses
  const proxyStatus = /^Proxy\b.*\((\d{3})\)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (proxyStatus !== undefined)
    return { status: null, retryable: proxyStatus.startsWith('5'), sentence: (origin) => proxySentence(proxyStatus, origin) };
  const chain = readErrors(error);
  if (chain.some(({ code }) => typeof code === 'string' && TLS_CODE.test(code))) {
    return {
      status: null,
      retryable: false,
      sentence: ({ entry, provider }) => `The certificate of ${provider} was not accepted. Check providers.${entry}.base_url.`,
    };
  }
  if (chain.some(({ code }) => typeof code === 'string' && /^(?:ERR_INVALID_(?:CHAR|ARG)|UND_ERR_INVALID_ARG)/.test(code))) {
    return {
      status: null,
      retryable: false,
      sentence: ({ entry }) =>
        `The request could not be written. Check providers.${entry}.api_key and base_url for characters that do not belong there.`,
    };
  }
  if (chain.some(({ code }) => typeof code === 'string' && /^(?:E[A-Z_]+|UND_ERR_\w+)$/.test(code))) {
    // Cut behind the request: whether it was answered and charged for is not known.
    const billed = chain.some(({ code }) => code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET');
    return {
      status: null,
      retryable: true,
      billed,
      sentence: ({ entry, provider }) =>
        `${provider} could not be reached. Check providers.${entry}.base_url and the network, then try again.`,
    };
  }
  return {
    status: null,
    retryable: true,
    billed: true,
    sentence: ({ provider }) => `The reply of ${provider} could not be read. Try again.`,
  };
}

/** An error within a reply has the status that it names or stands for; none where it does neither. */
function readReplyError(body: unknown): Failure {
  const status =
    readErrors(body)
      .map(statusOf)
      .find((found) => found !== null) ?? null;
  if (status !== null) return { status, ...readStatus(status, json(body), {}) };
  return { status, retryable: true, sentence: ({ provider }) => `${provider} ended its reply with an error. Try again.` };
}

function readStatus(status: number, body: string, headers: Readonly<Record<string, string>>): Omit<Failure, 'status'> {
  const spent = body.includes('insufficient_quota');
  const retryable = (status >= 500 || RETRYABLE.has(status)) && !spent && headers['x-should-retry'] !== 'false';
  return { retryable, retryAfterMs: readRetryAfter(headers), sentence: (origin) => sentenceFor(status, origin) };
}

function sentenceFor(status: number, { entry, provider, model }: Origin): string {
  if (status < 400) return `${provider} redirects elsewhere, which is not followed. Check providers.${entry}.base_url.`;
  if (status === 401 || status === 403) return `${provider} did not accept the API key. Check providers.${entry}.api_key.`;
  if (status === 404) return `${provider} does not know the model ${model}. Check providers.${entry}.model and base_url.`;
  if (status === 407) return proxySentence('407', { provider });
  if (status === 429) return `${provider} is limiting requests or a quota is spent. Try again later.`;
  if (status >= 500 || status === 408) return `${provider} failed with status ${String(status)}. Try again later.`;
  return `${provider} refused the request with status ${String(status)}; details.reason is its own sentence.`;
}

function proxySentence(status: string, { provider }: Pick<Origin, 'provider'>): string {
  const advice =
    status === '407'
      ? 'Check the user and the password in proxy.http and proxy.https.'
      : 'Ask who runs it, or name the provider in proxy.except.';
  return `The proxy before ${provider} refused with status ${status}. ${advice}`;
}

function tooLong({ entry, provider }: Origin): string {
  return `${provider} refused the request as too long for its model. Say less at once, or set providers.models.<name>.context_tokens to what ${entry} takes.`;
}

/** Milliseconds from `retry-after-ms` or `Retry-After` (seconds or an HTTP date, RFC 9110 10.2.3); null where neither is sane. */
export function readRetryAfter(headers: Readonly<Record<string, string>>, now: number = Date.now()): number | null {
  const inMs = Number(headers['retry-after-ms'] ?? NaN);
  if (Number.isFinite(inMs) && inMs >= 0) return Math.ceil(inMs);
  const value = headers['retry-after']?.trim() ?? '';
  const isDate = /^[a-z]{3,9},? /i.test(value); // Date.parse takes almost anything for a date, a negative number too
  const delay = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) * 1000 : isDate ? Date.parse(value) - now : NaN;
  return Number.isFinite(delay) ? Math.max(0, Math.ceil(delay)) : null;
}

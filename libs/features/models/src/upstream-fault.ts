import { APICallError } from '@ai-sdk/provider';
import { Fault } from '@openclaw/errors';
import type { TimeoutTier, UpstreamDetails } from './model-client.types.js';
import { readErrors, statusOf } from './read-error.js';

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
}

const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH/;
const RETRYABLE = new Set([408, 409, 425, 429]);

/** Any failure of a provider as the `upstream_error` that it is; a Fault stays as it is. */
export function toUpstreamFault(error: unknown, origin: Origin): Fault {
  if (error instanceof Fault) return error;
  const { status, retryable, sentence, retryAfterMs } = read(error);
  return upstreamFault(sentence(origin), {
    cause: error,
    details: { provider: origin.provider, upstream_status: status, retryable, ...(typeof retryAfterMs === 'number' ? { retry_after_ms: retryAfterMs } : {}) },
  });
}

/** An `upstream_error` with the details that all of them have. */
export function upstreamFault(sentence: string, options: { readonly details: UpstreamDetails; readonly cause?: unknown }): Fault {
  return new Fault('upstream_error', sentence, { details: { ...options.details }, cause: options.cause });
}

/** The model said nothing within a limit. */
export function timeoutFault(origin: Origin, exceeded: { readonly tier: TimeoutTier; readonly limit_ms: number }, cause?: unknown): Fault {
  const sentence = `${origin.provider} did not answer within ${String(exceeded.limit_ms)} ms (agent.${exceeded.tier}_timeout_ms). Try again, or raise the limit.`;
  return upstreamFault(sentence, { cause, details: { provider: origin.provider, upstream_status: null, retryable: true, ...exceeded } });
}

/** The stream ended, but not as a reply ends; `how` completes "The reply of x …". */
export function brokenFault({ provider }: Origin, how: string): Fault {
  return upstreamFault(`The reply of ${provider} ${how}. Try again.`, { details: { provider, upstream_status: null, retryable: true } });
}

/** True where no connection came about within the limit of the HTTP client. */
export function isConnectTimeout(error: unknown): boolean {
  return readErrors(error).some(({ code }) => code === 'UND_ERR_CONNECT_TIMEOUT');
}

function read(error: unknown): Failure {
  const chain = readErrors(error);
  if (chain.some(({ code }) => typeof code === 'string' && TLS_CODE.test(code))) {
    return { status: null, retryable: false, sentence: ({ entry, provider }) => `The certificate of ${provider} was not accepted. Check providers.${entry}.base_url.` };
  }
  const status = chain.map(statusOf).find((found) => found !== null) ?? null;
  if (status !== null) return { status, ...readStatus(status, error) };
  if (chain.some(({ code }) => typeof code === 'string' && /^(?:E[A-Z_]+|UND_ERR_\w+)$/.test(code))) {
    return { status: null, retryable: true, sentence: ({ entry, provider }) => `${provider} could not be reached. Check providers.${entry}.base_url and the network, then try again.` };
  }
  return { status: null, retryable: true, sentence: ({ provider }) => `The reply of ${provider} could not be read. Try again.` };
}

function readStatus(status: number, error: unknown): Omit<Failure, 'status'> {
  const headers = APICallError.isInstance(error) ? (error.responseHeaders ?? {}) : {};
  const spent = APICallError.isInstance(error) && (error.responseBody ?? '').includes('insufficient_quota');
  const retryable = (status >= 500 || RETRYABLE.has(status)) && !spent && headers['x-should-retry'] !== 'false';
  return { retryable, retryAfterMs: readRetryAfter(headers), sentence: (origin) => sentenceFor(status, origin) };
}

function sentenceFor(status: number, { entry, provider, model }: Origin): string {
  if (status < 400) return `${provider} redirects elsewhere, which is not followed. Check providers.${entry}.base_url.`;
  if (status === 401 || status === 403) return `${provider} did not accept the API key. Check providers.${entry}.api_key.`;
  if (status === 404) return `${provider} does not know the model ${model}. Check providers.${entry}.model and base_url.`;
  if (status === 429) return `${provider} is limiting requests or a quota is spent. Try again later.`;
  if (status >= 500 || status === 408) return `${provider} failed with status ${String(status)}. Try again later.`;
  return `${provider} refused the request with status ${String(status)}.`;
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

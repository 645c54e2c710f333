/**
 * url ─► https, no credentials, no forbidden address ─► resolve ─► connect to what was checked ─► headers ─► redirect? from the start
 *                                                                                                   └─► type, length ─► bytes, counted
 * Protects: no request reaches a host inside the network, whatever a URL, a redirect or a resolver says.
 */
import { isAttachableType, parseMediaType, VERSION, type MediaType } from '@openclaw/words';
import { type Agent, request, type Dispatcher } from 'undici';
import { checkHost, createGuardedAgent, routeThroughProxy } from './guarded-agent.js';
import { codeOf, ForbiddenAddress, MissingError } from './missing-error.js';
import type { Network } from './network.js';
import { sizeOf } from './size-of.js';

export interface FetchedFile {
  readonly bytes: Uint8Array;
  /** As the server declares it; null where it says nothing that tells a type. */
  readonly declared: MediaType | null;
}

export interface FetchLimits {
  readonly bytesMax: number;
  /** For all of it: names, connections, redirects and the body. */
  readonly timeoutMs: number;
  readonly redirectsMax: number;
  /** True where whatever its server calls it is taken; left out, what a message may carry. */
  readonly anyType?: boolean;
}

interface Exchange {
  readonly agent: Agent;
  readonly network: Network;
  readonly limits: FetchLimits;
  readonly signal: AbortSignal;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What servers say of files they know nothing about. */
const UNTYPED = new Set(['application/octet-stream', 'binary/octet-stream', 'application/x-download', 'application/force-download']);
// Encoded bodies are not asked for and not taken: what is counted is what arrives.
const HEADERS = {
  accept: 'text/*, application/json, application/pdf, image/*',
  'accept-encoding': 'identity',
  'user-agent': `openclaw/${VERSION}`,
};
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS/;

/**
 * GETs a file from the public internet. Throws MissingError where it cannot be had within the limits, and `signal.reason` at once
 * when aborted. Nothing of the machine goes with the request: no cookies, credentials or referrer; through a proxy only where the network
 * says so.
 */
export async function fetchFile(url: string, limits: FetchLimits, network: Network, signal: AbortSignal): Promise<FetchedFile> {
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  const either = AbortSignal.any([signal, deadline]);
  const agent = createGuardedAgent(network, either);
  try {
    return await follow(url, { agent, network, limits, signal: either });
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) throw new MissingError(`it took longer than ${String(limits.timeoutMs / 1000)} seconds to fetch`, error);
    throw toMissing(error);
  } finally {
    await agent.destroy();
  }
}

async function follow(start: string, exchange: Exchange): Promise<FetchedFile> {
  let url = checkUrl(start, exchange.network);
  for (let redirects = 0; ; redirects += 1) {
    const next = await ask(url, exchange);
    if ('file' in next) return next.file;
    if (redirects === exchange.limits.redirectsMax) throw new MissingError('its server redirects too often');
    url = checkUrl(next.location, exchange.network, url);
  }
}

async function ask(url: URL, exchange: Exchange): Promise<{ readonly file: FetchedFile } | { readonly location: string }> {
  const { network, limits, signal, agent } = exchange;
  const proxy = network.proxyFor?.(url) ?? null;
  const route = proxy === null ? { dispatcher: agent, url, headers: {} } : await routeThroughProxy(url, proxy, network, limits.timeoutMs);
  try {
    const response = await request(route.url, {
      dispatcher: route.dispatcher,
      headers: { ...HEADERS, ...(limits.anyType === true ? { accept: '*/*' } : {}), ...route.headers },
      signal,
    });
    if (!REDIRECTS.has(response.statusCode)) return { file: await readResponse(response, limits) };
    await response.body.dump({ limit: 65_536, signal });
    return { location: headerOf(response, 'location') ?? '' };
  } finally {
    if (route.dispatcher !== agent) await route.dispatcher.destroy();
  }
}

function checkUrl(text: string, network: Network, base?: URL): URL {
  const url = text === '' ? null : URL.parse(text, base?.href);
  if (url?.protocol !== 'https:') throw new ForbiddenAddress('it is not at an https address');
  if (url.username || url.password) throw new ForbiddenAddress('its address holds a user name or password');
  checkHost(url.hostname, network);
  return url;
}

async function readResponse(response: Dispatcher.ResponseData, { bytesMax, anyType = false }: FetchLimits): Promise<FetchedFile> {
  if (response.statusCode !== 200) throw new MissingError(`its server answered with status ${String(response.statusCode)}`);
  if ((headerOf(response, 'content-encoding') ?? 'identity') !== 'identity') throw new MissingError('its server sends it compressed');
  const declared = anyType ? null : declaredType(headerOf(response, 'content-type'));
  if (Number(headerOf(response, 'content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax);
  return { bytes: await readBody(response.body, bytesMax), declared };
}

function declaredType(header: string | null): MediaType | null {
  const declared = parseMediaType(header ?? '');
  if (declared === null || UNTYPED.has(declared.essence)) return null;
  if (!isAttachableType(declared.essence)) throw new MissingError(`its type, ${declared.essence}, is not taken`);
  return declared;
}

async function readBody(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function tooLarge(bytesMax: number): MissingError {
  return new MissingError(`it is larger than ${sizeOf(bytesMax)}`);
}

/** Expected of a network: whatever has a code. Anything else is a bug and is thrown on as it is. */
function toMissing(error: unknown): unknown {
  const code = codeOf(error);
  if (code === null) return error;
  return new MissingError(
    CERTIFICATE.test(code) ? 'its server has no valid certificate' : 'its server could not be reached or broke off',
    error,
  );
}

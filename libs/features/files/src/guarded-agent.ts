import { isIP, type LookupFunction } from 'node:net';
import { Agent, ProxyAgent } from 'undici';
import { codeOf, ForbiddenAddress, MissingError } from './missing-error.js';
import type { Network } from './network.js';

const NOT_PERMITTED = 'its address is not on the public internet';

/**
 * A client that connects to permitted addresses only. A name is resolved once per connection and the socket is opened to the very
 * addresses that were checked, so a name that changes its address in between gains nothing. One address that is not permitted
 * spoils the name. No cookies. {@link checkHost} does the same for the hosts that are never resolved. `signal` ends
 * connections that are only being opened too, which `destroy()` would wait for.
 */
export function createGuardedAgent(network: Network, signal: AbortSignal): Agent {
  const certificates = network.ca === undefined ? {} : { ca: network.ca };
  return new Agent({
    connect: { lookup: guardedLookup(network), timeout: 0, signal, allowH2: false, ...certificates },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Where a request goes, and by whom. */
export interface Route {
  readonly dispatcher: Agent | ProxyAgent;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The way through a proxy to a permitted address only. The name is resolved here and the tunnel is asked for to the very address that
 * was checked; the name goes along for TLS and as Host. So the guard holds whatever the proxy would make of the name, and where no
 * resolver here knows it, the file is out of reach.
 */
export async function routeThroughProxy(url: URL, proxy: string, network: Network, timeoutMs: number): Promise<Route> {
  const [permitted] = await resolvePermitted(bare(url.hostname), network).catch((error: unknown) => {
    throw toError(error);
  });
  if (!permitted) throw new MissingError('its server was not found');
  const certificates = network.ca === undefined ? {} : { ca: network.ca };
  const dispatcher = new ProxyAgent({
    uri: proxy,
    proxyTls: { timeout: timeoutMs },
    requestTls: { timeout: timeoutMs, ...(isIP(bare(url.hostname)) === 0 ? { servername: url.hostname } : {}), ...certificates },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const direct = new URL(url);
  direct.hostname = permitted.family === 6 ? `[${permitted.address}]` : permitted.address;
  return { dispatcher, url: direct, headers: { host: url.host } };
}

/** Refuses a URL's host that is an address, not a name, and not permitted: sockets open to it without a lookup. */
export function checkHost(hostname: string, network: Network): void {
  const host = bare(hostname);
  if (isIP(host) !== 0 && !network.permits(host)) throw new ForbiddenAddress(NOT_PERMITTED);
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function guardedLookup(network: Network): LookupFunction {
  return (hostname, options, callback) => {
    resolvePermitted(hostname, network).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: unknown) => {
        callback(toError(error), '');
      },
    );
  };
}

async function resolvePermitted(hostname: string, network: Network): Promise<{ address: string; family: number }[]> {
  const addresses = await network.resolve(hostname);
  if (addresses.length === 0) throw new MissingError('its server was not found');
  if (!addresses.every((address) => network.permits(address))) throw new ForbiddenAddress(NOT_PERMITTED);
  return addresses.map((address) => ({ address, family: isIP(address) }));
}

function toError(thrown: unknown): Error {
  if (thrown instanceof MissingError) return thrown;
  return codeOf(thrown) === null
    ? new Error('The resolver failed', { cause: thrown })
    : new MissingError('its server was not found', thrown);
}

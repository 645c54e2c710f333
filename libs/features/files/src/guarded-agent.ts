import { isIP, type LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { codeOf, MissingError } from './missing-error.js';
import type { Network } from './network.js';

const NOT_PERMITTED = 'its address is not on the public internet';

/**
 * A client that connects to permitted addresses only. A name is resolved once per connection and the socket is opened to the very
 * addresses that were checked, so a name that changes its address in between gains nothing. One address that is not permitted
 * spoils the name. No proxies, no cookies. {@link checkHost} does the same for the hosts that are never resolved. `signal` ends
 * connections that are only being opened too, which `destroy()` would wait for.
 */
export function createGuardedAgent(network: Network, signal: AbortSignal): Agent {
  const certificates = network.ca === undefined ? {} : { ca: network.ca };
  return new Agent({ connect: { lookup: guardedLookup(network), timeout: 0, signal, allowH2: false, ...certificates }, headersTimeout: 0, bodyTimeout: 0 });
}

/** Refuses a URL's host that is an address, not a name, and not permitted: sockets open to it without a lookup. */
export function checkHost(hostname: string, network: Network): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !network.permits(host)) throw new MissingError(NOT_PERMITTED);
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
  if (!addresses.every((address) => network.permits(address))) throw new MissingError(NOT_PERMITTED);
  return addresses.map((address) => ({ address, family: isIP(address) }));
}

function toError(thrown: unknown): Error {
  if (thrown instanceof MissingError) return thrown;
  return codeOf(thrown) === null ? new Error('The resolver failed', { cause: thrown }) : new MissingError('its server was not found', thrown);
}

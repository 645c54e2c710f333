import { lookup } from 'node:dns/promises';
import { isPublicAddress, type OutgoingProxies, proxyFor } from '@openclaw/net';

/** The network that attachments are fetched from, as far as it is the machine's to say. */
export interface Network {
  /** Every IP address of a host name; fails as `dns.lookup` does. Asked anew for each connection. */
  resolve(hostname: string): Promise<readonly string[]>;
  /** Whether a connection to that IP address may be opened. */
  permits(address: string): boolean;
  /** The proxy through which that address is reached; null, or absent: straight. */
  proxyFor?(url: URL): string | null;
  /** Authorities that certificates are checked against, in PEM; absent: those that Node trusts. */
  readonly ca?: string;
}

/** The system's resolver and every public address. */
export const publicInternet: Network = {
  resolve: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
  permits: isPublicAddress,
};

/** {@link publicInternet}, through these proxies. */
export function publicInternetThrough(proxies: OutgoingProxies): Network {
  return { ...publicInternet, proxyFor: (url) => proxyFor(url, proxies) };
}

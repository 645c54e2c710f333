import { BlockList, isIP } from 'node:net';

/** The ways out of this machine, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY name them. */
export interface OutgoingProxies {
  /** For http addresses; null: straight. */
  readonly http: string | null;
  /** For https addresses; null: as for http ones. */
  readonly https: string | null;
  /** Who is reached straight: names with all below them, addresses, networks as 10.0.0.0/8, each with or without a port; `*` for all. */
  readonly except: readonly string[];
}

/** Straight to everybody. */
export const NO_PROXIES: OutgoingProxies = { http: null, https: null, except: [] };

/** The ways out as the configuration writes them: '' for none. */
export function toProxies({
  http,
  https,
  except,
}: {
  readonly http: string;
  readonly https: string;
  readonly except: readonly string[];
}): OutgoingProxies {
  return { http: http === '' ? null : http, https: https === '' ? null : https, except };
}

/** Never behind a proxy: this machine, and the services of our own Compose file. */
const NEAR = ['localhost', '127.0.0.0/8', '::1', 'host.docker.internal', 'postgres', 'redis', 'gateway', 'worker', 'channels', 'embedder'];

/** The proxy through which that address is reached; null for none. */
export function proxyFor(url: URL, { http, https, except }: OutgoingProxies): string | null {
  const proxy = url.protocol === 'https:' ? (https ?? http) : http;
  return proxy === null || [...NEAR, ...except].some((entry) => covers(entry.trim().toLowerCase(), url)) ? null : proxy;
}

function covers(entry: string, url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (entry === '' || entry === '*') return entry === '*';
  if (entry.includes('/')) return inNetwork(host, entry);
  if (host === entry.replace(/^\[|\]$/g, '')) return true;
  const [, name = entry, port = portOf(url)] = /^([^:]+):(\d{1,5})$/.exec(entry) ?? [];
  return port === portOf(url) && isWithin(host, name.replace(/^\*?\./, ''));
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function inNetwork(host: string, network: string): boolean {
  const [address = '', prefix = ''] = network.split('/');
  const family = isIP(host);
  if (family === 0 || family !== isIP(address) || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), type);
  return list.check(host, type);
}

function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}

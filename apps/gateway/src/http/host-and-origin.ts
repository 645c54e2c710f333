import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Config } from '@openclaw/words';
import { Fault } from '@openclaw/errors';

type Allowed = Pick<Config['gateway'], 'allowed_hosts' | 'allowed_origins'>;

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is;
const SHOWN_CHARACTERS = 100;

/**
 * Where a request says it goes and where it says it comes from: one Host that is this machine's or allowed, and no page but the
 * gateway's own and the allowed ones.
 * @throws Fault `bad_request` where it names two places, `forbidden` that says what was seen and what would let it in
 */
export function checkHostAndOrigin(request: Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'url'>, allowed: Allowed): void {
  checkOnePlace(request);
  checkHost(request.headers.host, allowed);
  checkOrigin(request.headers, allowed);
}

/** The path and query of a request target; of the absolute form (RFC 9112, 3.2.2) what follows the authority. */
export function pathOf(target: string): string {
  const rest = ABSOLUTE.exec(target)?.[2];
  if (rest === undefined) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Node takes the first of two Hosts and passes over the authority of an absolute target; another reader may take the others. */
function checkOnePlace({ headers, rawHeaders, url = '' }: Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'url'>): void {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1) throw new Fault('bad_request', 'Send one Host header.');
  const authority = ABSOLUTE.exec(url)?.[1];
  if (authority !== undefined && authority.toLowerCase() !== headers.host?.toLowerCase()) {
    throw new Fault('bad_request', 'The request target names another host than the Host header.');
  }
}

/** Names of this very machine: people tunnel to it, so any port will do. Anything else may be a page that rebinds its name. */
function checkHost(host: string | undefined, { allowed_hosts }: Allowed): void {
  const name = hostName(host);
  if (name === null) {
    throw new Fault('forbidden', `The Host header "${shown(host)}" names no host. Use 127.0.0.1 or localhost.`, {
      details: { host: shown(host) },
    });
  }
  if (isLoopback(name) || allowed_hosts.some((allowed) => allowed.toLowerCase() === name)) return;
  const configuration = `gateway.allowed_hosts: ["${shown(name)}"]`;
  throw new Fault('forbidden', `The Host "${shown(name)}" is not served. Use 127.0.0.1 or localhost, or set ${configuration}.`, {
    details: { host: shown(name), configuration },
  });
}

/** What a browser says of the page that asks: only the gateway's own pages and the allowed ones may. */
function checkOrigin(headers: IncomingHttpHeaders, { allowed_origins }: Allowed): void {
  const { origin } = headers;
  if (origin !== undefined && allowed_origins.includes(origin)) return;
  if (isOwnPage(headers)) return;
  if (origin === undefined || origin === 'null') {
    throw new Fault('forbidden', 'A page of another site may not call this gateway. One whose Origin is in gateway.allowed_origins may.', {
      details: { origin: origin ?? null, sec_fetch_site: shown(headers['sec-fetch-site']?.toString()) },
    });
  }
  const configuration = `gateway.allowed_origins: ["${shown(origin)}"]`;
  throw new Fault('forbidden', `Pages of the origin "${shown(origin)}" may not call this gateway. To allow it, set ${configuration}.`, {
    details: { origin: shown(origin), configuration },
  });
}

/** Or no page at all: programs send neither header. */
function isOwnPage({ origin, host = '', 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
  return isOwn && (site === undefined || site === 'same-origin' || site === 'none');
}

/** @returns the name without its port, in lower case; null where the header is not a host */
function hostName(host: string | undefined): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.exec(host ?? '');
  return match?.[1]?.toLowerCase() ?? null;
}

/** True for the names by which a machine calls itself. */
function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'));
}

/** What a stranger sent, as it may stand in a sentence. */
function shown(text = ''): string {
  return text.replaceAll(/[^\x21-\x7e]|["\\]/g, '?').slice(0, SHOWN_CHARACTERS);
}

import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { isPublicAddress } from '@openclaw/net';

/** What a skill may not reach, in words that are told to whoever asked for it. */
export class RefusedError extends Error {}

/** The network as far as it is the machine's to say. */
export interface Network {
  /** Every address of a name. */
  resolve(host: string): Promise<readonly string[]>;
  permits(address: string): boolean;
  /** Begins to connect to an address that was permitted. */
  connect(address: string, port: number): Socket;
}

/** The system's resolver, and every public address. */
export const PUBLIC_INTERNET: Network = {
  resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  permits: isPublicAddress,
  connect: (host, port) => connect({ host, port }),
};

const PORTS = [80, 443];
/** A name, as it can be told: what else a skill asks for is not repeated. What ends in a number is an address in some notation. */
const NAME = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,20}$/;

/**
 * The address to connect to. A name is resolved once, here, and the connection goes to what was looked at: a name that changes its mind
 * gains nothing. One address that is not public spoils the name.
 * @param host as {@link nameOf} leaves it
 * @throws RefusedError
 */
export async function permitHost(
  host: string,
  port: number,
  hosts: readonly string[],
  network: Pick<Network, 'resolve' | 'permits'>,
): Promise<string> {
  if (!hosts.some((declared) => covers(declared, host))) throw new RefusedError(`${host} is not declared`);
  if (!PORTS.includes(port)) throw new RefusedError(`port ${String(port)} of ${host}: only 80 and 443 are open`);
  const addresses = await network.resolve(host).catch((thrown: unknown) => {
    throw new RefusedError(`${host} was not found`, { cause: thrown });
  });
  const [first] = addresses;
  if (first === undefined) throw new RefusedError(`${host} was not found`);
  if (!addresses.every((address) => network.permits(address))) throw new RefusedError(`${host} is not on the public internet`);
  return first;
}

/** A host's name in the form in which names are compared. @throws RefusedError for an address, and for what is no name */
export function nameOf(given: string): string {
  const host = given.toLowerCase().replace(/\.$/, '');
  const last = host.slice(host.lastIndexOf('.') + 1);
  if (!NAME.test(host) || !/^[a-z]/.test(last)) throw new RefusedError('an address, or what is no name, is not a declared host');
  return host;
}

function covers(declared: string, host: string): boolean {
  if (declared === '*') return true;
  return declared.startsWith('*.') ? host.endsWith(declared.slice(1)) && host.length >= declared.length : host === declared;
}

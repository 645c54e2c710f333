import ipaddr from 'ipaddr.js';

/** Azure's host agent answers every virtual machine there, on an address that looks public. */
const METADATA = new Set(['168.63.129.16']);
/** The only part of IPv6 that is given out for the internet (IANA, RFC 4291 §2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** NAT64 (RFC 6052 §2.1), as networks without IPv4 use it: the last four bytes are the IPv4 address that is meant. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Whether an IP address belongs to a host on the public internet: not loopback, private, link-local, shared (CGNAT), multicast,
 * reserved, or a cloud's metadata service, in any notation that carries such an address inside IPv6. false for what is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) return isPublicIpv4(parsed);
  if (parsed.isIPv4MappedAddress()) return isPublicIpv4(parsed.toIPv4Address());
  if (parsed.match(NAT64)) return isPublicIpv4(new ipaddr.IPv4(parsed.toByteArray().slice(12)));
  return parsed.match(GLOBAL_UNICAST) && parsed.range() === 'unicast';
}

function isPublicIpv4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast' && !METADATA.has(address.toString());
}

import { describe, expect, it } from '@jest/globals';
import { isPublicAddress } from './public-address.js';

describe('isPublicAddress', () => {
  it.each([
    '1.1.1.1', '93.184.215.14', '172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0', '169.253.255.255', '223.255.255.255',
    '2606:4700:4700::1111', '2a00:1450:4001::200e', '::ffff:1.1.1.1', '64:ff9b::101:101',
  ])('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ['unspecified', '0.0.0.0'], ['this network', '0.1.2.3'], ['loopback', '127.0.0.1'], ['loopback', '127.255.255.254'],
    ['private', '10.0.0.1'], ['private', '172.16.0.1'], ['private', '172.31.255.255'], ['private', '192.168.1.1'],
    ['shared (CGNAT)', '100.64.0.1'], ['shared (CGNAT)', '100.127.255.255'],
    ['link-local', '169.254.0.1'], ['multicast', '224.0.0.1'], ['multicast', '239.255.255.255'],
    ['reserved', '240.0.0.1'], ['broadcast', '255.255.255.255'], ['IETF protocols', '192.0.0.1'],
    ['documentation', '192.0.2.1'], ['documentation', '198.51.100.1'], ['documentation', '203.0.113.1'],
    ['benchmarking', '198.18.0.1'], ['6to4 relay', '192.88.99.1'],
    ['metadata of AWS, GCP and Azure', '169.254.169.254'], ['metadata of ECS', '169.254.170.2'], ['metadata of Alibaba', '100.100.100.200'],
    ['metadata of Oracle', '192.0.0.192'], ['host agent of Azure', '168.63.129.16'],
    ['unspecified', '::'], ['loopback', '::1'], ['link-local', 'fe80::1'], ['link-local with a zone', 'fe80::1%eth0'],
    ['unique local', 'fc00::1'], ['unique local', 'fd00:ec2::254'], ['site-local', 'fec0::1'], ['multicast', 'ff02::1'],
    ['documentation', '2001:db8::1'], ['documentation', '3fff::1'], ['discard', '100::1'], ['ORCHID', '2001:20::1'], ['benchmarking', '2001:2::1'], ['segment routing', '5f00::1'],
    ['mapped loopback', '::ffff:127.0.0.1'], ['mapped loopback in hex', '::ffff:7f00:1'], ['mapped private', '::ffff:10.0.0.1'],
    ['mapped metadata', '::ffff:169.254.169.254'], ['mapped host agent', '::ffff:168.63.129.16'],
    ['compatible loopback', '::127.0.0.1'], ['translated (RFC 6145)', '::ffff:0:127.0.0.1'],
    ['NAT64 loopback', '64:ff9b::7f00:1'], ['NAT64 metadata', '64:ff9b::a9fe:a9fe'], ['NAT64 private', '64:ff9b::10.0.0.1'], ['local NAT64', '64:ff9b:1::101:101'],
    ['6to4', '2002:7f00:1::1'], ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['no address', 'localhost'], ['no address', ''], ['no address', '1.1.1.1.1'],
  ])('refuses %s %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

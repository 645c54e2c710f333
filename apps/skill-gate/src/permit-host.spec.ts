import { describe, expect, it } from '@jest/globals';
import { isPublicAddress } from '@openclaw/net';
import { nameOf, permitHost } from './permit-host.js';

function permit(
  given: string,
  { hosts = ['api.example.com', '*.files.test'], port = 443, addresses = ['93.184.215.14'] } = {},
): Promise<string> {
  return Promise.resolve().then(() => permitHost(nameOf(given), port, hosts, { resolve: async () => addresses, permits: isPublicAddress }));
}

describe('permitHost', () => {
  it.each(['api.example.com', 'API.Example.COM', 'api.example.com.', 'a.files.test', 'a.b.files.test'])(
    'lets out to %s, which is declared',
    async (host) => {
      expect(await permit(host)).toBe('93.184.215.14');
    },
  );

  it('* is any name, at public addresses still', async () => {
    expect(await permit('whatever.test', { hosts: ['*'] })).toBe('93.184.215.14');
    await expect(permit('localhost', { hosts: ['*'], addresses: ['127.0.0.1'] })).rejects.toThrow('is not on the public internet');
  });

  it.each([
    'example.com',
    'evil-api.example.com',
    'api.example.com.evil.test',
    'files.test',
    'evilfiles.test',
    'localhost',
    'skill-gate',
    'postgres',
  ])('refuses %s, which is not', async (host) => {
    await expect(permit(host)).rejects.toThrow(`${host} is not declared`);
  });

  it.each([
    '93.184.215.14',
    '[::1]',
    '::1',
    '127.1',
    '2130706433',
    '0x7f.1',
    'a b',
    'a/b',
    'exa\u0000mple.com',
    '',
    `${'a'.repeat(64)}.files.test`,
  ])('an address, or no name, is never declared: %j', async (host) => {
    await expect(permit(host, { hosts: [host, '*.files.test'] })).rejects.toThrow('not a declared host');
  });

  it.each([22, 25, 8080, 8443, 0, 65_536, Number.NaN])('port %d is shut', async (port) => {
    await expect(permit('api.example.com', { port })).rejects.toThrow('only 80 and 443 are open');
  });

  it.each([
    [['10.0.0.1']],
    [['93.184.215.14', '127.0.0.1']],
    [['169.254.169.254']],
    [['::ffff:192.168.1.1']],
    [['fd00:ec2::254']],
    [['100.64.0.1']],
  ])('a name at %j is refused: one address that is not public spoils it', async (addresses) => {
    await expect(permit('api.example.com', { addresses })).rejects.toThrow('is not on the public internet');
  });

  it('a name that turned private between two calls is refused at the second', async () => {
    const answers = [['93.184.215.14'], ['10.0.0.7']];
    const network = { resolve: async () => answers.shift() ?? [], permits: isPublicAddress };
    expect(await permitHost('api.example.com', 443, ['api.example.com'], network)).toBe('93.184.215.14');
    await expect(permitHost('api.example.com', 443, ['api.example.com'], network)).rejects.toThrow('is not on the public internet');
  });

  it('a name that nobody knows is told as that', async () => {
    await expect(permit('api.example.com', { addresses: [] })).rejects.toThrow('api.example.com was not found');
    const network = { resolve: () => Promise.reject(new Error('ENOTFOUND')), permits: isPublicAddress };
    await expect(permitHost('api.example.com', 443, ['api.example.com'], network)).rejects.toThrow('api.example.com was not found');
  });
});

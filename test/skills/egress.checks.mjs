/** The way out: what is declared, and nothing beside it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const HOSTS = ['allowed.files.test', 'inside.files.test', 'host.files.test', '*.wild.files.test'];
const CA = readFileSync(new URL('../support/certificates/test-only.cert.pem', import.meta.url));
const TRUST = { NODE_EXTRA_CA_CERTS: '/work/bundle/ca.pem', SSL_CERT_FILE: '/work/bundle/ca.pem' };
const OPEN = ['https://allowed.files.test/x', 'http://allowed.files.test/x'];
const SHUT = {
  'https://other.files.test/': 'other.files.test is not declared',
  'https://inside.files.test/': 'inside.files.test is not on the public internet',
  'http://host.files.test/': 'host.files.test is not on the public internet',
  'https://192.88.98.1/': 'an address, or what is no name, is not a declared host',
  'http://169.254.169.254/latest': 'an address, or what is no name, is not a declared host',
  'http://skill-gate:18791/lanes': 'skill-gate is not declared',
  'https://allowed.files.test:8443/': 'port 8443 of allowed.files.test: only 80 and 443 are open',
  'http://allowed.files.test/redirect': 'an address, or what is no name, is not a declared host',
};

const callNet = (stage, name, urls, hosts = HOSTS) =>
  stage.call(name, { hosts, timeoutS: 30, more: { 'ca.pem': CA }, env: { ...TRUST, URLS: JSON.stringify(urls) } });

export const egress = [
  ...['net.mjs', 'net.py'].map((name) => ({
    name: `${name}: declared hosts are reached by the usual clients, over http and https`,
    see: async (stage) => {
      const { end, output, refused, errors } = await callNet(stage, name, OPEN);
      assert.deepEqual([end, refused], ['ok', []], errors);
      const told = JSON.parse(output);
      for (const [asked, answer] of Object.entries(told)) assert.match(answer, /^200/, asked);
      return Object.keys(told).join(', ');
    },
  })),
  ...Object.entries(SHUT).map(([url, reason]) => ({
    name: `${url} is refused, and why comes back with the result`,
    see: async (stage) => {
      for (const { end, output, refused, errors } of await Promise.all(['net.mjs', 'net.py'].map((name) => callNet(stage, name, [url])))) {
        assert.deepEqual([end, refused], ['ok', [reason]], errors);
        for (const answer of Object.values(JSON.parse(output))) assert.match(answer, /^(failed|403)/);
      }
    },
  })),
  {
    name: 'a declared *. holds for every name below it, and for no other',
    see: async (stage) => {
      const { output, refused } = await callNet(stage, 'net.mjs', [
        'http://deep.wild.files.test/',
        'http://wild.files.test/',
        'http://evilwild.files.test/',
      ]);
      const [deep, bare, evil] = Object.values(JSON.parse(output));
      assert.match(deep, /^200/);
      assert.deepEqual(
        [bare, evil].map((answer) => /^(failed|403)/.test(answer)),
        [true, true],
      );
      assert.deepEqual(refused, ['wild.files.test is not declared', 'evilwild.files.test is not declared']);
    },
  },
  {
    name: 'without declared hosts there is no way out: no proxy, no name, no route',
    see: async (stage) => {
      for (const name of ['net.mjs', 'net.py']) {
        const { output } = await callNet(stage, name, [...OPEN, 'http://192.88.98.1/'], []);
        for (const answer of Object.values(JSON.parse(output))) assert.match(answer, /^failed/);
      }
      const { end, output } = await stage.call('sockets.mjs');
      assert.deepEqual([end, output], ['ok', '0\n']);
    },
  },
  {
    name: 'a host that is allowed fronts for no other: not by the name in TLS, not by Host in a tunnel',
    see: async (stage) => {
      const { end, output, refused, errors } = await callNet(stage, 'front.mjs', []);
      assert.equal(end, 'ok', errors);
      const told = JSON.parse(output);
      assert.deepEqual([told['the name of the host'], told['the Host of the tunnel']], ['TLS', 'HTTP/1.1 200']);
      for (const name of ['another name in TLS', 'no name in TLS']) assert.match(told[name], /^closed/, name);
      for (const name of ['no TLS', 'another Host in a tunnel']) assert.match(told[name], /^HTTP\/1\.1 403/, name);
      assert.deepEqual(refused, [
        'another name in TLS in a tunnel to allowed.files.test',
        'TLS without a name in a tunnel to allowed.files.test',
        'other.files.test was asked for in a tunnel to allowed.files.test',
      ]);
    },
  },
  {
    name: 'bytes and connections of a call are bounded',
    see: async (stage) => {
      const large = await callNet(stage, 'large.mjs', []);
      assert.ok(JSON.parse(large.output).megabytes <= 64);
      assert.deepEqual(large.refused, ['more than 64 MiB over the network']);
      const sockets = await callNet(stage, 'sockets.mjs', []);
      assert.equal(sockets.output, '16\n');
      assert.deepEqual(sockets.refused, ['more than 16 connections at once, or 100 in all']);
    },
  },
];

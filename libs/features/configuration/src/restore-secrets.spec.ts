import { describe, expect, it } from '@jest/globals';
import { REDACTED } from '@openclaw/words';
import { restoreSecrets } from './restore-secrets.js';

const WEBHOOKS = [
  { url: 'https://one.example/hook', secret: 'whsec_one', events: ['message.completed'] },
  { url: 'https://two.example/hook', secret: 'whsec_two', events: [] },
];
const SERVERS = [
  { name: 'files', url: 'https://files.example/mcp', headers: { authorization: 'Bearer files' }, env: { TOKEN: 'files-token' } },
  { name: 'web', url: 'https://web.example/mcp', headers: { authorization: 'Bearer web' }, env: {} },
];
const effective = { webhooks: WEBHOOKS, mcp: { servers: SERVERS } };
const shown = {
  webhooks: WEBHOOKS.map((hook) => ({ ...hook, secret: REDACTED })),
  mcp: {
    servers: SERVERS.map((server) => ({
      ...server,
      headers: { authorization: REDACTED },
      env: Object.fromEntries(Object.keys(server.env).map((key) => [key, REDACTED])),
    })),
  },
};
const restore = (sent: object): ReturnType<typeof restoreSecrets> => restoreSecrets(sent, effective, shown);

describe('secrets that are sent back as marks', () => {
  it('are known by what their item is, not by its place: lists may be sorted, shortened and added to (row 1)', () => {
    const added = { url: 'https://three.example/', secret: 'whsec_three', events: [] };
    const { value, issues } = restore({ webhooks: [shown.webhooks[1], added, shown.webhooks[0]] });
    expect(issues).toEqual([]);
    expect(value).toEqual({ webhooks: [WEBHOOKS[1], added, WEBHOOKS[0]] });
  });

  it('are put back in headers and environments of list items as well (row 18)', () => {
    const [files] = shown.mcp.servers;
    const { value, issues } = restore({ mcp: { servers: [{ ...files, url: 'https://files.example/other-path' }] } });
    expect(issues).toEqual([]);
    expect(value).toEqual({ mcp: { servers: [{ ...SERVERS[0], url: 'https://files.example/other-path' }] } });
  });

  it.each([
    ['an item that is not there', { webhooks: [{ url: 'https://new.example/', secret: REDACTED }] }, ['webhooks.0.secret']],
    ['an item without an identity', { webhooks: [{ secret: REDACTED }] }, ['webhooks.0.secret']],
    ['a field that the item does not have', { webhooks: [{ ...WEBHOOKS[0], other: REDACTED }] }, ['webhooks.0.other']],
    ['a new variable of an item', { mcp: { servers: [{ ...SERVERS[1], env: { NEW: REDACTED } }] } }, ['mcp.servers.0.env.NEW']],
    [
      'an item whose address is another origin',
      { mcp: { servers: [{ ...shown.mcp.servers[1], url: 'https://evil.example/mcp' }] } },
      ['mcp.servers.0.headers.authorization'],
    ],
    ['part of a text', { webhooks: [{ ...WEBHOOKS[0], secret: `x${REDACTED}` }] }, ['webhooks.0.secret']],
    ['a whole list of texts', { names: [REDACTED] }, ['names.0']],
  ])('400: a mark that stands for no secret: %s', (_what, sent, paths) => {
    expect(restore(sent).issues.map(({ path }) => path)).toEqual(paths);
  });

  it('400: of two items that cannot be told apart neither gets the other’s secret', () => {
    const twins = [
      { name: 'a', secret: 'one' },
      { name: 'a', secret: 'two' },
    ];
    const marked = twins.map((twin) => ({ ...twin, secret: REDACTED }));
    expect(restoreSecrets([marked[0]], twins, marked).issues).toMatchObject([{ path: '0.secret' }]);
  });

  it('400: a secret that this process only knows to be set cannot be put back into a list', () => {
    const unknown = [{ name: 'a', secret: REDACTED, on: true }];
    expect(restoreSecrets([{ name: 'a', secret: REDACTED, on: false }], unknown, unknown).issues).toMatchObject([{ path: '0.secret' }]);
  });
});

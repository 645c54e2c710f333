import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { runCli } from '../run-cli.js';

describe('openclaw token', () => {
  let services: TestServices;

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());

  async function openclaw(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ['', ''];
    const env = { DATABASE_URL: services.databaseUrl, OPENCLAW_DATA_DIR: '/nonexistent' };
    const code = await runCli(['token', ...args], {
      env,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    });
    return { code, out, err };
  }

  it('create prints the token alone, list shows it, revoke ends it', async () => {
    const made = await openclaw('create', 'laptop', '--scope', 'read', '--scope', 'message', '--expires', '2999-01-01');
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^oclaw_\w{75}\n$/) });
    const id = /tok_\w+/.exec(made.err)?.[0] ?? '';
    const { out } = await openclaw('list', '--json');
    expect(JSON.parse(out)).toMatchObject({
      id,
      name: 'laptop',
      scopes: ['read', 'message'],
      created_by: 'gateway',
      expires_at: '2999-01-01T00:00:00.000Z',
    });
    expect(out).not.toContain(made.out.trim().slice(32));
    const [, row] = (await openclaw('list')).out.split('\n');
    expect(row?.split(/ {2,}/)).toEqual([id, 'laptop', 'read,message', 'owner', 'gateway', '2999-01-01T00:00:00.000Z', 'never']);
    expect(await openclaw('revoke', id)).toMatchObject({ code: 0, out: `${id} is revoked\n` });
    expect(await openclaw('revoke', id)).toMatchObject({ code: 1, err: 'openclaw: There is no such token.\n' });
    expect((await openclaw('list')).out).toBe('nothing\n');
  });

  it('list shows all of them, however many', async () => {
    await services.sql(
      "INSERT INTO tokens (id, name, digest, scopes, created_by) SELECT gen_random_uuid(), 'n' || n, sha256(n::text::bytea), '{read}', 'gateway' FROM generate_series(1, 450) n",
    );
    expect((await openclaw('list', '--json')).out.trimEnd().split('\n')).toHaveLength(450);
  });

  it.each([
    [['create'], "missing required argument 'name'"],
    [['create', 'laptop'], 'scopes must have at least 1 items'],
    [['create', 'laptop', '--scope', 'root'], 'scopes.0 must be one of read, message, memory, admin'],
    [['create', 'laptop', '--scope', 'read', '--expires', 'tomorrow'], 'expires_at must be a time'],
    [['revoke', 'laptop'], 'name one token'],
  ])('2: %j', async (args, sentence) => {
    expect(await openclaw(...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokenListSchema, type TokenList } from '@openclaw/tokens';
import { acceptedSchema, newId, OWNER } from '@openclaw/words';
import { bearer, conversation, createToken, expectError, expectStatus, issuePaths, post, untilOver } from '../support/api.js';
import { DirectedModel, gate } from '../support/directed-model.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const TOKENS = '/api/v1/tokens';

describe('tokens', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel();

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(() => system.close());

  const create = (json: object, init: RequestInit = {}): Promise<Response> => gateway.request(TOKENS, { method: 'POST', ...init, json });
  const revoke = (id: string, init: RequestInit = {}): Promise<Response> =>
    gateway.request(`${TOKENS}/${id}`, { method: 'DELETE', ...init });
  const list = async (query = ''): Promise<TokenList> =>
    tokenListSchema.strict().parse(await expectStatus(await gateway.request(`${TOKENS}${query}`), 200));
  const health = (token: string, at = gateway): Promise<Response> => at.request('/api/v1/health', bearer(token));

  it('201: shown once, kept as its SHA-256 alone, and let in with its scopes and its person', async () => {
    const made = await createToken(gateway, {
      name: 'laptop',
      scopes: ['message', 'read', 'read'],
      person: 'anna',
      expires_at: '2999-01-01',
    });
    expect(made).toMatchObject({
      name: 'laptop',
      scopes: ['read', 'message'],
      person: 'anna',
      created_by: 'gateway',
      expires_at: '2999-01-01T00:00:00.000Z',
      last_used_at: null,
      limits: null,
    });
    expect(made.token).toMatch(/^oclaw_[0-9A-Za-z]{75}$/);
    const rows = await system.services.sql<{ row: string }>("SELECT tokens::text || encode(digest, 'escape') AS row FROM tokens");
    expect(rows.map(({ row }) => row).join()).not.toContain(made.token.slice(32));
    expect(JSON.stringify(await list())).not.toContain(made.token.slice(32));
    const mine = await expectStatus(await post(gateway, { message: 'hello' }, bearer(made.token)), 200);
    expect((await conversation(gateway, (mine as { conversation_id: string }).conversation_id)).person).toBe('anna'); // a reply has one
    await expectError(await gateway.request(TOKENS, bearer(made.token)), 'forbidden');
  });

  it('204, then 401: a revoked token is let in no more, says why, and is in no list', async () => {
    const { id, token } = await createToken(gateway, { name: 'lost phone', scopes: ['read'] });
    expect((await health(token)).status).toBe(200);
    expect((await revoke(id)).status).toBe(204);
    expect((await expectError(await health(token), 'unauthorized')).message).toBe('This token was revoked.');
    expect((await list('?limit=200')).tokens.map((each) => each.id)).not.toContain(id);
    await expectError(await revoke(id), 'not_found');
  });

  it('401: a token that has expired says so, by the clock of Postgres', async () => {
    const { id, token } = await createToken(gateway, { name: 'for today', scopes: ['read'], expires_at: '2999-01-01' });
    expect((await health(token)).status).toBe(200);
    await system.services.sql("UPDATE tokens SET expires_at = now() - interval '1 second' WHERE name = 'for today'");
    const response = await until(
      'it has expired',
      async () => {
        const answer = await health(token);
        return answer.status === 200 ? null : answer;
      },
      2000,
    );
    expect((await expectError(response, 'unauthorized')).message).toBe('This token has expired.');
    expect((await list('?limit=200')).tokens.map((each) => each.id)).toContain(id);
  });

  it.each([
    ['one character changed', (token: string): string => token.slice(0, -1) + (token.endsWith('x') ? 'y' : 'x')],
    ['half of it', (token: string): string => token.slice(0, 40)],
    ['its id with another secret', (token: string): string => token.slice(0, 32) + token.slice(32).split('').reverse().join('')],
    ['in capitals', (token: string): string => token.toUpperCase()],
  ])('401: %s', async (what, spoil) => {
    const { token } = await createToken(gateway, { name: `spoilt: ${what}`, scopes: ['read'] });
    await expectError(await health(spoil(token)), 'unauthorized');
  });

  it('403: a token makes none that may do more, is another person’s, or outlives it; without a time it lives as long', async () => {
    const maker = await createToken(gateway, { name: 'maker', scopes: ['read', 'admin'], person: 'anna', expires_at: '2998-01-01' });
    const by = bearer(maker.token);
    expect((await expectError(await create({ name: 'child', scopes: ['read', 'message'] }, by), 'forbidden')).details).toEqual({
      required_scope: 'message',
    });
    expect((await expectError(await create({ name: 'child', scopes: ['read'], person: OWNER }, by), 'forbidden')).details).toEqual({
      person: 'anna',
    });
    expect(
      (await expectError(await create({ name: 'child', scopes: ['read'], expires_at: '2999-01-01' }, by), 'forbidden')).details,
    ).toEqual({ expires_at: '2998-01-01T00:00:00.000Z' });
    const child = await expectStatus(await create({ name: 'child', scopes: ['read'] }, by), 201);
    expect(child).toMatchObject({ person: 'anna', created_by: maker.id, expires_at: '2998-01-01T00:00:00.000Z' });
    const short = await expectStatus(await create({ name: 'short', scopes: ['read'], expires_at: '2997-01-01' }, by), 201);
    expect(short).toMatchObject({ expires_at: '2997-01-01T00:00:00.000Z' });
  });

  it('what a token made is revoked with it, and what that made', async () => {
    const family = [await createToken(gateway, { name: 'grandmother', scopes: ['read', 'admin'] })];
    for (const name of ['mother', 'daughter']) {
      const made = await expectStatus(await create({ name, scopes: ['read', 'admin'] }, bearer(family.at(-1)?.token ?? '')), 201);
      family.push(made as (typeof family)[number]); // of the schema that createToken checks
    }
    for (const { token } of family) expect((await health(token)).status).toBe(200);
    const [first] = family;
    expect((await revoke(first?.id ?? '')).status).toBe(204);
    for (const { token } of family) await expectError(await health(token), 'unauthorized');
  });

  it('204: a token may revoke itself, and hears so; the gateway’s own always remains', async () => {
    const { id, token } = await createToken(gateway, { name: 'last admin', scopes: ['admin', 'read'] });
    expect((await revoke(id, bearer(token))).status).toBe(204);
    await expectError(await health(token), 'unauthorized');
    expect((await health(TEST_TOKEN)).status).toBe(200);
    await expectError(await revoke('gateway'), 'bad_request');
  });

  it('409: two valid tokens of a person have no one name; of two persons, or once one is revoked, they may', async () => {
    const { id } = await createToken(gateway, { name: 'tablet', scopes: ['read'] });
    expect((await expectError(await create({ name: ' tablet ', scopes: ['read'] }), 'conflict')).details).toEqual({ id });
    await createToken(gateway, { name: 'tablet', scopes: ['read'], person: 'anna' });
    await revoke(id);
    await createToken(gateway, { name: 'tablet', scopes: ['read'] });
  });

  it('409: of fifty that ask for one name at once, one gets it', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async () => (await create({ name: 'wanted by all', scopes: ['read'] })).status),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
  });

  it('409: an Idempotency-Key makes one token, and says which where it comes again', async () => {
    const init = { headers: { 'idempotency-key': newId('tok') } };
    const made = (await expectStatus(await create({ name: 'once', scopes: ['read'] }, init), 201)) as { id: string }; // checked below
    expect((await expectError(await create({ name: 'once', scopes: ['read'] }, init), 'conflict')).details).toEqual({ id: made.id });
    expect((await expectError(await create({ name: 'another', scopes: ['read'] }, init), 'conflict')).message).toContain('another token');
    await system.services.sql("UPDATE tokens SET created_at = now() - interval '25 hours' WHERE name = 'once'");
    await expectStatus(await create({ name: 'a day later', scopes: ['read'] }, init), 201);
  });

  it.each([
    ['no name', { scopes: ['read'] }, 'name'],
    ['a blank name', { name: '  ', scopes: ['read'] }, 'name'],
    ['a name of two lines', { name: 'a\nb', scopes: ['read'] }, 'name'],
    ['a name of 101 characters', { name: 'x'.repeat(101), scopes: ['read'] }, 'name'],
    ['no scope', { name: 'none', scopes: [] }, 'scopes'],
    ['an unknown scope', { name: 'root', scopes: ['root'] }, 'scopes.0'],
    ['a time that is over', { name: 'late', scopes: ['read'], expires_at: '2020-01-01' }, 'expires_at'],
    ['what is no time', { name: 'late', scopes: ['read'], expires_at: 'tomorrow' }, 'expires_at'],
    ['limits, of which there are none yet', { name: 'cheap', scopes: ['read'], limits: { daily_usd: 1 } }, 'limits'],
    ['a field that nobody knows', { name: 'typo', scopes: ['read'], expire_at: '2999-01-01' }, 'expire_at'],
  ])('400: %s', async (_what, body, path) => {
    expect(issuePaths(await expectError(await create(body), 'bad_request'))).toEqual([path]);
  });

  it('200: pages, newest first, of one person or of all', async () => {
    for (const n of [1, 2, 3]) await createToken(gateway, { name: `page ${String(n)}`, scopes: ['read'], person: 'carl' });
    const page = await list('?person=carl&limit=2');
    expect(page).toMatchObject({ total: 3, limit: 2, offset: 0, tokens: [{ name: 'page 3' }, { name: 'page 2' }] });
    expect(await list('?person=carl&limit=2&offset=2')).toMatchObject({ total: 3, tokens: [{ name: 'page 1' }] });
    expect(await list('?person=carl&offset=9')).toMatchObject({ total: 3, tokens: [] });
    expect((await list()).total).toBeGreaterThan(3);
  });

  it('last_used_at is written once for a thousand requests, and not for those that are refused', async () => {
    const { id, token } = await createToken(gateway, { name: 'busy', scopes: ['read'] });
    const version = async (): Promise<string> =>
      (
        await system.services.sql<{ xmin: string; last_used_at: Date | null }>(
          "SELECT xmin::text, last_used_at FROM tokens WHERE name = 'busy'",
        )
      )[0]?.xmin ?? '';
    const before = await version();
    await expectError(await health(token.slice(0, 32) + token.slice(32).split('').reverse().join('')), 'unauthorized');
    await gateway.gateway.tokens.look();
    expect(await version()).toBe(before);
    await health(token);
    await until('the use is noted', async () => (await list('?limit=200')).tokens.find((each) => each.id === id)?.last_used_at);
    const after = await version();
    await Promise.all(Array.from({ length: 1000 }, () => health(token)));
    await gateway.gateway.tokens.look();
    expect(await version()).toBe(after);
  });

  it('a run that was accepted goes on when its token is revoked', async () => {
    const held = gate();
    model.on('go on', [held.step, 'done']);
    const { id, token } = await createToken(gateway, { name: 'sender', scopes: ['message'] });
    const accepted = acceptedSchema.parse(
      await expectStatus(await post(gateway, { message: 'go on', wait_for_response: false }, bearer(token)), 202),
    );
    await model.asked('go on');
    await revoke(id);
    held.open();
    expect(await untilOver(gateway, accepted.id)).toMatchObject({ status: 'completed' });
  });
});

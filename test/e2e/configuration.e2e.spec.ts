import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ErrorBody, REDACTED } from '@openclaw/words';
import { bearer, createToken, expectError, expectStatus, issuePaths } from '../support/api.js';
import { rawRequest } from '../support/raw-http.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const CONFIG = '/api/v1/config';
const YAML = `# what a person wrote
gateway: { allowed_hosts: [one.example, two.example] }
agent: { max_turns: 7 }
providers:
  primary: { type: openai-compatible, model: m, base_url: "http://user-key@127.0.0.1:9/v1?key=query-key-1234567", api_key: "\${MY_KEY}" }
`;

interface Changed {
  readonly config: Record<string, Record<string, never>>;
  readonly revision: number;
  readonly restart_required: boolean;
  readonly restart_paths: readonly string[];
  readonly overrides: readonly { readonly path: string; readonly variable: string }[];
}

describe('the configuration over the API', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let other: TestGateway;
  const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
  const file = join(folder, 'gateway.yaml');

  beforeAll(async () => {
    writeFileSync(file, YAML);
    system = await createTestSystem({
      OPENCLAW_CONFIG_DIR: folder,
      MY_KEY: 'stored-key-of-the-file',
      OPENCLAW_AGENT__TURN_CHARACTERS: '5000',
    });
    [gateway, other] = [await system.startGateway(), await system.startGateway()];
    await system.startWorker();
  });
  afterAll(async () => {
    await system.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await expectStatus(await gateway.request(`${CONFIG}/revisions/0/restore`, { method: 'POST' }), 200);
  });

  const send = (patch: unknown, headers: Record<string, string> = {}, to = gateway): Promise<Response> =>
    to.request(CONFIG, { method: 'PUT', body: JSON.stringify(patch), headers: { 'content-type': 'application/json', ...headers } });
  const put = async (patch: unknown, headers: Record<string, string> = {}): Promise<Changed> =>
    (await expectStatus(await send(patch, headers), 200)) as Changed; // as the route's schema has it
  const refused = async (patch: unknown, headers: Record<string, string> = {}): Promise<ErrorBody> =>
    expectError(await send(patch, headers), 'bad_request');
  const get = async (from = gateway): Promise<{ config: Changed['config']; etag: string; revision: number }> => {
    const response = await from.request(CONFIG);
    const config = (await expectStatus(response, 200)) as Changed['config']; // as above
    const etag = response.headers.get('etag') ?? '';
    return { config, etag, revision: Number(etag.replaceAll('"', '')) };
  };
  const revisions = async (): Promise<readonly Record<string, unknown>[]> =>
    // as above
    ((await expectStatus(await gateway.request(`${CONFIG}/revisions`), 200)) as { revisions: Record<string, unknown>[] }).revisions;
  const audited = async (): Promise<number> => (await system.services.sql('SELECT FROM audit_entries')).length;

  describe('GET /config', () => {
    it('200: the effective configuration without any secret, those inside addresses included (row 18)', async () => {
      const { config, etag } = await get();
      expect(etag).toMatch(/^"\d+"$/);
      expect(config).toMatchObject({
        gateway: { auth: { enabled: true, token: REDACTED }, rate_limit: { burst: 1000 } },
        agent: { max_turns: 7 },
        providers: { primary: { api_key: REDACTED, base_url: `http://${REDACTED}@127.0.0.1:9/v1?key=${REDACTED}` } },
        memory: { embeddings: { api_key: '' } },
      });
      for (const secret of [TEST_TOKEN, 'stored-key-of-the-file', 'user-key', 'query-key'])
        expect(JSON.stringify(config)).not.toContain(secret);
    });

    it.each([
      ['GET', CONFIG],
      ['PUT', CONFIG],
      ['GET', `${CONFIG}/revisions`],
      ['POST', `${CONFIG}/revisions/0/restore`],
    ])('403: %s %s takes the scope admin', async (method, path) => {
      const { token } = await createToken(gateway, { name: `${method} ${path}`, scopes: ['read', 'message', 'memory'] });
      await expectError(await gateway.request(path, { method, ...bearer(token), ...(method === 'PUT' ? { json: {} } : {}) }), 'forbidden');
    });
  });

  describe('PUT /config', () => {
    it('200: what is changed is in force on every gateway within two seconds, stands over file and environment, and the file is left alone (row 4)', async () => {
      const changed = await put({ agent: { max_turns: 9 } });
      expect(changed).toMatchObject({ config: { agent: { max_turns: 9 } }, restart_required: false, restart_paths: [], overrides: [] });
      expect(await get()).toMatchObject({ config: changed.config, revision: changed.revision });
      expect((await get(other)).config['agent']).toMatchObject({ max_turns: 9 });
      await until('the other gateway has it', () => other.gateway.settings.get().agent.max_turns === 9, 2000);
      expect(gateway.gateway.settings.get().agent.max_turns).toBe(9);
      expect(readFileSync(file, 'utf8')).toBe(YAML);
    });

    it('200: a variable that is hidden by the change is named (row 5)', async () => {
      const { overrides } = await put({ agent: { turn_characters: 6000, max_turns: 8 } });
      expect(overrides).toEqual([{ path: 'agent.turn_characters', variable: 'OPENCLAW_AGENT__TURN_CHARACTERS' }]);
      expect((await put({ agent: { turn_characters: null } })).overrides).toEqual([]);
    });

    it('200: null takes the change back there and below, and what was under it shows again (row 6)', async () => {
      await put({ gateway: { rate_limit: { burst: 77, requests_per_minute: 5000 } }, agent: { max_turns: 9 } });
      const { config } = await put({ gateway: { rate_limit: null }, agent: { max_turns: null } });
      expect(config).toMatchObject({ gateway: { rate_limit: { burst: 1000, requests_per_minute: 100_000 } }, agent: { max_turns: 7 } });
    });

    it('200: lists are replaced whole, and the revision shows both (row 7)', async () => {
      const { config } = await put({ gateway: { allowed_hosts: ['a.example'] } });
      expect(config['gateway']).toMatchObject({ allowed_hosts: ['a.example'] });
      expect((await revisions())[0]).toMatchObject({
        changes: [{ path: 'gateway.allowed_hosts', before: ['one.example', 'two.example'], after: ['a.example'] }],
      });
    });

    it.each([
      ['null', null, ''],
      ['a list', [], ''],
      ['text', 'x', ''],
      ['a dotted key', { 'gateway.port': 1 }, 'nest it, as {"gateway":{"port":…}}'],
      ['the reply with what is around it', { config: { gateway: {} } }, 'send bare what stands inside'],
      ['a section that does not exist', { gatewy: {} }, 'is not a known field'],
      ['a key that does not exist', { agent: { max_turn: 3 } }, 'did you mean agent.max_turns?'],
      ['a value out of range', { agent: { max_turns: 0 } }, 'agent.max_turns'],
      ['a branch where a value stands', { agent: { max_turns: { a: 1 } } }, 'agent.max_turns'],
      ['a value where a branch stands', { agent: { context: 3 } }, 'agent.context'],
      [
        'more than may be kept',
        {
          providers: {
            aliases: Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`alias-${String(index)}`, 'm'.repeat(100)])),
          },
        },
        'put it into gateway.yaml',
      ],
      ['what does not fit together', { worker: { heartbeat_ms: 5000 } }, 'worker.heartbeat_ms'],
    ])('400: %s (row 8)', async (_what, body, sentence) => {
      const before = await get();
      const { message } = await refused(body);
      expect(message).toContain(sentence);
      expect(await get()).toEqual(before);
    });

    it('400: all that is wrong is named at once, and nothing of the rest is changed', async () => {
      const before = await get();
      expect(issuePaths(await refused({ agent: { max_turns: 0, run_timeout_ms: 'soon' }, gateway: { rate_limit: { burst: 5 } } }))).toEqual(
        ['agent.max_turns', 'agent.run_timeout_ms'],
      );
      expect(await get()).toEqual(before);
    });

    it('200: no change makes no revision, no event and no entry: {}, the same patch again, and all of GET sent back (row 9)', async () => {
      const { revision } = await put({ agent: { max_turns: 9 } });
      const [kept, entries] = [(await revisions()).length, await audited()];
      for (const same of [{}, { agent: {} }, { agent: { max_turns: 9 } }, (await get()).config, { worker: { lease_ms: null } }])
        expect((await put(same)).revision).toBe(revision);
      expect([(await revisions()).length, await audited()]).toEqual([kept, entries]);
    });

    it('200: all of GET sent back with one line changed changes that line alone', async () => {
      const { config } = await get();
      await put({ ...config, agent: { ...config['agent'], max_turns: 11 } });
      expect((await revisions())[0]).toMatchObject({ changes: [{ path: 'agent.max_turns', before: 7, after: 11 }] });
    });

    it('200: application/merge-patch+json is JSON (row 10); 415: text', async () => {
      const { config } = await put({ agent: { max_turns: 10 } }, { 'content-type': 'application/merge-patch+json' });
      expect(config['agent']).toMatchObject({ max_turns: 10 });
      await expectError(await send({ agent: { max_turns: 10 } }, { 'content-type': 'text/plain' }), 'unsupported_media_type');
    });

    it('200: If-Match as it was read, weak, among others or *; 409: stale, with the revision of now (row 11)', async () => {
      const { etag } = await get();
      const { revision } = await put({ agent: { max_turns: 10 } }, { 'if-match': etag });
      const { details } = await expectError(await send({ agent: { max_turns: 11 } }, { 'if-match': etag }), 'conflict');
      expect(details).toEqual({ revision });
      for (const [index, header] of [`W/"${String(revision)}"`, '*', `"9999", "${String(revision + 2)}"`].entries())
        await put({ agent: { max_turns: 20 + index } }, { 'if-match': header });
    });

    it('409: of three with the same If-Match one is taken, at both gateways, and revisions have no gap (row 12)', async () => {
      const { etag, revision } = await get();
      const answers = await Promise.all(
        [gateway, other, gateway].map((to, index) => send({ agent: { max_turns: 30 + index } }, { 'if-match': etag }, to)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
      expect((await get()).revision).toBe(revision + 1);
    });

    it('200: many at once without If-Match are all taken, one after the other', async () => {
      const { revision } = await get();
      const patches = [
        { agent: { max_turns: 41 } },
        { agent: { tool_calls_per_turn: 42 } },
        { worker: { concurrency: 43 } },
        { gateway: { rate_limit: { burst: 44 } } },
      ];
      const answers = await Promise.all(patches.map((patch, index) => send(patch, {}, index % 2 ? gateway : other)));
      for (const answer of answers) await expectStatus(answer, 200);
      expect(await get()).toMatchObject({
        revision: revision + 4,
        config: { agent: { max_turns: 41, tool_calls_per_turn: 42 }, worker: { concurrency: 43 }, gateway: { rate_limit: { burst: 44 } } },
      });
    });

    it('200: what needs a restart is named, and no more once it is taken back (row 16)', async () => {
      expect(await put({ gateway: { port: 18_790 }, agent: { max_turns: 9 } })).toMatchObject({
        restart_required: true,
        restart_paths: ['gateway.port'],
      });
      expect(await put({ agent: { max_turns: 10 } })).toMatchObject({ restart_required: false, restart_paths: [] });
      await until('the other gateway has it', () => other.gateway.settings.get().agent.max_turns === 10, 2000);
      expect(await expectStatus(await gateway.request('/api/v1/status'), 200)).toMatchObject({ restart_pending: ['gateway.port'] });
      expect(await put({ gateway: { port: null } })).toMatchObject({ restart_required: false });
    });

    it.each([
      ['a reference', { memory: { embeddings: { base_url: 'https://x.example/?v=${DATABASE_URL}' } } }, 'memory.embeddings.base_url'],
      ['a reference in a list', { gateway: { allowed_hosts: ['$${X}'] } }, 'gateway.allowed_hosts.0'],
      ['a reference with a default', { providers: { aliases: { 'a.b': '${A:-b}' } } }, 'providers.aliases.a.b'],
    ])('400: %s (row 3)', async (_what, body, path) => {
      expect(issuePaths(await refused(body))).toEqual([path]);
    });

    it.each([
      ['the address of the database', { database: { url: 'postgresql://x@evil.example/x' } }, 'database.url'],
      ['a file with a password', { redis: { password_file: '/etc/passwd' } }, 'redis.password_file'],
    ])('400: %s is not the API’s to change', async (_what, body, path) => {
      expect(issuePaths(await refused(body))).toEqual([path]);
    });
  });

  describe('secrets', () => {
    const KEY = 'providers.primary.api_key';

    it('200: a mark sent back keeps the secret', async () => {
      await put({ providers: { primary: { api_key: REDACTED, max_tokens: 99 } } });
      expect(gateway.gateway.settings.get().providers.primary).toMatchObject({ api_key: 'stored-key-of-the-file', max_tokens: 99 });
    });

    it('400: a mark where no secret is, or inside another address', async () => {
      expect(issuePaths(await refused({ memory: { embeddings: { api_key: REDACTED } } }))).toEqual(['memory.embeddings.api_key']);
      expect(issuePaths(await refused({ providers: { primary: { base_url: `http://${REDACTED}@evil.example/v1` } } }))).toEqual([
        'providers.primary.base_url',
      ]);
    });

    it.each([
      ['left alone', {}],
      ['sent back as its mark', { api_key: REDACTED }],
      ['uncovered by null', { api_key: null }],
    ])('400: another origin with the key %s (row 2)', async (_what, key) => {
      const { details, message } = await refused({ providers: { primary: { base_url: 'https://evil.example/v1', ...key } } });
      expect(details).toMatchObject({ issues: [{ path: KEY }] });
      expect(message).toContain('must be sent again: the address changes');
    });

    it('400: the key of the file is not to be had by first sending another one with the address', async () => {
      await put({ providers: { primary: { base_url: 'https://evil.example/v1', api_key: 'my-own-key' } } });
      expect(issuePaths(await refused({ providers: { primary: { api_key: null } } }))).toEqual([KEY]);
    });

    it('200: another path of the same origin, or the key with the new origin', async () => {
      await put({ providers: { primary: { base_url: 'http://127.0.0.1:9/v2' } } });
      await put({ providers: { primary: { base_url: 'https://other.example/v1', api_key: 'its-own-key' } } });
      expect(gateway.gateway.settings.get().providers.primary).toMatchObject({ api_key: 'its-own-key' });
      const [revision] = await revisions();
      expect(JSON.stringify(revision)).not.toContain('its-own-key');
      expect(revision).toMatchObject({ changes: expect.arrayContaining([{ path: KEY, before: REDACTED, after: REDACTED }]) });
    });
  });

  it('200: a provider of another type is another one: model and address of the one before are not its', async () => {
    const { config } = await put({ providers: { primary: { type: 'anthropic', api_key: 'its-own-key' } } });
    expect(config['providers']?.['primary']).toEqual({ type: 'anthropic', model: 'claude-sonnet-5', api_key: REDACTED });
    const back = await put({ providers: { primary: null } });
    expect(back.config['providers']?.['primary']).toMatchObject({ type: 'openai-compatible', model: 'm' });
  });

  describe('a change that would shut out the request that makes it (row 13)', () => {
    const raw = async (headers: Record<string, string>, patch: object): Promise<{ status: number; body: string }> => {
      const body = JSON.stringify(patch);
      const all = {
        authorization: `Bearer ${TEST_TOKEN}`,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        ...headers,
      };
      return rawRequest(gateway.url, { method: 'PUT', path: CONFIG, headers: all, body });
    };

    it('400: its Host, 200: as loopback', async () => {
      const patch = { gateway: { allowed_hosts: ['two.example'] } };
      const { status, body } = await raw({ host: 'one.example' }, patch);
      expect([status, body]).toEqual([400, expect.stringContaining('which came as Host one.example')]);
      await put(patch);
    });

    it('400: authentication that it does not pass; 200: with the token that it sets', async () => {
      const open = await createTestSystem({ OPENCLAW_GATEWAY__AUTH__ENABLED: 'false', GATEWAY_AUTH_TOKEN: '' });
      const unguarded = await open.startGateway();
      const enable = (authorization: string): Promise<Response> =>
        unguarded.request(CONFIG, {
          method: 'PUT',
          json: { gateway: { auth: { enabled: true, token: 'a-token-of-my-own-1' } } },
          headers: { authorization },
        });
      expect(issuePaths(await expectError(await enable('Bearer another-token-of-mine'), 'bad_request'))).toEqual(['gateway.auth.enabled']);
      expect(await expectStatus(await enable('Bearer a-token-of-my-own-1'), 200)).toMatchObject({
        restart_paths: ['gateway.auth.enabled', 'gateway.auth.token'],
      });
      await open.close();
    });

    it('400: the address that it came to', async () => {
      expect(issuePaths(await refused({ gateway: { bind: '192.0.2.7' } }))).toEqual(['gateway.bind']);
      await put({ gateway: { bind: '0.0.0.0' } });
    });
  });

  describe('GET /config/revisions and restore', () => {
    it('200: who changed what, when; a restore goes back, is a revision of its own, and can be made conditional', async () => {
      const first = await put({ agent: { max_turns: 9 } });
      const second = await put({ agent: { max_turns: 10, tool_calls_per_turn: 5 } });
      const { token, id } = await createToken(gateway, { name: 'restorer', scopes: ['admin'] });
      const path = `${CONFIG}/revisions/${String(first.revision)}/restore`;
      await expectError(
        await gateway.request(path, { method: 'POST', headers: { 'if-match': `"${String(first.revision)}"` } }),
        'conflict',
      );
      const back = await expectStatus(
        await gateway.request(path, { method: 'POST', headers: { ...bearer(token).headers, 'x-request-id': 'req-restore' } }),
        200,
      );
      expect(back).toMatchObject({ revision: second.revision + 1, config: { agent: { max_turns: 9, tool_calls_per_turn: 16 } } });
      expect(await revisions()).toMatchObject([
        {
          revision: second.revision + 1,
          kind: 'restore',
          of: first.revision,
          actor: { token_id: id, person: 'owner' },
          request_id: 'req-restore',
          changes: [
            { path: 'agent.max_turns', before: 10, after: 9 },
            { path: 'agent.tool_calls_per_turn', before: 5, after: 16 },
          ],
        },
        { revision: second.revision, kind: 'put', of: null, actor: { token_id: 'gateway', person: 'owner' } },
        { revision: first.revision, kind: 'put' },
        ...Array.from({ length: (await revisions()).length - 3 }, () => expect.anything()),
      ]);
      const page = await expectStatus(await gateway.request(`${CONFIG}/revisions?limit=1&offset=1`), 200);
      expect(page).toMatchObject({ revisions: [{ revision: second.revision }], limit: 1, offset: 1, total: (await revisions()).length });
    });

    it('200: what is restored is what it was already: no revision', async () => {
      const { revision } = await put({ agent: { max_turns: 9 } });
      const again = await expectStatus(await gateway.request(`${CONFIG}/revisions/${String(revision)}/restore`, { method: 'POST' }), 200);
      expect(again).toMatchObject({ revision });
    });

    it('404: a revision that never was; 400: one that is no number', async () => {
      await expectError(await gateway.request(`${CONFIG}/revisions/999999/restore`, { method: 'POST' }), 'not_found');
      await expectError(await gateway.request(`${CONFIG}/revisions/latest/restore`, { method: 'POST' }), 'bad_request');
    });
  });

  it('each change is in the audit trail, by its paths and without a value (row 34)', async () => {
    const { revision } = await put({ providers: { primary: { api_key: 'sk-very-secret-key-000000' } } }, { 'x-request-id': 'req-put' });
    const [row] = await system.services.sql<{ entry: string }>('SELECT entry FROM audit_entries ORDER BY seq DESC LIMIT 1');
    expect(JSON.parse(row?.entry ?? '')).toMatchObject({
      action: 'config.changed',
      target: String(revision),
      actor: { token_id: 'gateway', person: 'owner' },
      request_id: 'req-put',
      details: { paths: ['providers.primary.api_key'] },
    });
    expect(row?.entry).not.toContain('very-secret');
  });
});

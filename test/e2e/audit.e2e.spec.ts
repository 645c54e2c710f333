import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { auditListSchema } from '@openclaw/auditing';
import type { z } from 'zod';
import { runCli } from '../../apps/cli/src/run-cli.js';
import { ask, bearer, createToken, expectError, expectStatus } from '../support/api.js';
import { captureLog } from '../support/captured-log.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

type AuditList = z.infer<typeof auditListSchema>;

describe('the audit trail', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const log = captureLog();
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const file = join(folder, 'audit-head.json');

  beforeAll(async () => {
    system = await createTestSystem({}, log.logger);
    gateway = await system.startGateway({ dataFolder: folder });
    await system.startWorker();
  });
  afterAll(async () => {
    await system.close();
    rmSync(folder, { recursive: true });
  });

  const trail = async (query = '', init: RequestInit = {}): Promise<AuditList> =>
    auditListSchema.parse(await expectStatus(await gateway.request(`/api/v1/audit${query}`, init), 200));
  const newest = async (): Promise<AuditList['entries'][number] | undefined> => (await trail('?limit=1')).entries[0];
  const keptUntil = async (): Promise<void> => {
    const { head } = await trail();
    await until('the gateway keeps the end', () => (JSON.parse(readFileSync(file, 'utf8')) as { seq: number }).seq === head.seq, 5000); // as it was written
  };

  async function openclaw(args: readonly string[], data = folder): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ['', ''];
    const env = { DATABASE_URL: system.services.databaseUrl, OPENCLAW_DATA_DIR: data };
    const code = await runCli(['audit', ...args], {
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

  describe('what changes the system is in it, once, with who did it', () => {
    it('a token that is made and revoked, with those that it made; never the token (row 34)', async () => {
      const { id, token } = await createToken(gateway, { name: 'laptop', scopes: ['read', 'admin'] });
      expect(await newest()).toMatchObject({
        action: 'token.created',
        target: id,
        actor: { token_id: 'gateway', person: 'owner' },
        details: { name: 'laptop', scopes: ['read', 'admin'], person: 'owner', expires_at: null },
      });
      const made = (await expectStatus(
        await gateway.request('/api/v1/tokens', {
          method: 'POST',
          json: { name: 'child', scopes: ['read'] },
          headers: { ...bearer(token).headers, 'x-request-id': 'req-child' },
        }),
        201,
      )) as { id: string; token: string }; // as the route's schema has it
      expect(await newest()).toMatchObject({ action: 'token.created', target: made.id, actor: { token_id: id }, request_id: 'req-child' });
      expect((await gateway.request(`/api/v1/tokens/${id}`, { method: 'DELETE' })).status).toBe(204);
      expect(await newest()).toMatchObject({ action: 'token.revoked', target: id, details: { with_it: [made.id] } });
      for (const secret of [token, made.token]) expect(JSON.stringify(await trail())).not.toContain(secret.slice(32));
    });

    it('a conversation that is deleted', async () => {
      const { conversation_id: id } = await ask(gateway, 'nothing for the ages');
      await gateway.request(`/api/v1/conversations/${id}`, { method: 'DELETE' });
      expect(await newest()).toMatchObject({ action: 'conversation.deleted', target: id, details: { person: 'owner' } });
    });

    it('memory that is pruned or forgotten, and of whom', async () => {
      const add = async (content: string): Promise<string> => {
        const response = await gateway.request('/api/v1/memory', { method: 'POST', json: { content, person: 'ann' } });
        return ((await expectStatus(response, 201)) as { id: string }).id; // as above
      };
      const id = await add('a secret of mine');
      await gateway.request(`/api/v1/memory/${id}?person=ann`, { method: 'DELETE' });
      expect(await newest()).toMatchObject({ action: 'memory.forgotten', target: id, details: { person: 'ann' } });
      await add('another');
      await expectStatus(
        await gateway.request('/api/v1/memory/prune', { method: 'DELETE', json: { person: 'ann', max_importance: 1, confirm: true } }),
        200,
      );
      expect(await newest()).toMatchObject({
        action: 'memory.pruned',
        details: { person: 'ann', entries: 1, criteria: { importanceMax: 1 } },
      });
      expect(JSON.stringify(await trail())).not.toContain('secret of mine');
    });

    it('what changes nothing is not in it', async () => {
      const { head } = await trail();
      await expectError(await gateway.request('/api/v1/tokens/tok_01h2xcejqtf2nbrexx3vqjhp41', { method: 'DELETE' }), 'not_found');
      await expectError(await gateway.request('/api/v1/conversations/conv_01h2xcejqtf2nbrexx3vqjhp41', { method: 'DELETE' }), 'not_found');
      await expectError(
        await gateway.request('/api/v1/tokens', { method: 'POST', json: { name: 'x', scopes: ['read'], expires_at: '2001-01-01' } }),
        'bad_request',
      );
      await expectStatus(
        await gateway.request('/api/v1/memory/prune', { method: 'DELETE', json: { person: 'nobody', max_importance: 1, confirm: true } }),
        200,
      );
      expect((await trail()).head).toEqual(head);
    });
  });

  it('the agent, of an admin’s too, is offered no way to the trail, the configuration or tokens', async () => {
    const { content } = await ask(gateway, '/skills');
    expect(content).toContain('memory_save');
    expect(content).not.toMatch(/config|audit|token/i);
  });

  describe('GET /audit', () => {
    it('200: newest first, by pages, with the end of all', async () => {
      const { entries, total, head } = await trail();
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, index) => total - index));
      expect(head).toEqual({ seq: total, hash: entries[0]?.hash });
      expect(await trail('?limit=2&offset=1')).toEqual({ entries: entries.slice(1, 3), total, limit: 2, offset: 1, head });
    });

    it('403: takes the scope admin; 400: a page that is none', async () => {
      const { token } = await createToken(gateway, { name: 'reader', scopes: ['read', 'message', 'memory'] });
      await expectError(await gateway.request('/api/v1/audit', bearer(token)), 'forbidden');
      await expectError(await gateway.request('/api/v1/audit?limit=0'), 'bad_request');
    });

    it('200: a row that somebody made unreadable is shown as that', async () => {
      const { head } = await trail();
      const [row] = await system.services.sql<{ entry: string }>('SELECT entry FROM audit_entries WHERE seq = $1', [head.seq]);
      await system.services.sql("UPDATE audit_entries SET entry = 'x' WHERE seq = $1", [head.seq]);
      expect(await newest()).toMatchObject({ seq: head.seq, action: 'audit.unreadable' });
      await system.services.sql('UPDATE audit_entries SET entry = $2 WHERE seq = $1', [head.seq, row?.entry]);
    });
  });

  describe('openclaw audit', () => {
    /** The trail as it was before the test tampered with it. */
    const restore = async (): Promise<void> => {
      await system.services.sql(
        'TRUNCATE audit_entries; DELETE FROM audit_head; INSERT INTO audit_entries SELECT * FROM saved; INSERT INTO audit_head SELECT true, seq, hash FROM saved ORDER BY seq DESC LIMIT 1; DROP TABLE saved',
      );
    };
    const tamper = async (sql: string): Promise<void> => {
      await keptUntil();
      await system.services.sql(`CREATE TABLE saved AS SELECT * FROM audit_entries; ${sql}`);
    };
    afterEach(async () => {
      const [there] = await system.services.sql<{ there: boolean }>("SELECT to_regclass('saved') IS NOT NULL AS there");
      if (there?.there) await restore();
    });

    it('verify: 0 where all is as it was written; the end is kept in the data folder, for its owner alone', async () => {
      await keptUntil();
      const { head } = await trail();
      expect(await openclaw(['verify'])).toEqual({
        code: 0,
        err: '',
        out: `ok: ${String(head.seq)} entries, head ${String(head.seq)}:${head.hash}\n`,
      });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(await openclaw(['verify', '--head', `${String(head.seq)}:${head.hash}`])).toMatchObject({ code: 0 });
      expect(await openclaw(['verify', '--head', `2:${head.hash}`])).toMatchObject({
        code: 1,
        err: expect.stringContaining('entry 2 is another one'),
      });
      expect(await openclaw(['verify', '--head', 'x'])).toMatchObject({ code: 2 });
    });

    it.each([
      [
        'an entry that was changed',
        "UPDATE audit_entries SET entry = replace(entry, 'laptop', 'server') WHERE seq = 1",
        'entry 1 was changed',
      ],
      ['one that was taken out', 'DELETE FROM audit_entries WHERE seq = 2', 'entry 2 is missing'],
      [
        'a tail that was cut, with the head in the database',
        'DELETE FROM audit_entries WHERE seq > 2; UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit_entries WHERE seq = 2)',
        'entry 3 is missing',
      ],
      ['an emptied table, with the head in the database', 'TRUNCATE audit_entries, audit_head', 'entry 1 is missing'],
    ])('verify: 1 for %s, which it names (row 33)', async (_what, sql, sentence) => {
      await tamper(sql);
      expect(await openclaw(['verify'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining(sentence) });
    });

    it('the gateway says that the trail does not go on, and keeps what it knew', async () => {
      const kept = readFileSync(file, 'utf8');
      await tamper(
        'DELETE FROM audit_entries WHERE seq > 2; UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit_entries WHERE seq = 2)',
      );
      const known = readFileSync(file, 'utf8');
      await until(
        'it is said',
        () => log.lines.some(({ level, message }) => level === 'error' && String(message).startsWith('the audit trail does not go on')),
        5000,
      );
      expect(readFileSync(file, 'utf8')).toBe(known);
      expect(kept).not.toBe('');
    });

    it('verify: without a kept end it says so', async () => {
      await keptUntil();
      expect(await openclaw(['verify'], join(folder, 'another'))).toMatchObject({
        code: 0,
        err: expect.stringContaining('no end of the trail is kept'),
      });
    });

    it('restored: a backup that was put back is an entry, and explains the gap from then on (row 35)', async () => {
      expect(await openclaw(['restored'])).toMatchObject({ code: 1, err: expect.stringContaining('nothing to explain') });
      await tamper(
        'DELETE FROM audit_entries WHERE seq > 2; UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit_entries WHERE seq = 2)',
      );
      const known = readFileSync(file, 'utf8');
      expect(await openclaw(['verify'])).toMatchObject({ code: 1 });
      expect(await openclaw(['restored'])).toMatchObject({
        code: 0,
        out: expect.stringContaining('entry 3 says that a backup was put back'),
      });
      expect(await openclaw(['verify'])).toMatchObject({ code: 0 });
      writeFileSync(file, known); // another gateway's folder, which still knows the end of before
      expect(await openclaw(['verify'])).toMatchObject({ code: 0 });
      await createToken(gateway, { name: 'after the restore', scopes: ['read'] });
      await until('the gateway goes on', () => readFileSync(file, 'utf8') !== known, 5000);
      expect(await openclaw(['verify'])).toMatchObject({ code: 0, err: '' });
      rmSync(file); // what follows puts the trail of before back
    });
  });
});

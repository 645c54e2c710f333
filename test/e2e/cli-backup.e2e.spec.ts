import {
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runCli } from '../../apps/cli/src/run-cli.js';
import { ask, createToken, expectStatus } from '../support/api.js';
import type { Outcome } from '../support/cli.js';
import { createTestServices, type TestServices } from '../support/test-services.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

const NOT_KEPT = ['processes', 'log_lines', 'log_store', 'log_writers', '_prisma_migrations'];

describe('openclaw backup and restore', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'));
  const file = join(folder, 'openclaw.backup');
  let system: TestSystem;
  let gateway: TestGateway;
  let target: TestServices;
  let before: Record<string, string[]>;

  beforeAll(async () => {
    system = await createTestSystem();
    await keepLedger(system.services);
    gateway = await system.startGateway();
    const worker = await system.startWorker();
    const { conversation_id: id } = await ask(gateway, 'hello\tthere, \\N is no null\n日本語');
    await ask(gateway, '/remember the key lies under the flowerpot', { conversation_id: id });
    await createToken(gateway, { name: 'laptop', scopes: ['read'] });
    await expectStatus(await gateway.request('/api/v1/config', { method: 'PUT', json: { agent: { max_turns: 9 } } }), 200);
    const skill = { files: { 'SKILL.md': '---\nname: greeter\ndescription: Greets people.\n---\nSay hello.\n' } };
    await expectStatus(await gateway.request('/api/v1/skills/install', { method: 'POST', json: skill }), 201);
    const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, index) => (index * 7919) % 256));
    await expectStatus(
      await gateway.request('/api/v1/files?name=x.bin', {
        method: 'POST',
        body: bytes,
        headers: { 'content-type': 'application/octet-stream' },
      }),
      201,
    );
    await Promise.all([worker.stop(), gateway.stop()]); // so that it can be compared row by row
    before = await rowsIn(system.services);
    expect(await cli(system.services, 'backup', file)).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('It holds secrets'),
    });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await system.close();
  });
  beforeEach(async () => {
    target = await createTestServices();
    await keepLedger(target);
  });
  afterEach(() => target.close());

  /** What migrate would have left: the template of the tests is made without it. */
  async function keepLedger(services: TestServices): Promise<void> {
    await services.sql(
      'CREATE TABLE _prisma_migrations (id text PRIMARY KEY, checksum text, migration_name text, finished_at timestamptz, rolled_back_at timestamptz)',
    );
    const names = readdirSync('prisma/migrations', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of names) await services.sql("INSERT INTO _prisma_migrations VALUES ($1, '', $1, now())", [name]);
  }

  async function cli({ databaseUrl }: TestServices, ...args: string[]): Promise<Outcome> {
    let [out, err] = ['', ''];
    const env = { DATABASE_URL: databaseUrl, OPENCLAW_DATA_DIR: '/nonexistent' };
    const code = await runCli(args, {
      env,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      ...(args.includes('-') ? { input: createReadStream(file) } : {}),
    });
    return { code, out, err };
  }

  /** Every row of every table that is kept, as text, in order. */
  async function rowsIn(services: TestServices): Promise<Record<string, string[]>> {
    const tables = await services.sql<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1",
    );
    const found: Record<string, string[]> = {};
    for (const { name } of tables.filter((table) => !NOT_KEPT.includes(table.name))) {
      found[name] = (await services.sql<{ line: string }>(`SELECT t::text AS line FROM "${name}" t ORDER BY 1`)).map(({ line }) => line);
    }
    return found;
  }

  it('the file is for its owner alone, and is never written over', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.part`)).toBe(false);
    expect(await cli(system.services, 'backup', file)).toMatchObject({ code: 1, err: expect.stringContaining('EEXIST') });
    expect((await cli(system.services, 'backup')).code).toBe(2);
  });

  it('restored into an empty database every row is back, and what comes after goes on behind it', async () => {
    expect(before['messages']?.length).toBe(4);
    for (const table of [
      'conversations',
      'memory_entries',
      'tokens',
      'files',
      'file_pieces',
      'skills',
      'settings_overlay',
      'audit_entries',
    ]) {
      expect([table, before[table]?.length]).not.toEqual([table, 0]);
    }
    expect(await cli(target, 'restore', file)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^restored \d+ rows into \d+ tables\n$/),
    });
    expect(await rowsIn(target)).toEqual(before);
  });

  it('the same from standard input', async () => {
    expect((await cli(target, 'restore', '-')).code).toBe(0);
    expect(await rowsIn(target)).toEqual(before);
  });

  it('where there are conversations it wants --replace, and then nothing of them is left', async () => {
    await target.sql("INSERT INTO conversations (id, channel, person) VALUES (gen_random_uuid(), 'api', 'owner')");
    const there = await rowsIn(target);
    expect(await cli(target, 'restore', file)).toMatchObject({ code: 1, err: expect.stringContaining('--replace') });
    expect(await rowsIn(target)).toEqual(there);
    expect((await cli(target, 'restore', file, '--replace')).code).toBe(0);
    expect(await rowsIn(target)).toEqual(before);
  });

  const lines = (): string[] => gunzipSync(readFileSync(file)).toString('latin1').split('\n');
  const damaged = (name: string, change: (path: string) => void): string => {
    const path = join(folder, name);
    writeFileSync(path, readFileSync(file));
    change(path);
    return path;
  };
  const packed =
    (text: string[]) =>
    (path: string): void => {
      writeFileSync(path, gzipSync(Buffer.from(text.join('\n'), 'latin1')));
    };

  it.each<[string, (path: string) => void, RegExp]>([
    [
      'cut',
      (path) => {
        truncateSync(path, statSync(path).size - 2000);
      },
      /no whole backup: it cannot be unpacked/,
    ],
    [
      'one byte changed',
      (path) => {
        const bytes = readFileSync(path);
        bytes.writeUInt8((bytes[bytes.length >> 1] ?? 0) ^ 1, bytes.length >> 1);
        writeFileSync(path, bytes);
      },
      /no whole backup/,
    ],
    [
      'without its last line',
      (path) => {
        packed([...lines().slice(0, -2), ''])(path);
      },
      /no whole backup: it is cut/,
    ],
    [
      'a row changed',
      (path) => {
        packed(lines().map((line) => line.replace('laptop', 'tablet')))(path);
      },
      /its bytes are not those/,
    ],
    [
      'something behind its end',
      (path) => {
        packed([...lines().slice(0, -1), 'more', ''])(path);
      },
      /behind its end/,
    ],
    [
      'another file',
      (path) => {
        writeFileSync(path, 'hello');
      },
      /no whole backup: it cannot be unpacked/,
    ],
    [
      'of a newer format',
      (path) => {
        packed(lines().map((line, index) => (index === 0 ? line.replace('"format_version":1', '"format_version":2') : line)))(path);
      },
      /of a newer version/,
    ],
  ])('refused before anything is touched: %s', async (what, change, sentence) => {
    const path = damaged(what, change);
    const there = await rowsIn(target);
    expect(await cli(target, 'restore', path)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(sentence) });
    expect(await cli(target, 'backup', 'verify', path)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(sentence) });
    expect(await rowsIn(target)).toEqual(there);
  });

  it('refused before anything is touched: of a newer version of the house, and of an older one', async () => {
    const there = await rowsIn(target);
    const [{ name } = { name: '' }] = await target.sql<{ name: string }>(
      'SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1 DESC LIMIT 1',
    );
    await target.sql('DELETE FROM _prisma_migrations WHERE migration_name = $1', [name]);
    expect(await cli(target, 'restore', file)).toMatchObject({ code: 1, err: expect.stringMatching(/of a newer version.*upgrade first/) });
    await target.sql(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('a', '', $1, now()), ('b', '', '29990101000000_later', now())",
      [name],
    );
    expect(await cli(target, 'restore', file)).toMatchObject({ code: 1, err: expect.stringMatching(/of an older version/) });
    expect(await rowsIn(target)).toEqual(there);
  });

  it('verify: says what is in it', async () => {
    expect((await cli(target, 'backup', 'verify', file)).out).toMatch(/^ok: \d+ rows in \d+ tables, of \S+Z, version \d+\.\d+\.\d+\n$/);
    expect((await cli(target, 'backup', 'verify', '-')).code).toBe(0);
    expect(JSON.parse((await cli(target, 'backup', 'verify', file, '--json')).out)).toMatchObject({
      format: 'openclaw-backup',
      rows: { messages: 4 },
    });
  });
});

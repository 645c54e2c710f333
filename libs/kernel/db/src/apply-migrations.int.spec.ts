import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { captureLog } from '../../../../test/support/captured-log.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { applyMigrations } from './apply-migrations.js';

describe('applyMigrations', () => {
  let services: TestServices;
  let folder: string;

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'migrations-'));
    await services.sql('DROP SCHEMA public CASCADE');
    await services.sql('CREATE SCHEMA public');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const log = captureLog();
  const apply = (): Promise<string[]> => applyMigrations({ url: services.databaseUrl, folder, logger: log.logger });
  async function write(name: string, sql: string): Promise<void> {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'migration.sql'), sql);
  }
  const ledger = async (): Promise<string[]> =>
    (await services.sql<{ migration_name: string }>('SELECT migration_name FROM _prisma_migrations ORDER BY migration_name')).map(
      (row) => row.migration_name,
    );

  it('applies what is new in the order of names, each once however often it is called', async () => {
    await write('2_second', 'ALTER TABLE a ADD COLUMN b int');
    await write('1_first', 'CREATE TABLE a (id int); INSERT INTO a VALUES (1);');
    expect(await apply()).toEqual(['1_first', '2_second']);
    expect(await apply()).toEqual([]);
    await write('3_third', 'INSERT INTO a VALUES (2, 2)');
    expect(await apply()).toEqual(['3_third']);
    expect(await services.sql('SELECT * FROM a ORDER BY id')).toEqual([
      { id: 1, b: null },
      { id: 2, b: 2 },
    ]);
    expect(await ledger()).toEqual(['1_first', '2_second', '3_third']);
  });

  it('five processes at once apply each migration once', async () => {
    await write('1_first', 'CREATE TABLE a (id int); SELECT pg_sleep(0.1);');
    await write('2_second', 'INSERT INTO a VALUES (1)');
    const applied = await Promise.all([1, 2, 3, 4, 5].map(() => apply()));
    expect(applied.flat().sort()).toEqual(['1_first', '2_second']);
    expect(await services.sql('SELECT * FROM a')).toEqual([{ id: 1 }]);
  });

  it('a migration that fails leaves nothing of itself behind and stops the rest; mended, it goes on', async () => {
    await write('1_first', 'CREATE TABLE a (id int)');
    await write('2_second', 'INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1);');
    await write('3_third', 'INSERT INTO a VALUES (3)');
    await expect(apply()).rejects.toMatchObject({ code: '42P01' });
    expect(await services.sql('SELECT * FROM a')).toEqual([]);
    expect(await ledger()).toEqual(['1_first']);
    await write('2_second', 'INSERT INTO a VALUES (2)');
    expect(await apply()).toEqual(['2_second', '3_third']);
  });

  it('a landed migration that was edited is not applied again, and is warned of', async () => {
    await write('1_first', 'CREATE TABLE a (id int)');
    await apply();
    await write('1_first', 'CREATE TABLE a (id bigint)');
    expect(await apply()).toEqual([]);
    expect(await log.find({ level: 'warn', migration: '1_first' })).toMatchObject({ message: 'migration was edited after it was applied' });
  });
});

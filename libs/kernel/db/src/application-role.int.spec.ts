import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processEnvironment } from '@openclaw/config';
import { silentLogger } from '@openclaw/telemetry';
import pg from 'pg';
import { ensureOwner, grantApplication, type RoleOptions } from './application-role.js';
import { applyMigrations } from './apply-migrations.js';

const { DATABASE_URL, OPENCLAW_TEST_RUN: testRun } = processEnvironment();
if (!DATABASE_URL || !testRun) throw new Error('integration tests need DATABASE_URL; run them with "npm test"');
const server = DATABASE_URL;
const folder = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));
const logger = silentLogger();

async function as<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function rowsOf(url: string, sql: string): Promise<readonly unknown[]> {
  return as(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
}

/** What Postgres says against a statement of this role: its SQLSTATE, or null where it has nothing against it. */
async function objection(url: string, sql: string): Promise<string | null> {
  return as(url, (client) => client.query(sql)).then(
    () => null,
    (thrown: unknown) => (thrown instanceof pg.DatabaseError ? (thrown.code ?? '') : String(thrown)),
  );
}

describe('the role of the application', () => {
  let name: string;
  let owner: string;
  let application: string;
  let options: RoleOptions;
  const urlOf = (role: string): string => {
    const url = new URL(server);
    url.username = role;
    url.password = `${role}-password`;
    url.pathname = `/${name}`;
    return url.href;
  };

  beforeEach(() => {
    name = `openclaw_test_${testRun}_${randomUUID().slice(0, 8)}`;
    [owner, application] = [`${name}_owner`, `${name}_app`];
    options = { url: urlOf(owner), application: { name: application, password: `${application}-password` }, logger };
  });
  afterEach(() =>
    as(server, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      for (const role of [application, owner, `${application}_interim`]) await client.query(`DROP ROLE IF EXISTS "${role}"`);
    }),
  );

  const makeDatabase = (superuser: string): Promise<void> =>
    as(server, async (client) => {
      await client.query(`CREATE ROLE "${superuser}" SUPERUSER LOGIN PASSWORD 'another'`);
      await client.query(`CREATE DATABASE "${name}" OWNER "${superuser}" TEMPLATE template0`);
    });
  const bringUp = async (): Promise<void> => {
    await ensureOwner(options);
    await applyMigrations({ url: options.url, folder, logger });
    await grantApplication(options);
  };

  it('reads and writes every row, and makes nothing: no table, no role, no database, no program', async () => {
    await makeDatabase(owner);
    await bringUp();
    const app = urlOf(application);
    const id = randomUUID();
    expect(
      await objection(
        app,
        `INSERT INTO processes (id, kind, host, active, report, seen_at) VALUES ('${id}', 'worker', 'h', 0, '{}', now())`,
      ),
    ).toBeNull();
    expect(
      await objection(app, `UPDATE processes SET active = 1 WHERE id = '${id}'; DELETE FROM processes; SELECT * FROM runs`),
    ).toBeNull();
    expect(
      await objection(app, "INSERT INTO audit_entries (seq, entry, hash) VALUES (1, '', sha256('')); SELECT * FROM audit_entries"),
    ).toBeNull();
    for (const sql of [
      'CREATE TABLE mine (a int)',
      'CREATE SCHEMA mine',
      'CREATE ROLE mine',
      `CREATE DATABASE "${name}_mine"`,
      'CREATE EXTENSION dblink',
      `COPY (SELECT 1) TO PROGRAM 'id'`,
      `COPY processes FROM PROGRAM 'id'`,
      `COPY (SELECT 1) TO '/tmp/${name}'`,
      `SELECT pg_read_file('/etc/passwd')`,
      'SELECT * FROM pg_authid',
      'ALTER TABLE runs DISABLE TRIGGER ALL',
      'DROP TABLE runs',
      'TRUNCATE runs',
      'DELETE FROM "_prisma_migrations"',
      "UPDATE audit_entries SET entry = ''",
      'DELETE FROM audit_entries',
      'TRUNCATE audit_entries',
      `ALTER ROLE "${application}" SUPERUSER`,
      `SET ROLE "${owner}"`,
    ])
      expect([sql, await objection(app, sql)]).toEqual([sql, '42501']);
    const [attributes] = await rowsOf(
      server,
      `SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,
      EXISTS (SELECT FROM pg_shdepend d WHERE d.refobjid = r.oid AND d.deptype = 'o') AS owns FROM pg_roles r WHERE rolname = '${application}'`,
    );
    expect(attributes).toEqual({
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
      rolbypassrls: false,
      owns: false,
    });
  });

  it('an installation whose application was its superuser keeps its data, and gets an owner', async () => {
    await makeDatabase(application);
    await applyMigrations({ url: urlOf(application), folder, logger });
    await as(urlOf(application), (client) =>
      client.query(`INSERT INTO processes (id, kind, host, active, report, seen_at) VALUES ('kept', 'worker', 'h', 0, '{}', now())`),
    );
    await bringUp();
    expect(await rowsOf(urlOf(application), 'SELECT id FROM processes')).toEqual([{ id: 'kept' }]);
    expect(await objection(urlOf(application), 'DROP TABLE runs')).toBe('42501');
    const roles = await rowsOf(server, `SELECT rolname, rolsuper FROM pg_roles WHERE starts_with(rolname, '${name}') ORDER BY 1`);
    expect(roles).toEqual([
      { rolname: application, rolsuper: false },
      { rolname: owner, rolsuper: true },
    ]);
  });

  it('again, and several times at once, it changes nothing', async () => {
    await makeDatabase(owner);
    await bringUp();
    await Promise.all([bringUp(), bringUp(), bringUp()]);
    expect(await objection(urlOf(application), 'SELECT 1 FROM runs')).toBeNull();
  });

  it('tables of later migrations are the application’s to use as well', async () => {
    await makeDatabase(owner);
    await bringUp();
    await as(options.url, (client) => client.query('CREATE TABLE later (id bigserial)'));
    expect(await objection(urlOf(application), 'SELECT 1 FROM later')).toBe('42501');
    await grantApplication(options);
    expect(await objection(urlOf(application), 'INSERT INTO later DEFAULT VALUES')).toBeNull();
  });

  it('where neither role is let in, it says what Postgres said, and changes nothing', async () => {
    await makeDatabase(`${application}_interim`);
    await expect(ensureOwner(options)).rejects.toThrow(`role "${owner}" does not exist`);
  });
});

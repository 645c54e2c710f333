import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { processEnvironment } from '@openclaw/config';
import { Database, statement } from '@openclaw/db';
import { LogsStore } from '@openclaw/logs';
import { silentLogger } from '@openclaw/telemetry';
import { runCli } from '../run-cli.js';

const { DATABASE_URL, OPENCLAW_TEST_RUN: testRun } = processEnvironment();
if (!DATABASE_URL || !testRun) throw new Error('integration tests need DATABASE_URL; run them with "npm test"');
const server = new URL(DATABASE_URL);
const migrations = readdirSync(new URL('../../../../prisma/migrations', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

let admin: Database;
const made: string[] = [];
beforeAll(() => {
  admin = new Database({ url: server.href, poolMax: 1, logger: silentLogger(), applicationName: 'migrate.int.spec' });
});
afterAll(async () => {
  for (const name of made) await admin.query(statement({ name: `drop ${name}`, text: `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)` }));
  await admin.close();
});

async function createDatabase(): Promise<URL> {
  const name = `openclaw_test_${String(testRun)}_${randomUUID().slice(0, 8)}`;
  made.push(name);
  await admin.query(statement({ name: `create ${name}`, text: `CREATE DATABASE "${name}" TEMPLATE template0` }));
  const url = new URL(server);
  url.pathname = name;
  return url;
}

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function migrate(url: URL, waitSeconds = 10, onWaiting: () => void = () => undefined): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const complain = (text: string): void => {
    err.push(text);
    if (text.startsWith('waiting')) onWaiting();
  };
  const terminal = { env: { DATABASE_URL: url.href }, homeDir: '/nonexistent', out: (text: string) => out.push(text), err: complain };
  const code = await runCli(['migrate', '--wait', String(waitSeconds)], terminal);
  return { code, out: out.join(''), err: err.join('') };
}

/** A port that nobody listens on; below the range from which the system takes ports for connections. */
async function freePort(): Promise<number> {
  for (let port = 21_000 + Math.floor(process.pid % 5000); ; port++) {
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await Promise.race([once(probe, 'listening').then(() => true), once(probe, 'error').then(() => false)]).catch(
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

describe('openclaw migrate', () => {
  it('what it did is among the log lines of the house', async () => {
    const url = await createDatabase();
    const { code, err } = await migrate(url);
    expect([code, err]).toEqual([0, '']);
    const database = new Database({ url: url.href, poolMax: 1, logger: silentLogger(), applicationName: 'migrate.int.spec' });
    const page = await new LogsStore(database).page({ level: 'info', component: 'migrate' }, 1000);
    await database.close();
    expect(page.lines.map(({ migration }) => migration)).toEqual(migrations);
    expect(page.lines[0]).toMatchObject({ component: 'migrate', level: 'info', message: 'migration applied' });
  });

  it('applies every migration to an empty database, names them, and finds nothing to do the second time', async () => {
    const url = await createDatabase();
    expect(await migrate(url)).toEqual({ code: 0, out: migrations.map((name) => `applied ${name}\n`).join(''), err: '' });
    expect(await migrate(url)).toEqual({ code: 0, out: 'the database is up to date\n', err: '' });
  });

  it('applies each migration once, however many run at once', async () => {
    const url = await createDatabase();
    const outcomes = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
    const applied = outcomes.flatMap(({ out }) => out.split('\n').filter((line) => line.startsWith('applied')));
    expect(applied).toEqual(migrations.map((name) => `applied ${name}`));
  });

  it('waits for a Postgres that comes up later', async () => {
    const url = await createDatabase();
    const late = createServer((socket) => {
      const upstream = connect(Number(url.port), url.hostname);
      socket.pipe(upstream).pipe(socket);
      socket.on('error', () => upstream.destroy());
      upstream.on('error', () => socket.destroy());
    });
    const there = new URL(url);
    there.host = `127.0.0.1:${String(await freePort())}`;
    const outcome = await migrate(there, 30, () => late.listen(Number(there.port), there.hostname));
    late.close();
    expect(outcome).toMatchObject({ code: 0, err: 'waiting for Postgres\n', out: expect.stringContaining('applied') });
  });

  it('exits 1 with one line where Postgres does not come up in time', async () => {
    const nowhere = new URL(server);
    nowhere.port = String(await freePort());
    expect(await migrate(nowhere, 0)).toEqual({
      code: 1,
      out: '',
      err: 'openclaw: Postgres could not be reached within 0 s (ECONNREFUSED)\n',
    });
  });

  it('exits 1 at once with one line where Postgres refuses: waiting would not help', async () => {
    const wrong = new URL(server);
    wrong.pathname = 'no_such_database';
    expect(await migrate(wrong)).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^openclaw: database "no_such_database" does not exist\n$/),
    });
  });
});

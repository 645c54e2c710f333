import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Fault } from '@openclaw/errors';
import { silentLogger } from '@openclaw/telemetry';
import { createTcpProxy, type TcpProxy, through } from '../../../../test/support/tcp-proxy.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { Database } from './database.js';
import { statement } from './statement.js';

/** A call fails after 1.5 s of silence; the rest is what a busy machine may add. */
const FAILS_WITHIN_MS = 3000;
const INSERT = statement({
  name: 'insert_process',
  params: { id: 'text' },
  text: `INSERT INTO processes (id, kind, host) VALUES (:id, 'test', 'test') RETURNING id`,
});
const COUNT = statement({
  name: 'count_processes',
  params: { id: 'text' },
  row: { n: 'int4' },
  text: 'SELECT count(*)::int AS n FROM processes WHERE id = :id',
});
const SLEEP = statement({ name: 'sleep', text: 'SELECT pg_sleep(1.2)' });
const ONE = { params: { n: 'int4' }, row: { n: 'int4' }, pipelined: true } as const;
const ECHO = statement({
  ...ONE,
  name: 'echo',
  row: { n: 'int4', connection: 'int4' },
  text: 'SELECT :n AS n, pg_backend_pid() AS connection',
});
const DIVIDE = statement({ ...ONE, name: 'divide', text: 'SELECT 1 / :n AS n' });
const STUCK = statement({ name: 'stuck', pipelined: true, text: 'SELECT pg_sleep(60)' });
const ABANDONED = statement({ name: 'abandoned', text: 'SELECT pg_sleep(60)' });
const LINGER = statement({ ...ONE, name: 'linger', text: 'SELECT pg_sleep(0.3), :n AS n' });

describe('Database', () => {
  let services: TestServices;
  let proxy: TcpProxy;
  let database: Database;

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());
  beforeEach(async () => {
    proxy = await createTcpProxy(services.databaseUrl);
    database = new Database({ url: through(proxy, services.databaseUrl), poolMax: 3, logger: silentLogger(), applicationName: 'test' });
  });
  afterEach(async () => {
    proxy.open();
    await database.close();
    await proxy.close();
  });

  const count = async (id: string): Promise<number> => (await database.query(COUNT, { id }))[0]?.n ?? 0;

  it('a statement that nobody waits for any more does not go on in Postgres', async () => {
    await expectUnavailable(() => database.query(ABANDONED));
    const going = await services.sql(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
    );
    expect(going).toEqual([]);
  });

  async function expectUnavailable(work: () => Promise<unknown>): Promise<void> {
    const startedAt = performance.now();
    await expect(work()).rejects.toMatchObject({ code: 'service_unavailable', details: { dependency: 'postgres' } });
    expect(performance.now() - startedAt).toBeLessThan(FAILS_WITHIN_MS);
  }

  it('text that Postgres cannot carry is made plain on its way in: alone, in a list, in JSON, and in its keys', async () => {
    const odd = 'a\0b\ud83d';
    const columns = { text: 'text', list: 'text[]', json: 'jsonb', plain: 'jsonb' } as const;
    const echo = statement({
      name: 'echo_text',
      params: columns,
      row: columns,
      text: 'SELECT :text AS text, :list AS list, :json AS json, :plain AS plain',
    });
    const plain = { at: new Date(0), text: 'C:\\u0000', nothing: undefined };
    const [row] = await database.query(echo, { text: odd, list: [odd], json: { [odd]: [odd, 1, null, { deep: odd }] }, plain });
    expect(row).toEqual({
      text: 'ab\ufffd',
      list: ['ab\ufffd'],
      json: { 'ab\ufffd': ['ab\ufffd', 1, null, { deep: 'ab\ufffd' }] },
      plain: { at: '1970-01-01T00:00:00.000Z', text: 'C:\\u0000' },
    });
  });

  const CALLS: Readonly<Record<string, () => Promise<unknown>>> = {
    'a statement': () => database.ping(),
    'a pipelined statement': () => database.query(ECHO, { n: 1 }),
    'a transaction': () => database.transaction((query) => query(COUNT, { id: 'x' })),
    Prisma: () => database.prisma({ person: 'owner', sees: null }, (prisma) => prisma.process.count()),
  };

  function named(name: string): () => Promise<unknown> {
    const call = CALLS[name];
    if (!call) throw new Error(`no call ${name}`);
    return call;
  }

  it.each(Object.keys(CALLS))(
    '503: %s fails in time while Postgres refuses, is silent or breaks off, and works again afterwards',
    async (name) => {
      const call = named(name);
      proxy.cut();
      await expectUnavailable(call);
      proxy.open();
      await call();
      proxy.freeze();
      await expectUnavailable(call);
      proxy.open();
      await call();
    },
  );

  it.each(Object.keys(CALLS))('503: %s fails in time where Postgres takes connections and says nothing', async (name) => {
    proxy.freeze();
    await expectUnavailable(named(name));
  });

  it('503: a connection that breaks in the middle of a statement or a transaction', async () => {
    await database.ping();
    const sleeping = expectUnavailable(() => database.query(SLEEP));
    const inTransaction = expectUnavailable(() =>
      database.transaction(async (query) => {
        await query(INSERT, { id: 'cut' });
        proxy.cut();
        await query(COUNT, { id: 'cut' });
      }),
    );
    await Promise.all([sleeping, inTransaction]);
    proxy.open();
    expect(await count('cut')).toBe(0);
  });

  it('503: nobody listens at all', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on TCP
    server.close();
    await once(server, 'close');
    const url = new URL(services.databaseUrl);
    url.port = String(port);
    const nowhere = new Database({ url: String(url), poolMax: 2, logger: silentLogger(), applicationName: 'test' });
    await expectUnavailable(() => nowhere.ping());
    await expectUnavailable(() => nowhere.query(ECHO, { n: 1 }));
    await nowhere.close();
  });

  it('all connections busy: a call waits its turn, and fails in time where none comes', async () => {
    const released = Promise.withResolvers<undefined>();
    const holders = [1, 2].map(() => database.transaction(() => released.promise));
    await expectUnavailable(() => database.ping());
    released.resolve(undefined);
    await Promise.all(holders);
    await database.ping();
  });

  it('a transaction writes all or nothing, and its connection is in order afterwards', async () => {
    await database.transaction((query) => query(INSERT, { id: 'kept' }));
    expect(await count('kept')).toBe(1);
    const oops = new Fault('conflict', 'no');
    const failing = database.transaction(async (query) => {
      await query(INSERT, { id: 'dropped' });
      throw oops;
    });
    await expect(failing).rejects.toBe(oops);
    for (let round = 0; round < 4; round += 1) expect(await count('dropped')).toBe(0);
  });

  describe('pipelined statements', () => {
    const echo = async (n: number): Promise<{ n: number; connection: number } | undefined> => (await database.query(ECHO, { n }))[0];

    it('many at once share a connection, and each gets its own answer', async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => echo(n)));
      expect(answers.map((answer) => answer?.n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
      expect(new Set(answers.map((answer) => answer?.connection)).size).toBe(1);
    });

    it('one that fails takes no other along', async () => {
      const answers = await Promise.allSettled([1, 0, 2].map((n) => database.query(DIVIDE, { n })));
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(answers[1]).toMatchObject({ reason: { code: '22012' } });
    });

    it('503: one that is stuck is given up by Postgres, and those behind it are answered on the same connection', async () => {
      const before = await echo(0);
      const stuck = expectUnavailable(() => database.query(STUCK));
      const behind = await echo(1);
      await stuck;
      expect(behind).toEqual({ n: 1, connection: before?.connection });
    });

    it('503: a lost connection takes along all that were on it, and the next has a new one', async () => {
      const before = await echo(1);
      const waiting = [1, 2].map((n) => expectUnavailable(() => database.query(LINGER, { n })));
      await services.sql(`SELECT pg_terminate_backend(${String(before?.connection)})`);
      await Promise.all(waiting);
      expect((await echo(2))?.connection).not.toBe(before?.connection);
    });

    it('closing lets what is in flight be answered; afterwards there is no connection to be had', async () => {
      const closing = new Database({ url: services.databaseUrl, poolMax: 2, logger: silentLogger(), applicationName: 'test' });
      await closing.query(ECHO, { n: 1 });
      const answer = closing.query(LINGER, { n: 7 });
      await closing.close();
      expect((await answer)[0]).toMatchObject({ n: 7 });
      await expectUnavailable(() => closing.query(ECHO, { n: 1 }));
    });

    it('closing does not wait for a Postgres that is silent', async () => {
      const closing = new Database({
        url: through(proxy, services.databaseUrl),
        poolMax: 2,
        logger: silentLogger(),
        applicationName: 'test',
      });
      await closing.query(ECHO, { n: 1 });
      proxy.freeze();
      const lost = expectUnavailable(() => closing.query(ECHO, { n: 2 }));
      await closing.close();
      await lost;
    });
  });

  it('a statement that is wrong is a bug and no outage', async () => {
    const wrong = database.query(statement({ name: 'wrong', text: 'SELECT no_such_column' }));
    await expect(wrong).rejects.toMatchObject({ code: '42703' });
    await expect(
      database.transaction((query) => query(statement({ name: 'wrong_2', text: 'SELECT no_such_column' }))),
    ).rejects.toMatchObject({ code: '42703' });
    await database.query(INSERT, { id: 'twice' });
    await expect(database.query(INSERT, { id: 'twice' })).rejects.toMatchObject({ code: '23505' });
  });
});

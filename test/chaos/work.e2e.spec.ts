import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToUuid, newId } from '@openclaw/words';
import { Database, statement } from '@openclaw/db';
import { Bell, BellListener } from '@openclaw/queue';
import { connectRedis } from '@openclaw/redis';
import { Redactor, silentLogger } from '@openclaw/telemetry';
import { backgroundLane, DONE, handleWork, LeaseKeeper, newWork, Sweeper, WorkRunner, WorkStore } from '@openclaw/work';
import { type ModelServer, startModelServer } from '../support/model-server.js';
import { createProcessSystem, type ProcessSystem } from '../support/processes.js';
import { seededRandom } from '../support/seeded-random.js';
import { createTcpProxy, type TcpProxy, through } from '../support/tcp-proxy.js';
import { createTestServices, type TestServices } from '../support/test-services.js';
import { until } from '../support/until.js';
import { TEST_POLICY, testKind } from '../support/work-stage.js';

const PIECES = 150;
/** Every tenth fails for ever. */
const isPoison = (n: number): boolean => n % 10 === 9;
/** Longer than the outage, on a machine with other things to do too. */
const LEASE_MS = 6000;
const AT_ONCE = 2;
const KIND = testKind({ policy: { ...TEST_POLICY, tries: 6, backoff: { firstMs: 50, maxMs: 200 }, lossesMax: 5 } });

const EFFECT = statement({
  name: 'test_effect',
  params: { n: 'int4' },
  text: 'INSERT INTO effects (n) VALUES (:n) ON CONFLICT (n) DO NOTHING',
});

interface ChaosWorker {
  readonly wires: Readonly<Record<'postgres' | 'redis', TcpProxy>>;
  /** As SIGKILL: it renews nothing, and nothing it does is heard of any more. */
  kill(): void;
  close(): Promise<void>;
}

/**
 * 150 pieces of work, whose handlers fail at random and a tenth of them for ever ─► meanwhile: a worker lost for good, Postgres gone
 * for all, Redis gone and emptied ─► each piece has had its effect and is recorded once, or is a dead letter with its reason
 */
describe('durable work, while workers, Postgres and Redis are lost', () => {
  let services: TestServices;
  let workers: ChaosWorker[];
  let database: Database;
  const random = seededRandom(7);

  beforeAll(async () => {
    services = await createTestServices();
    database = new Database({ url: services.databaseUrl, poolMax: 4, logger: silentLogger(), applicationName: 'test' });
    await services.sql('CREATE TABLE effects (n int PRIMARY KEY)');
    workers = await Promise.all([1, 2, 3].map(() => startWorker()));
    const asked = Array.from({ length: PIECES }, (_, n) => newWork(KIND, { n }, { person: null }));
    await new WorkStore(database).enqueue(asked);
    await until('a third is done', async () => (await count("status = 'done'")) > PIECES / 3, 30_000);
    workers[0]?.kill();
    for (const { wires } of workers) wires.postgres.cut();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (const { wires } of workers.slice(1)) wires.postgres.open();
    for (const { wires } of workers) wires.redis.cut();
    await services.emptyRedis();
    for (const { wires } of workers.slice(1)) wires.redis.open();
    await until('nothing is left to do', async () => (await count("status IN ('waiting', 'working')")) === 0, 60_000);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    await database.close();
    await services.close();
  });

  async function startWorker(): Promise<ChaosWorker> {
    const wires = { postgres: await createTcpProxy(services.databaseUrl), redis: await createTcpProxy(services.redisUrl) };
    const logger = silentLogger();
    const workerId = randomUUID();
    const own = new Database({ url: through(wires.postgres, services.databaseUrl), poolMax: 4, logger, applicationName: 'chaos' });
    const settings = { url: through(wires.redis, services.redisUrl), prefix: services.prefix };
    const redis = connectRedis(settings, 'command', logger);
    const bell = new Bell(redis, { prefix: `${services.prefix}-queue` });
    const store = new WorkStore(own);
    const leases = new LeaseKeeper({ workerId, leaseMs: LEASE_MS, heartbeatMs: 200, logger });
    const handled = handleWork(KIND, async ({ n }) => {
      if (isPoison(n)) throw new Error(`piece ${String(n)} never works`);
      if (random() < 0.2) throw new Error('not this time');
      await own.query(EFFECT, { n });
      return DONE;
    });
    const runner = new WorkRunner(
      [handled],
      { store, leases, redactor: new Redactor(), logger },
      { workerId, leaseMs: LEASE_MS, finishMs: 0 },
    );
    const lanes = [backgroundLane('background', { runner, store, leases }, () => AT_ONCE)];
    const listener = new BellListener({
      connect: () => connectRedis(settings, 'blocking', logger),
      prefix: `${services.prefix}-queue`,
      lanes,
      logger,
    });
    const sweeper = new Sweeper({ lanes, bell, listener, tidy: () => Promise.resolve(), everyMs: 200, logger });
    leases.start();
    listener.start();
    sweeper.start();
    return {
      wires,
      kill: () => {
        leases.stop();
        wires.postgres.cut();
        wires.redis.cut();
      },
      close: async () => {
        for (const wire of Object.values(wires)) wire.open();
        leases.stop();
        await sweeper.stop();
        await listener.stop();
        await bell.close();
        redis.disconnect();
        await own.close();
        await Promise.all(Object.values(wires).map((wire) => wire.close()));
      },
    };
  }

  async function count(condition: string): Promise<number> {
    const [row] = await services.sql<{ count: number }>(`SELECT count(*)::int AS count FROM work WHERE ${condition}`);
    return row?.count ?? 0;
  }

  it('each piece that can be done has had its effect, and is recorded as done', async () => {
    const wanted = Array.from({ length: PIECES }, (_, n) => n).filter((n) => !isPoison(n));
    const effects = await services.sql<{ n: number }>('SELECT n FROM effects ORDER BY n');
    expect(effects.map(({ n }) => n)).toEqual(wanted);
    expect(await count("status = 'done'")).toBe(wanted.length);
  });

  it('each piece that cannot be done is a dead letter, after all its tries, with its reason', async () => {
    const letters = await new WorkStore(database).list(['dead']);
    expect(letters).toHaveLength(PIECES / 10);
    for (const { failures, last_error } of letters) {
      expect(failures).toBe(6);
      expect(last_error).toMatch(/^Error: piece \d+ never works$/);
    }
  });

  it('the lost worker’s pieces were counted as losses, and no outage of what is in hand', async () => {
    // What the lost worker had; and what the others had just claimed when Postgres went, and never heard of.
    expect(await count('losses > 0')).toBeLessThanOrEqual(AT_ONCE * 3);
    expect(await count('losses > 1')).toBe(0);
  });
});

describe('a worker that is killed while it writes a summary', () => {
  let model: ModelServer;
  let system: ProcessSystem;

  beforeAll(async () => {
    model = await startModelServer();
    system = await createProcessSystem(model.env);
  });
  afterAll(async () => {
    await system.close();
    await model.close();
  });

  it('another worker writes it, without any bell, and it is recorded once', async () => {
    const { services } = system;
    const conversation = newId('conv');
    await services.sql(`INSERT INTO conversations (id, channel, title) VALUES ($1, 'api', 'a title')`, [idToUuid(conversation)]);
    await services.sql(
      `WITH RECURSIVE made AS (
  SELECT 1 AS n, gen_random_uuid() AS id, NULL::uuid AS parent_id UNION ALL SELECT n + 1, gen_random_uuid(), id FROM made WHERE n < 60),
written AS (INSERT INTO messages (id, conversation_id, parent_id, role, content)
  SELECT id, $1, parent_id, CASE WHEN n % 2 = 1 THEN 'user' ELSE 'assistant' END::"Role", 'hold the line' FROM made)
UPDATE conversations SET head_id = (SELECT id FROM made WHERE n = 60) WHERE id = $1`,
      [idToUuid(conversation)],
    );
    await services.sql(
      `INSERT INTO work (id, kind, key, lane, payload) VALUES (gen_random_uuid(), 'conversations.summary', $1, 'background', $2)`,
      [conversation, { conversation_id: conversation }],
    );
    const first = await system.startWorker();
    const one = async (): Promise<{ status: string; attempt: number; losses: number } | undefined> =>
      (
        await services.sql<{ status: string; attempt: number; losses: number }>(
          `SELECT status, attempt, losses FROM work WHERE kind = 'conversations.summary'`,
        )
      )[0];
    await until('the first worker has it', async () => (await one())?.status === 'working', 20_000);
    first.signal('SIGKILL');
    await first.exited;
    await services.emptyRedis();
    await system.startWorker();
    model.release();
    await until('it is done', async () => (await one())?.status === 'done', 30_000);
    expect(await one()).toEqual({ status: 'done', attempt: 2, losses: 1 });
    const [row] = await services.sql<{ summary: string | null }>('SELECT summary FROM conversations WHERE id = $1', [
      idToUuid(conversation),
    ]);
    expect(row?.summary).toContain('you said');
  });
});

import { randomUUID } from 'node:crypto';
import { processEnvironment } from '@openclaw/config';
import { connectRedis, type Redis } from '@openclaw/redis';
import { silentLogger } from '@openclaw/telemetry';
import pg from 'pg';

/** The services of one test file: a database and a key prefix that no other file has. */
export interface TestServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly prefix: string;
  /** A command connection to the same Redis. */
  readonly redis: Redis;
  /** Plain SQL against the file's database. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The same in one transaction, which holds its locks until `work` is done. */
  transaction(work: (sql: (text: string, values?: unknown[]) => Promise<unknown>) => Promise<void>): Promise<void>;
  /** Removes every key of this file's prefix: to this system, a Redis that was emptied. */
  emptyRedis(): Promise<void>;
  close(): Promise<void>;
}

/** Clones the migrated template (milliseconds). Call `close()` when the file is done. */
export async function createTestServices(): Promise<TestServices> {
  const { DATABASE_URL: adminUrl, REDIS_URL: redisUrl, OPENCLAW_TEST_TEMPLATE: template, OPENCLAW_TEST_RUN: run } = processEnvironment();
  if (!adminUrl || !redisUrl || !template || !run)
    throw new Error('integration tests need DATABASE_URL and REDIS_URL; run them with "npm test"');
  const name = `openclaw_test_${run}_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: String(url), max: 2 });
  pool.on('error', () => undefined); // a test that cuts connections cuts these too
  const prefix = `test-${run}-${name.slice(-8)}`;
  const redis = connectRedis({ url: redisUrl, prefix }, 'blocking', silentLogger());
  const emptyRedis = async (): Promise<void> => {
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.del(...keys);
  };
  return {
    databaseUrl: String(url),
    redisUrl,
    prefix,
    redis,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) => (await pool.query<Row>(text, values)).rows,
    transaction: async (work) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await work((text, values = []) => client.query(text, values));
        await client.query('COMMIT');
      } finally {
        client.release(true);
      }
    },
    emptyRedis,
    close: async () => {
      await emptyRedis();
      redis.disconnect();
      await pool.end();
      await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      await admin.end();
    },
  };
}

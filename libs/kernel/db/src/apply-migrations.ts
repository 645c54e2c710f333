import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@openclaw/telemetry';
import pg from 'pg';

/** The advisory lock that `prisma migrate` takes, so that the two never run at once. */
const PRISMA_LOCK = 72_707_369;
const LEDGER = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

export interface MigrationOptions {
  readonly url: string;
  /** The folder with one folder per migration. */
  readonly folder: string;
  readonly logger: Logger;
}

/**
 * Brings a database up to the newest migration, recorded as `prisma migrate deploy` records it. Safe to run from several
 * processes at once and again at each start: what is applied is not applied twice. A migration that fails leaves nothing of
 * itself behind and stops the rest.
 * @returns the names of the migrations that this call applied
 */
export async function applyMigrations(options: MigrationOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: options.url, application_name: 'migrate', connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK]);
    await client.query(LEDGER);
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      'SELECT migration_name, checksum FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
    const pending: string[] = [];
    for (const migration of await readMigrations(options.folder)) {
      const checksum = applied.get(migration.name);
      if (checksum === undefined) {
        await applyOne(client, migration);
        options.logger.info({ migration: migration.name }, 'migration applied');
        pending.push(migration.name);
      } else if (checksum !== migration.checksum) {
        options.logger.warn({ migration: migration.name }, 'migration was edited after it was applied');
      }
    }
    return pending;
  } finally {
    await client.end();
  }
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** The migration and its line in the ledger commit together: Postgres rolls back DDL too. */
async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query(
      'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), 1)',
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (thrown) {
    await client.query('ROLLBACK');
    throw thrown;
  }
}

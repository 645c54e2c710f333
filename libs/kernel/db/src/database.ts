import { PrismaPg } from '@prisma/adapter-pg';
import { Unreachable } from '@openclaw/errors';
import type { Logger } from '@openclaw/telemetry';
import pg from 'pg';
import { PrismaClient } from './generated/client.js';
import { isUnreachable } from './is-unreachable.js';
import { limitPrisma } from './limit-prisma.js';
import { Pipeline } from './pipeline.js';
import { type OwnedStatement, type Params, type Row, type Spec, type Statement, statement, valuesOf } from './statement.js';

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most, 2 or more. A quarter of them carries the pipelined statements. */
  readonly poolMax: number;
  readonly logger: Logger;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
}

/** Runs one statement, inside a transaction or outside of it. */
export type Query = <P extends Spec, R extends Spec>(statement: Statement<P, R>, ...params: ParamsOf<P>) => Promise<Row<R>[]>;

/** Whose things a statement is about: a caller is one. */
export interface Viewer {
  readonly person: string;
  /** null: everybody's. */
  readonly sees: string | null;
}

/** Runs one statement on behalf of a viewer. */
export type OwnedQuery = <P extends Spec, R extends Spec>(statement: OwnedStatement<P, R>, ...params: ParamsOf<P>) => Promise<Row<R>[]>;

/** Nothing to pass where a statement has no parameters. */
type ParamsOf<P extends Spec> = keyof P extends never ? [] : [params: Params<P>];

const PING = statement({ name: 'ping', text: 'SELECT 1' });
const SIZE = statement({ name: 'size', row: { bytes: 'int8' }, text: 'SELECT pg_database_size(current_database()) AS bytes' });
const BYTES_PER_MB = 1_048_576;
/** How long one statement may take before its connection is given up for lost. */
const STATEMENT_TIMEOUT_MS = 1500;
/** When Postgres itself gives up a statement on the pool: nobody waits for it any more, and it would go on for as long as it likes. */
const ABANDONED_TIMEOUT_MS = 1400;
const CONNECT_TIMEOUT_MS = 1500;
/** When Postgres itself gives up a pipelined statement, a lock that does not come included: those behind it keep their connection. */
const PIPELINED_TIMEOUT_MS = 1200;

/**
 * Postgres: prepared statements for the hot path and Prisma for the rest, on one pool. Whenever Postgres is out of reach, or
 * silent for 1.5 s, a call fails with {@link Unreachable}; it never hangs. Any text can be
 * written: what Postgres cannot carry of it is left out.
 */
export class Database {
  readonly #pool: pg.Pool;
  readonly #pipeline: Pipeline;
  readonly #prisma: PrismaClient;

  constructor(options: DatabaseOptions) {
    const connection = {
      connectionString: options.url,
      application_name: options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
    };
    const lanes = Math.max(1, Math.floor(options.poolMax / 4));
    this.#pipeline = new Pipeline({ ...connection, statement_timeout: PIPELINED_TIMEOUT_MS }, lanes);
    this.#pool = new pg.Pool({ ...connection, statement_timeout: ABANDONED_TIMEOUT_MS, max: options.poolMax - lanes });
    // An idle connection that Postgres closed; the pool replaces it at the next query.
    this.#pool.on('error', (err) => {
      options.logger.warn({ err }, 'idle database connection lost');
    });
    // In use, a connection that breaks rejects its query; the event that comes besides would end the process if nobody heard it.
    this.#pool.on('connect', (client) => {
      client.on('error', () => undefined);
    });
    this.#prisma = new PrismaClient({ adapter: new PrismaPg(this.#pool) });
  }

  /** One statement in a transaction of its own. @throws Unreachable */
  readonly query: Query = async (statement, ...[params]) =>
    guarded(async () => {
      const config = toConfig(statement, params);
      const { rows } = await (statement.pipelined ? this.#pipeline.query(config) : this.#pool.query<pg.QueryResultRow>(config));
      return rowsOf(statement, rows);
    });

  /** The only way to what belongs to persons: no statement on it can be run without saying for whom. */
  as(viewer: Viewer): OwnedQuery {
    return as(this.query, viewer);
  }

  /** All statements of `work` or none; rolled back when it throws. */
  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return guarded(async () => {
      const client = await this.#pool.connect();
      const query: Query = async (statement, ...[params]) =>
        rowsOf(statement, (await client.query<pg.QueryResultRow>(toConfig(statement, params))).rows);
      try {
        await client.query('BEGIN');
        const result = await work(query);
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (thrown) {
        await rollBack(client, thrown);
        throw thrown;
      }
    });
  }

  /** Prisma's client on behalf of a viewer, for what is not on the hot path. @throws Unreachable */
  async prisma<T>(viewer: Viewer, work: (prisma: PrismaClient) => Promise<T>): Promise<T> {
    return guarded(() => work(limitPrisma(this.#prisma, viewer.sees)));
  }

  /** Resolves when Postgres answers; else throws the Fault. */
  async ping(): Promise<void> {
    await this.query(PING);
  }

  /** How much disk the database takes, its write-ahead log aside. */
  async sizeMb(): Promise<number> {
    const [row] = await this.query(SIZE);
    return Math.round(Number(row?.bytes ?? 0) / BYTES_PER_MB);
  }

  async close(): Promise<void> {
    await this.#prisma.$disconnect();
    await Promise.all([this.#pool.end(), this.#pipeline.close()]);
  }
}

/** {@link Database.as}, inside a transaction. */
export function as(query: Query, { person, sees }: Viewer): OwnedQuery {
  // the viewer's parameters are not among those that its type asks for
  const run = query as (statement: Statement, params: object) => Promise<never[]>;
  return ({ owned }, ...[params]) => run(owned, { ...params, person, sees });
}

function toConfig(statement: Statement, params: Readonly<Record<string, unknown>> = {}): pg.QueryConfig {
  const named = statement.isPlannedAnew ? {} : { name: statement.name }; // Postgres keeps the plan of what has a name
  return { ...named, text: statement.text, values: valuesOf(statement, params) };
}

/** The columns that the statement declares are those that Postgres sends: a test holds each statement to the schema. */
function rowsOf<R extends Spec>(_statement: Statement<Spec, R>, rows: pg.QueryResultRow[]): Row<R>[] {
  return rows as Row<R>[]; // see above
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!isUnreachable(thrown)) throw thrown;
    throw new Unreachable('postgres', thrown);
  }
}

/** Puts the connection back in order, or away where it is broken. */
async function rollBack(client: pg.PoolClient, reason: unknown): Promise<void> {
  if (isUnreachable(reason)) {
    client.release(true);
    return;
  }
  const failed = await client.query('ROLLBACK').then(
    () => undefined,
    (error: unknown) => error,
  );
  client.release(failed !== undefined);
}

/**
 * All tables as they are at one moment ─► rows as text, a table after the other; and the way back, all of them or none
 *
 * The text is that of Postgres's COPY: one line for each row, no line end within.
 */
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';

/** A table, with the columns that are not made of others. */
export interface CopiedTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What there is to copy: tables by name, and the migrations that made them. */
export interface TablePlan {
  readonly tables: readonly CopiedTable[];
  readonly migrations: readonly string[];
}

/** All tables as of one moment, however long it takes to read them. */
export interface TableSnapshot extends TablePlan {
  /** The rows of one table; to be read to the end before the next is asked for. */
  rows(table: CopiedTable): Readable;
}

/** All tables of a database that is written anew. */
export interface TableReplacement extends TablePlan {
  /** Whether one of these tables has a row. */
  hasRows(names: readonly string[]): Promise<boolean>;
  /** Empties every table of the plan, before the first rows are written. */
  empty(): Promise<void>;
  /** @param rows lines, each with its end @returns how many Postgres took */
  write(table: CopiedTable, rows: AsyncIterable<Buffer>): Promise<number>;
}

const LEDGER = '_prisma_migrations';
const CONNECT_TIMEOUT_MS = 5000;

/**
 * Lends `use` everything that `url` may read, but for the tables that are left out.
 * @param leftOut names of tables
 */
export async function readTables<T>(url: string, leftOut: readonly string[], use: (snapshot: TableSnapshot) => Promise<T>): Promise<T> {
  return connected(url, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const plan = await planOf(client, leftOut);
    return use({ ...plan, rows: (table) => client.query(to(`COPY ${namesOf(client, table)} TO STDOUT`)) });
  });
}

/**
 * Lends `use` the database for writing, in one transaction: what it wrote is there when it resolves, and nothing when it throws. Wants the
 * owner of the database: triggers and references are out of force meanwhile, since the rows come from a database that held them.
 * @throws pg's error with the code 42501 for any other role
 */
export async function replaceTables<T>(
  url: string,
  leftOut: readonly string[],
  use: (replacement: TableReplacement) => Promise<T>,
): Promise<T> {
  return connected(url, async (client) => {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    const plan = await planOf(client, leftOut);
    const result = await use({
      ...plan,
      hasRows: (names) => hasRows(client, plan, names),
      empty: async () => {
        await client.query(`TRUNCATE ${plan.tables.map(({ name }) => client.escapeIdentifier(name)).join(', ')}`);
      },
      write: async (table, rows) => {
        const copy = client.query(from(`COPY ${namesOf(client, table)} FROM STDIN`));
        await pipeline(Readable.from(rows), copy);
        return copy.rowCount;
      },
    });
    await advanceSequences(client);
    await client.query('COMMIT');
    return result;
  });
}

async function planOf(client: pg.Client, leftOut: readonly string[]): Promise<TablePlan> {
  const { rows: tables } = await client.query<{ name: string; columns: string[] }>(
    `SELECT t.table_name AS name, array_agg(c.column_name::text ORDER BY c.ordinal_position) AS columns
     FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
     WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' AND NOT t.table_name = ANY($1)
     GROUP BY 1 ORDER BY 1`,
    [[...leftOut, LEDGER]],
  );
  const { rows: ledger } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM "${LEDGER}" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`,
  );
  return { tables, migrations: ledger.map(({ name }) => name) };
}

async function hasRows(client: pg.Client, { tables }: TablePlan, names: readonly string[]): Promise<boolean> {
  for (const { name } of tables.filter((table) => names.includes(table.name))) {
    const { rowCount } = await client.query(`SELECT 1 FROM ${client.escapeIdentifier(name)} LIMIT 1`);
    if (rowCount !== 0) return true;
  }
  return false;
}

/** What counts by itself goes on behind the rows that came. */
async function advanceSequences(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(
    `SELECT table_name AS table, column_name AS column, pg_get_serial_sequence(quote_ident(table_name), column_name) AS sequence
     FROM information_schema.columns
     WHERE table_schema = 'public' AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL`,
  );
  for (const { table, column, sequence } of rows) {
    const [from_, max] = [client.escapeIdentifier(table), client.escapeIdentifier(column)];
    await client.query(`SELECT setval($1, COALESCE((SELECT max(${max}) FROM ${from_}), 0) + 1, false)`, [sequence]);
  }
}

function namesOf(client: pg.Client, { name, columns }: CopiedTable): string {
  return `${client.escapeIdentifier(name)} (${columns.map((column) => client.escapeIdentifier(column)).join(', ')})`;
}

/** A transaction that is not committed is none. */
async function connected<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'openclaw-backup', connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // the query in hand is told
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

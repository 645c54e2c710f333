import { randomBytes } from 'node:crypto';
import type { Logger } from '@openclaw/telemetry';
import pg from 'pg';
import { scramVerifier } from './scram-verifier.js';

/** The role that gateways and workers are: it reads and writes rows, and owns nothing. */
export interface ApplicationRole {
  readonly name: string;
  readonly password: string;
}

/** The role that gateways and workers connect as. */
export interface RoleOptions {
  /** As the owner of the database, which only migrations are. */
  readonly url: string;
  readonly application: ApplicationRole;
  readonly logger: Logger;
}

/** No such role, or not this password: SQLSTATE class 28. */
const REFUSED = /^28(000|P01)$/;
const CONNECT_TIMEOUT_MS = 5000;
const LEDGER = '_prisma_migrations';
const GRANT_LOCK = 72_707_370;
const RIGHTS = 'SELECT, INSERT, UPDATE, DELETE';
/** What is added and never changed: not by whoever takes a gateway over either. */
const TRAIL = 'audit_entries';

/**
 * Makes sure that the owner of `url` can sign in. Installations had one role for everything once, the superuser that their database
 * was made with, under the application's name: there that role becomes the owner, by name and password, and the application gets a
 * role of its own under its old name and password. All of it or nothing; safe to repeat.
 * @throws what Postgres said where neither role is let in
 */
export async function ensureOwner({ url, application, logger }: RoleOptions): Promise<void> {
  const refusal = await tryTo(url, () => Promise.resolve());
  if (refusal === null) return;
  const former = asRole(url, application.name, application.password);
  const interim = { name: `${application.name}_interim`, password: randomBytes(32).toString('hex') };
  const failure = await tryTo(former, async (client) => {
    const { rows } = await client.query<{ rolsuper: boolean }>('SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
    if (rows[0]?.rolsuper !== true) throw refusal;
    const role = client.escapeIdentifier(interim.name);
    await client.query(`DROP ROLE IF EXISTS ${role}`);
    await client.query(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD ${client.escapeLiteral(scramVerifier(interim.password))}`);
  });
  if (failure !== null) throw refusal;
  await within(asRole(url, interim.name, interim.password), (client) => renameOwner(client, url, application)); // nobody can rename itself
  await within(url, (client) => client.query(`DROP ROLE ${client.escapeIdentifier(interim.name)}`));
  logger.warn({ role: application.name }, 'the database has an owner of its own now; the application is no superuser any more');
}

/**
 * Lets the application's role sign in, and read and write every table there is, but for the ledger of the migrations, which it may
 * read, and the audit trail, which it may read and add to. It may make nothing: no table, no database, no role. To be called after each
 * migration; safe to repeat.
 */
export async function grantApplication({ url, application }: RoleOptions): Promise<void> {
  await within(url, async (client) => {
    const role = client.escapeIdentifier(application.name);
    const database = client.escapeIdentifier(new URL(url).pathname.slice(1));
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [application.name]);
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [GRANT_LOCK]); // Postgres refuses to grant twice at once
    if (rowCount === 0) await client.query(`CREATE ROLE ${role}`);
    await client.query(`ALTER ROLE ${role} ${attributes(client, application)}`);
    for (const statement of [
      `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
      `GRANT CONNECT ON DATABASE ${database} TO ${role}`,
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
      `GRANT USAGE ON SCHEMA public TO ${role}`,
      `GRANT ${RIGHTS} ON ALL TABLES IN SCHEMA public TO ${role}`,
      `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
      `REVOKE ALL ON "${LEDGER}" FROM ${role}`,
      `GRANT SELECT ON "${LEDGER}" TO ${role}`,
      `REVOKE UPDATE, DELETE ON "${TRAIL}" FROM ${role}`,
    ])
      await client.query(statement);
    await client.query('COMMIT');
  });
}

async function renameOwner(client: pg.Client, url: string, application: ApplicationRole): Promise<void> {
  const { username, password } = new URL(url);
  const [owner, role] = [client.escapeIdentifier(decodeURIComponent(username)), client.escapeIdentifier(application.name)];
  await client.query('BEGIN');
  await client.query(`ALTER ROLE ${role} RENAME TO ${owner}`);
  await client.query(`ALTER ROLE ${owner} PASSWORD ${client.escapeLiteral(scramVerifier(decodeURIComponent(password)))}`);
  await client.query(`CREATE ROLE ${role} ${attributes(client, application)}`);
  await client.query('COMMIT');
}

function attributes(client: pg.Client, { password }: ApplicationRole): string {
  const verifier = client.escapeLiteral(scramVerifier(password));
  return `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT PASSWORD ${verifier}`;
}

function asRole(url: string, name: string, password: string): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(name);
  changed.password = encodeURIComponent(password);
  return changed.href;
}

/** @returns why Postgres did not let in; null where it did and `work` is done */
async function tryTo(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<pg.DatabaseError | null> {
  try {
    await within(url, work);
    return null;
  } catch (thrown) {
    if (thrown instanceof pg.DatabaseError && REFUSED.test(thrown.code ?? '')) return thrown;
    throw thrown;
  }
}

async function within(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'migrate', connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // the query in hand is told
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

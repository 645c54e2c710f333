// Drops the databases of this run that a crashed test file left behind.
import pg from 'pg';

export default async function tearDown() {
  const { DATABASE_URL: url, OPENCLAW_TEST_RUN: run } = process.env;
  if (!url || !run) return;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [`openclaw_test_${run}_`]);
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`);
  await client.end();
}

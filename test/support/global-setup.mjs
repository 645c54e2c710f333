// Makes the template from which each test file clones its database: migrated once, named after the migrations.
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

const FOLDER = new URL('../../prisma/migrations/', import.meta.url);

export default async function setUp() {
  const url = process.env.DATABASE_URL;
  // Pure tests need nothing; an integration test says what it misses.
  if (!url) return;
  const names = (await readdir(FOLDER, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const scripts = await Promise.all(names.map((name) => readFile(new URL(`${name}/migration.sql`, FOLDER), 'utf8')));
  const template = `openclaw_template_${createHash('sha256').update(scripts.join('\n')).digest('hex').slice(0, 16)}`;
  await within(url, async (admin) => {
    await admin.query('SELECT pg_advisory_lock(4711)');
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) await makeTemplate(admin, url, template, scripts);
  });
  process.env.OPENCLAW_TEST_TEMPLATE = template;
  process.env.OPENCLAW_TEST_RUN = randomUUID().slice(0, 8);
}

async function makeTemplate(admin, url, template, scripts) {
  const draft = `${template}_${randomUUID().slice(0, 8)}`;
  await admin.query(`CREATE DATABASE "${draft}"`);
  const target = new URL(url);
  target.pathname = `/${draft}`;
  await within(String(target), async (client) => {
    for (const script of scripts) await client.query(script);
  });
  await admin.query(`ALTER DATABASE "${draft}" RENAME TO "${template}"`);
}

async function within(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

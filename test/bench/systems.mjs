/** The two sides of the comparison, each in two processes, each on a database and keys of its own. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePort, run } from '../../scripts/compose-project.mjs';
import { startProcess } from './process.mjs';

const TOKEN = randomUUID();
const at = (path) => new URL(path, import.meta.url).pathname;

/** What a message looks like on both sides. The product's offline model searches the memory for it before it answers. */
export const MESSAGE = 'What is the capital of France, and since when has it been that?';
/** Messages that either worker has in hand at once. */
const CONCURRENCY = 16;

/**
 * @returns the product: one gateway and one worker as they are deployed, with the built-in offline model and no embedder unless `env` says
 * otherwise; `more` processes are stopped with it
 */
export async function startProduct(services, { env = {}, profile, more = {} } = {}) {
  const place = await makePlace(services, 'product');
  const port = await freePort();
  const variables = {
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: services.redisUrl,
    OPENCLAW_REDIS__PREFIX: place.prefix,
    OPENCLAW_DATA_DIR: await mkdtemp(join(tmpdir(), 'bench-')),
    OPENCLAW_PORT: String(port),
    GATEWAY_AUTH_TOKEN: TOKEN,
    OPENCLAW_PROVIDERS__OFFLINE_PAUSE_MS: '0', // what is measured is the way, not the show
    OPENCLAW_GATEWAY__RATE_LIMIT__REQUESTS_PER_MINUTE: '1000000',
    OPENCLAW_GATEWAY__RATE_LIMIT__BURST: '1000000',
    OPENCLAW_WORKER__CONCURRENCY: String(CONCURRENCY),
    OPENCLAW_MEMORY__EMBEDDINGS__PROVIDER: 'off',
    ...env,
  };
  const { code, stderr } = await run(process.execPath, [at('../../apps/cli/dist/main.js'), 'migrate'], { env: variables });
  if (code !== 0) throw new Error(`migrate ended with ${code}\n${stderr}`);
  const worker = startProcess(at('../../apps/worker/dist/main.js'), variables, { profile });
  const gateway = startProcess(at('../../apps/gateway/dist/main.js'), variables, { profile });
  const target = { url: `http://127.0.0.1:${port}`, headers: { authorization: `Bearer ${TOKEN}` } };
  const system = { name: 'product', target, processes: { gateway, worker, ...more }, place };
  await answersFirst(system);
  return { ...system, stop: () => stop(system) };
}

/**
 * @param options `reply`: the text that the floor's worker answers with, as long as the product's; `lean`: each transaction as one
 *   statement
 */
export async function startFloor(services, { reply, lean = false, profile } = {}) {
  const place = await makePlace(services, 'floor');
  await within(place.databaseUrl, async (client) => client.query(await readFile(at('floor.schema.sql'), 'utf8')));
  const port = await freePort();
  const variables = {
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: services.redisUrl,
    FLOOR_PREFIX: place.prefix,
    FLOOR_PORT: String(port),
    FLOOR_REPLY: reply,
    FLOOR_CONCURRENCY: String(CONCURRENCY),
    FLOOR_LEAN: lean ? 'yes' : '',
  };
  const worker = startProcess(at('floor-worker.mjs'), variables, { profile });
  const server = startProcess(at('floor-server.mjs'), variables, { profile });
  const system = { name: 'floor', target: { url: `http://127.0.0.1:${port}`, headers: {} }, processes: { server, worker }, place };
  await answersFirst(system);
  return { ...system, stop: () => stop(system) };
}

async function answersFirst({ target, processes }) {
  const ask = async () => {
    const response = await fetch(`${target.url}/api/v1/message`, {
      method: 'POST',
      headers: { ...target.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ channel: 'api', message: MESSAGE }),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.text();
  };
  for (const process of Object.values(processes)) await process.ready(ask);
}

async function stop({ processes, place }) {
  await Promise.all(Object.values(processes).map((process) => process.stop()));
  await place.remove();
}

async function makePlace({ databaseUrl, redisUrl }, name) {
  const id = `${name}_${randomUUID().slice(0, 8)}`;
  await within(databaseUrl, (admin) => admin.query(`CREATE DATABASE "openclaw_bench_${id}"`));
  const url = new URL(databaseUrl);
  url.pathname = `/openclaw_bench_${id}`;
  const prefix = `bench-${id}`;
  return {
    databaseUrl: String(url),
    prefix,
    remove: async () => {
      await within(databaseUrl, (admin) => admin.query(`DROP DATABASE IF EXISTS "openclaw_bench_${id}" WITH (FORCE)`));
      const redis = new Redis(redisUrl);
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.unlink(...keys);
      redis.disconnect();
    },
  };
}

async function within(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

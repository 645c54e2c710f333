/** How long a search takes, and what it reads, in logs of given sizes. */
import pg from 'pg';
import { quantile } from '../statistics.mjs';
import { fill, questionOf, seeded } from './fill.mjs';

const PERSON = 'owner';
const QUESTIONS = 300;
const WARM_UP = 30;

/** @param sizes ascending: each log is the one before it, filled up @returns a row for each kind of search and size */
export async function measureLatency({ send, product, progress }, sizes, { before, after } = {}) {
  const rows = [];
  await before?.(product);
  let from = 0;
  const turns = [];
  for (const size of sizes) {
    turns.push(...(await fill({ send, person: PERSON, progress }, from, size)));
    from = size;
    await after?.(product, progress);
    await settle(product);
    progress(`asking among ${size}`);
    const random = seeded(size);
    const questions = Array.from({ length: QUESTIONS + WARM_UP }, () => questionOf(random, turns[Math.floor(random() * turns.length)]));
    rows.push({
      entries: size,
      search: 'POST /memory/search',
      ...(await time(product, questions, (query) => send('/api/v1/memory/search', { query }))),
      ...(await sizeOf(product)),
    });
    await makeConversations(product);
    const words = questions.map((question) => question.split(' ').slice(5, 7).join(' '));
    rows.push({ entries: size, search: 'GET /conversations?q', ...(await time(product, words, (q) => list(product, q))) });
  }
  return rows;
}

/**
 * Gives every entry a vector without asking an embedder, which would take hours: at random, which is the hardest for an index. What
 * the embedder makes of the questions is real.
 */
export const RANDOM_VECTORS = {
  before: (product) => sql(product, 'ALTER TABLE memory_entries DISABLE TRIGGER memory_entries_await_embedding'),
  after: async (product, progress) => {
    progress('filling in vectors');
    await sql(
      product,
      `INSERT INTO memory_vectors (entry_id, embedder_id, person, embedding)
      SELECT e.id, (SELECT id FROM memory_embedders WHERE current), e.person, v.embedding
      FROM memory_entries e, LATERAL (SELECT array_agg(random() - 0.5 + 0 * e.length)::real[]::vector::halfvec AS embedding FROM generate_series(1, 384)) v
      ON CONFLICT DO NOTHING`,
    );
    await sql(product, 'VACUUM (ANALYZE) memory_vectors');
  },
};

/** @returns how long each question took, without the first ones */
export async function time({ processes }, questions, ask, warmUp = WARM_UP) {
  for (const question of questions.slice(0, warmUp)) await ask(question);
  const before = processes.gateway.cpuMs();
  const took = [];
  let used = 0;
  for (const question of questions.slice(warmUp)) {
    const startedAt = performance.now();
    const { embeddings } = await ask(question);
    took.push(performance.now() - startedAt);
    used += embeddings === 'used' ? 1 : 0;
  }
  return {
    'p50 ms': quantile(took, 0.5),
    'p95 ms': quantile(took, 0.95),
    'gateway CPU ms': (processes.gateway.cpuMs() - before) / took.length,
    'with vectors': used,
  };
}

/** The conversations that are about these words. */
export async function list({ target }, q) {
  const response = await fetch(`${target.url}/api/v1/conversations?q=${encodeURIComponent(q)}`, { headers: target.headers });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** Brings statistics and visibility to what they are as autovacuum leaves them, so that each run measures the same. */
export async function settle(product) {
  while ((await sql(product, 'SELECT FROM memory_uncounted LIMIT 1')).length > 0) await new Promise((resolve) => setTimeout(resolve, 500)); // the worker counts
  await sql(product, 'VACUUM (ANALYZE) memory_entries');
  await sql(product, 'VACUUM (ANALYZE) memory_terms');
}

/** Every thread becomes a conversation: what q searches are their messages. */
export async function makeConversations(product) {
  await sql(
    product,
    `INSERT INTO conversations (id, channel) SELECT DISTINCT thread_id, 'api' FROM memory_entries WHERE conversation_id IS NULL AND thread_id IS NOT NULL ON CONFLICT DO NOTHING`,
  );
  await sql(product, 'UPDATE memory_entries SET conversation_id = thread_id WHERE conversation_id IS NULL AND thread_id IS NOT NULL');
  await sql(product, 'VACUUM (ANALYZE) memory_entries');
}

async function sizeOf(product) {
  const [row] = await sql(
    product,
    `SELECT round(pg_table_size('memory_entries') / 1048576.0) AS table, round(pg_relation_size('memory_entries_terms_idx') / 1048576.0) AS gin,
    round(pg_indexes_size('memory_entries') / 1048576.0) AS indexes, round(pg_total_relation_size('memory_terms') / 1048576.0) AS terms`,
  );
  return {
    'table MB': Number(row.table),
    'term index MB': Number(row.gin),
    'all indexes MB': Number(row.indexes),
    'terms MB': Number(row.terms),
  };
}

async function sql({ place }, text) {
  const client = new pg.Client({ connectionString: place.databaseUrl });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

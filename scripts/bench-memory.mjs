/**
 * `npm run bench:memory [-- --data folder] [--engine folder] [--sizes 100000,1000000] [--json]`: whether memory finds what was said, how
 * fast, and at
 * what size. docs/benchmarks.md says what is measured.
 *
 * DATABASE_URL and REDIS_URL, or the profile `test` of docker-compose.yml ─► a gateway and a worker ─► POST /memory, /memory/search
 */
import { existsSync } from 'node:fs';
import { Agent } from 'node:http';
import { availableParallelism, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { post } from '../test/bench/load.mjs';
import { embedded, startEmbedder } from '../test/bench/memory/embedder.mjs';
import { measureLatency, RANDOM_VECTORS } from '../test/bench/memory/latency.mjs';
import { measureRecall, readConversations } from '../test/bench/memory/recall.mjs';
import { startProduct } from '../test/bench/systems.mjs';
import { quantile } from '../test/bench/statistics.mjs';
import { ROOT, run } from './compose-project.mjs';
import { startTestServices } from './test-services.mjs';

process.chdir(ROOT);
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.OPENCLAW_BENCH_MEMORY ?? resolve(ROOT, '../shared/data/locomo') },
    engine: { type: 'string', default: process.env.OPENCLAW_BENCH_ENGINE },
    sizes: { type: 'string', default: '100000,1000000' },
    json: { type: 'boolean', default: false },
  },
});

const sizes = values.sizes.split(',').filter(Boolean).map(Number);
const built = await run('npm', ['run', 'build']);
if (built.code !== 0)
  console.error(`the build ended with ${built.code}; what is measured is what was built\n${built.stdout}${built.stderr}`);
const services = await startTestServices();
const result = {};
try {
  await withProduct({}, async (send, product) => {
    result.recall = await recall(send, 'no embedder', async () => undefined);
    if (!values.json) printRecall(result.recall);
    result.latency = await measureLatency({ send, product, progress: console.error }, sizes);
  });
  // What is found is measured with vectors for every question, however busy the machine; how long it takes, as it is by default.
  await withEmbedder({ OPENCLAW_MEMORY__EMBEDDINGS__QUESTION_MS: '2000' }, async (send, product) => {
    const found = await recall(send, 'bundled embedder', (person, entries) => embedded(product, person, entries, console.error));
    if (!values.json) printRecall(found);
    Object.assign(result.recall ?? {}, found);
  });
  await withEmbedder({}, async (send, product) => {
    result.latency.push(...(await measureLatency({ send, product, progress: console.error }, sizes.slice(0, 1), RANDOM_VECTORS)));
  });
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else printLatency(result.latency);
  console.log(
    `load of this machine: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')} on ${availableParallelism()} cores`,
  );
} finally {
  await services.stop();
}

async function withEmbedder(env, measure) {
  if (!values.engine) return console.error('no embedder is measured: --engine names the folder with its engine');
  const embedder = await startEmbedder(values.engine);
  if (embedder) await withProduct({ env: { ...embedder.env, ...env }, more: { embedder: embedder.process } }, measure);
}

async function withProduct(options, measure) {
  const product = await startProduct(services, options);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  try {
    await measure((path, body) => post(agent, product.target, body, path), product);
  } finally {
    agent.destroy();
    await product.stop();
  }
}

async function recall(send, how, settle) {
  if (!existsSync(values.data)) {
    console.error(`no conversations in ${values.data}: name their folder with --data or OPENCLAW_BENCH_MEMORY to measure recall`);
    return null;
  }
  const conversations = await readConversations(values.data);
  return {
    [`each conversation a log of its own; ${how}`]: await measureRecall(send, conversations, ({ id }) => `bench:${id}`, settle),
    [`all conversations in one log; ${how}`]: await measureRecall(send, conversations, () => 'bench:all', settle),
  };
}

function printRecall(logs) {
  const line = (cells) =>
    console.log(cells.map((cell, index) => String(cell)[index < 2 ? 'padEnd' : 'padStart'](index < 2 ? 12 : 9)).join(''));
  for (const [log, categories] of Object.entries(logs ?? {})) {
    const columns = Object.keys(categories[0].memory);
    console.log(`\n${log}`);
    line(['category', 'questions', ...columns, ...columns.map((name) => `bm25 ${name}`.slice(0, 9))]);
    for (const { category, questions, memory, plain } of categories) {
      line([category, questions, ...[memory, plain].flatMap((side) => columns.map((name) => side[name].toFixed(3)))]);
    }
    const took = categories.at(-1).took_ms;
    console.log(
      `search p50 ${quantile(took, 0.5).toFixed(1)} ms, p95 ${quantile(took, 0.95).toFixed(1)} ms; ${categories.at(-1).with_vectors} of ${took.length} with vectors`,
    );
  }
}

function printLatency(latency) {
  console.log();
  for (const row of latency)
    console.log(
      Object.entries(row)
        .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : value}`)
        .join(' · '),
    );
}

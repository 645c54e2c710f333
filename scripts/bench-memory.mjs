/**
 * `npm run bench:memory [-- --data folder] [--sizes 100000,1000000] [--json]`: whether memory finds what was said, how fast, and at
 * what size. docs/benchmarks.md says what is measured.
 *
 * DATABASE_URL and REDIS_URL, or the profile `test` of docker-compose.yml ─► a gateway and a worker ─► POST /memory, /memory/search
 */
import { existsSync } from 'node:fs';
import { Agent } from 'node:http';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { post } from '../test/bench/load.mjs';
import { measureLatency } from '../test/bench/memory/latency.mjs';
import { measureRecall, readConversations } from '../test/bench/memory/recall.mjs';
import { startProduct } from '../test/bench/systems.mjs';
import { quantile } from '../test/bench/statistics.mjs';
import { ROOT, run } from './compose-project.mjs';
import { startTestServices } from './test-services.mjs';

process.chdir(ROOT);
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.OPENCLAW_BENCH_MEMORY ?? resolve(ROOT, '../shared/data/locomo') },
    sizes: { type: 'string', default: '100000,1000000' },
    json: { type: 'boolean', default: false },
  },
});

const built = await run('npm', ['run', 'build']);
if (built.code !== 0) console.error(`the build ended with ${built.code}; what is measured is what was built\n${built.stdout}${built.stderr}`);
const services = await startTestServices();
const product = await startProduct(services);
try {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const send = (path, body) => post(agent, product.target, body, path);
  const result = { recall: await recall(send), latency: await measureLatency(send, product, values.sizes.split(',').filter(Boolean).map(Number), console.error) };
  agent.destroy();
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else printTables(result);
} finally {
  await product.stop();
  await services.stop();
}

async function recall(send) {
  if (!existsSync(values.data)) {
    console.error(`no conversations in ${values.data}: name their folder with --data or OPENCLAW_BENCH_MEMORY to measure recall`);
    return null;
  }
  const conversations = await readConversations(values.data);
  return {
    'each conversation a log of its own': await measureRecall(send, conversations, ({ id }) => `bench:${id}`),
    'all conversations in one log': await measureRecall(send, conversations, () => 'bench:all'),
  };
}

function printTables({ recall: logs, latency }) {
  const line = (cells) => console.log(cells.map((cell, index) => String(cell)[index < 2 ? 'padEnd' : 'padStart'](index < 2 ? 12 : 9)).join(''));
  for (const [log, categories] of Object.entries(logs ?? {})) {
    const columns = Object.keys(categories[0].memory);
    console.log(`\n${log}; embeddings: off`);
    line(['category', 'questions', ...columns, ...columns.map((name) => `bm25 ${name}`.slice(0, 9))]);
    for (const { category, questions, memory, plain } of categories) {
      line([category, questions, ...[memory, plain].flatMap((side) => columns.map((name) => side[name].toFixed(3)))]);
    }
    const took = categories.at(-1).took_ms;
    console.log(`search p50 ${quantile(took, 0.5).toFixed(1)} ms, p95 ${quantile(took, 0.95).toFixed(1)} ms`);
  }
  console.log();
  for (const row of latency) console.log(Object.entries(row).map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : value}`).join(' · '));
}

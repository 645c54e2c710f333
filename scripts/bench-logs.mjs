/**
 * `npm run bench:logs [-- --lines 1000000]`: what keeping a line costs, how long a page of GET /logs takes among that many, and what lets
 * go
 * of the oldest. docs/benchmarks.md says what is measured.
 *
 * DATABASE_URL and REDIS_URL, or the profile `test` of docker-compose.yml ─► a gateway and a worker ─► lines written as they write them ─► GET /logs
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { fillLog } from '../test/bench/logs/fill-log.mjs';
import { startProduct } from '../test/bench/systems.mjs';
import { quantile } from '../test/bench/statistics.mjs';
import { ROOT, run } from './compose-project.mjs';
import { startTestServices } from './test-services.mjs';

process.chdir(ROOT);
const { values } = parseArgs({ options: { lines: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '30' } } });
const lines = Number(values.lines);
const rounds = Number(values.rounds);
const built = await run('npm', ['run', 'build']);
if (built.code !== 0) console.error(`the build ended with ${built.code}; what is measured is what was built`);
const services = await startTestServices();
const product = await startProduct(services, { env: { OPENCLAW_GATEWAY__LOGGING__KEEP_MB: '1000000' } });
try {
  const filled = await fillLog(product.place.databaseUrl, lines, (done) => console.error(`${done} lines`));
  console.log(
    `${lines} lines: ${filled.microseconds.toFixed(0)} µs and ${filled.bytes.toFixed(0)} bytes on disk each, of which ${filled.counted.toFixed(0)} are counted`,
  );
  for (const [name, query] of Object.entries({
    'the newest 50': '',
    'the newest 1000': 'lines=1000',
    warnings: 'level=warn',
    'errors of one component': 'level=error&component=reasoning',
    'a component with few lines': 'component=memory',
    'a component with none': 'component=channels',
    'an hour in the middle': `since=${filled.middle.toISOString()}&until=${new Date(filled.middle.getTime() + 3_600_000).toISOString()}`,
    'a request': `request_id=${filled.request}`,
    'a conversation': `conversation_id=${filled.conversation}`,
    'a text that most have': 'q=run',
    'a text that one has': 'q=needle%20in%20a%20haystack',
    'a text that none has': 'q=nowhere%20to%20be%20found',
    'a text that few of one component have': 'q=provider%20refused&component=reasoning',
    'two characters that none has': 'q=%C3%A9%C3%A9',
  }))
    await measure(name, query);
  await measureTrim();
  console.log(
    `load of this machine: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')} on ${availableParallelism()} cores`,
  );
} finally {
  await product.stop();
  await services.stop();
}

async function measure(name, query) {
  const took = [];
  let body = {};
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    const response = await fetch(`${product.target.url}/api/v1/logs?${query}`, { headers: product.target.headers });
    body = await response.json();
    took.push(performance.now() - startedAt);
    if (response.status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`);
  }
  const of = (share) => quantile(took, share).toFixed(1).padStart(8);
  console.log(
    `${name.padEnd(40)} first ${took[0].toFixed(1).padStart(7)} ms  p50 ${of(0.5)} ms  p95 ${of(0.95)} ms  ${body.logs.length} of ${body.total}${body.total_exact ? '' : ' or more'}`,
  );
}

async function measureTrim() {
  const { Database } = await import('../libs/kernel/db/dist/index.js');
  const { LogsStore } = await import('../libs/features/logs/dist/index.js');
  const database = new Database({ url: product.place.databaseUrl, poolMax: 4, logger: console, applicationName: 'bench' });
  const took = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    if (!(await new LogsStore(database).trim({ bytesMax: 1, daysMax: 3650 }))) break;
    took.push(performance.now() - startedAt);
  }
  console.log(`letting go of 2000 lines: p50 ${quantile(took, 0.5).toFixed(1)} ms, p95 ${quantile(took, 0.95).toFixed(1)} ms`);
  await database.close();
}

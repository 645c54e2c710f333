/**
 * `npm run bench [-- --json] [--rounds n] [--seconds n] [--clients 1,8,64] [--lean] [--profile folder]
 * [--messages 100000] [--only search]`: how long a message takes, and a search among so many,
 * next to the bare floor on the same machine in the same minutes. docs/benchmarks.md says what is measured.
 *
 * DATABASE_URL and REDIS_URL, or the profile `test` of docker-compose.yml ─► test/bench/run-bench.mjs ─► a table, or JSON
 */
import { parseArgs } from 'node:util';
import { runBench } from '../test/bench/run-bench.mjs';
import { ROOT, run } from './compose-project.mjs';
import { startTestServices } from './test-services.mjs';

process.chdir(ROOT);
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '1,8,64' },
    messages: { type: 'string', default: '100000' },
    only: { type: 'string' },
    lean: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});

const built = await run('npm', ['run', 'build']);
if (built.code !== 0)
  console.error(`the build ended with ${built.code}; what is measured is what was built\n${built.stdout}${built.stderr}`);
const services = await startTestServices();
try {
  const result = await runBench(services, {
    clients: values.clients.split(',').map(Number),
    rounds: Number(values.rounds),
    roundMs: Number(values.seconds) * 1000,
    messages: Number(values.messages),
    only: values.only,
    lean: values.lean,
    profile: values.profile,
    progress: (text) => console.error(text),
  });
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else printTables(result);
} finally {
  await services.stop();
}
if (!values.json && values.only === undefined) {
  const cost = await run(process.execPath, ['test/bench/stream-cost.mjs']);
  console.log(`\n${cost.stdout}${cost.stderr}`);
  process.exitCode = cost.code;
}

function printTables({ messages, memory_mb: memory, streaming, search }) {
  const line = (cells) =>
    console.log(cells.map((cell, index) => String(cell)[index < 2 ? 'padEnd' : 'padStart'](index < 2 ? 14 : 11)).join(''));
  if (messages.length > 0)
    line(['conversations', 'clients', 'p50 ms', 'p99 ms', 'per second', 'CPU ms', '× p50', '× p99', '÷ /s', '× CPU']);
  for (const { variant, clients, floor, product, ratio } of messages) {
    line([variant, `${clients} floor`, ...cellsOf(floor)]);
    line([
      '',
      `${clients} product`,
      ...cellsOf(product),
      ...[ratio.p50, ratio.p99, ratio.per_second, ratio.cpu].map((times) => times.toFixed(2)),
    ]);
  }
  console.log();
  for (const [side, processes] of Object.entries(memory))
    line([side, 'memory', ...Object.entries(processes).map(([name, mb]) => `${name} ${mb} MB`)]);
  console.log();
  for (const { streams, tokens_per_second: speed } of streaming) line([`${streams} streams`, 'tokens/s', Math.round(speed)]);
  if (search.length === 0) return;
  console.log(`\nsearch among ${values.messages} messages in every script`);
  const row = (cells) =>
    console.log(cells.map((cell, index) => String(cell)[index === 0 ? 'padEnd' : 'padStart'](index === 0 ? 24 : 14)).join(''));
  row(['', '?q= p50 ms', '?q= p95 ms', 'recall p50 ms', 'recall p95 ms']);
  for (const { kind, ...times } of search) row([kind, ...Object.values(times).map((time) => time.toFixed(1))]);
}

function cellsOf({ p50_ms, p99_ms, per_second, cpu_ms_per_message }) {
  return [p50_ms.toFixed(1), p99_ms.toFixed(1), per_second.toFixed(0), cpu_ms_per_message.toFixed(2)];
}

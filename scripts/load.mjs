/**
 * `npm run load [-- mixed | streams] [--minutes 60]`: the whole stack under load for as long as one likes, at the limits it ships with;
 * only
 * rates are raised, since one token stands for many callers.
 *
 * build ─► up ─► load; memory, restarts and Redis sampled ─► a table ─► down
 *
 * mixed     what people and programs do all day, readers that do not read among them
 * streams   --streams 200 replies of --tokens 500 at once, read as they are spoken; some readers lose their connection and come back
 * --redis-mb 64   what Redis may hold, instead of what it ships with
 * --seed 1        of who loses a connection, and when
 *
 * Fails where a container restarted, where memory of one grew by more than 1 MB a minute after the first ten minutes (of a run of a
 * quarter of an hour or more), where a reply was a 5xx that no limit explains, where a bystander's p99 was over a second, or where a
 * stream was not whole.
 */
import { parseArgs } from 'node:util';
import { MixedLoad, pause } from '../test/load/mixed-load.mjs';
import { StreamLoad } from '../test/load/stream-load.mjs';
import { ContainerWatch } from '../test/load/watch-containers.mjs';
import { RedisWatch } from '../test/load/watch-redis.mjs';
import { Stack } from '../test/compose/stack.mjs';
import { requireDocker, ROOT } from './compose-project.mjs';

const WARM_UP_MINUTES = 10;
/** What shorter runs show is the warming up of processes, not what they hold in the end. */
const JUDGED_FROM_MINUTES = 15;
const MB_PER_MINUTE_MAX = 1;
const BYSTANDER_P99_MS_MAX = 1000;
const RATES = 'gateway: { rate_limit: { requests_per_minute: 60000, burst: 1000, frames_per_minute: 60000 } }\n';

process.chdir(ROOT);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '5' },
    streams: { type: 'string', default: '200' },
    tokens: { type: 'string', default: '500' },
    'redis-mb': { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const [scenario = 'mixed'] = positionals;
const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
const scenarios = {
  mixed: { yaml: RATES, make: (stack) => new MixedLoad(stack) },
  streams: {
    yaml: streamsYaml(),
    files: ['test/load/docker-compose.load.yml'],
    env: { LOAD_TOKENS: values.tokens },
    make: (stack) => new StreamLoad(stack, numbers),
  },
};
const chosen = scenarios[scenario];
if (!chosen || Object.values(numbers).some((number) => !(number > 0))) {
  console.error(
    `usage: npm run load -- [${Object.keys(scenarios).join(' | ')}] [--minutes n] [--redis-mb n] [--streams n] [--tokens n] [--seed n]`,
  );
  process.exit(2);
}
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());

await requireDocker();
const stack = await Stack.create(chosen);
try {
  process.exitCode = (await runLoad()) ? 0 : 1;
} finally {
  await stack.remove();
}

async function runLoad() {
  await stack.compose('build');
  await stack.up();
  await stack.takeToken();
  await stack.configure(chosen.yaml);
  const redis = new RedisWatch(stack);
  if (numbers['redis-mb']) await redis.limit(numbers['redis-mb']);
  const load = chosen.make(stack);
  const watch = new ContainerWatch(stack);
  const watching = new AbortController();
  console.error(`load: ${scenario} for ${values.minutes} minutes at ${stack.url}`);
  const startedAt = performance.now();
  const running = [load.run(), watch.run(watching.signal), redis.run(watching.signal)];
  await pause(numbers.minutes * 60_000, interrupted.signal);
  const rows = await watch.report(Math.min(WARM_UP_MINUTES, numbers.minutes / 2));
  load.stop();
  watching.abort();
  await Promise.all(running);
  return print(rows, load, redis, (performance.now() - startedAt) / 60_000);
}

function print(rows, load, redis, took) {
  const { all, unfair } = load.tally();
  console.table(
    rows.map((row) => ({
      ...row,
      firstMb: row.firstMb.toFixed(0),
      lastMb: row.lastMb.toFixed(0),
      mostMb: row.mostMb.toFixed(0),
      mbPerMinute: row.mbPerMinute.toFixed(2),
    })),
  );
  console.log(`redis: ${redis.summary()}`);
  console.log(`replies by status: ${all.map(([status, count]) => `${status === 0 ? 'cut' : status} ${count}`).join(', ')}`);
  const p99Ms = at(load.bystander, 0.99);
  console.log(`a bystander, ms: p50 ${at(load.bystander, 0.5)}, p99 ${p99Ms}, worst ${at(load.bystander, 1)} of ${load.bystander.length}`);
  if (load.summary) console.log(load.summary());
  const problems = [
    ...rows.filter(({ restarts }) => restarts > 0).map(({ service, restarts }) => `${service} restarted ${restarts} times`),
    ...rows
      .filter(({ mbPerMinute }) => numbers.minutes >= JUDGED_FROM_MINUTES && mbPerMinute > MB_PER_MINUTE_MAX)
      .map(({ service }) => `memory of ${service} grows`),
    ...unfair.map(([status, count]) => `${count} replies were ${status}`),
    ...(p99Ms > BYSTANDER_P99_MS_MAX ? [`a bystander waited ${p99Ms} ms`] : []),
    ...(load.problems?.() ?? []),
  ];
  console.log(
    problems.length === 0
      ? `load: ${took.toFixed(0)} minutes of ${scenario}, nothing restarted and nothing grew`
      : `load: ${problems.join('; ')}`,
  );
  return problems.length === 0;
}

function at(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

/** A model that speaks at a steady pace, and hands for all who listen. */
function streamsYaml() {
  return `${RATES}worker: { concurrency: ${Number(values.streams) + 16} }
providers: { primary: { type: openai-compatible, model: load, base_url: "http://provider:8080/v1", api_key: none } }
`;
}

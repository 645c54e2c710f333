/**
 * `npm run load [-- --minutes 60]`: the whole stack under mixed load, with readers that do not read, at the limits it ships with; only
 * the rate of requests is raised, since one token stands for many callers.
 *
 * build ─► up ─► mixed load, memory sampled ─► a table ─► down
 *
 * Fails where a container restarted, where memory of one grew by more than 1 MB a minute after the first ten minutes (or the first
 * half of a shorter run), or where a reply was a 5xx that no limit explains.
 */
import { MixedLoad, pause } from '../test/load/mixed-load.mjs';
import { ContainerWatch } from '../test/load/watch-containers.mjs';
import { Stack } from '../test/compose/stack.mjs';
import { requireDocker, ROOT } from './compose-project.mjs';

const WARM_UP_MINUTES = 10;
const MB_PER_MINUTE_MAX = 1;
const YAML = 'gateway: { rate_limit: { requests_per_minute: 60000, burst: 1000, frames_per_minute: 60000 } }\n';

process.chdir(ROOT);
const minutes = Number(process.argv[process.argv.indexOf('--minutes') + 1] ?? 5) || 5;
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());

await requireDocker();
const stack = await Stack.create();
try {
  process.exitCode = (await runLoad()) ? 0 : 1;
} finally {
  await stack.remove();
}

async function runLoad() {
  await stack.compose('build');
  await stack.up();
  await stack.takeToken();
  await stack.configure(YAML);
  const load = new MixedLoad(stack);
  const watch = new ContainerWatch(stack);
  const watching = new AbortController();
  const startedAt = performance.now();
  const running = [load.run(), watch.run(watching.signal)];
  await pause(minutes * 60_000, interrupted.signal);
  const rows = await watch.report(Math.min(WARM_UP_MINUTES, minutes / 2));
  load.stop();
  watching.abort();
  await Promise.all(running);
  return print(rows, load, (performance.now() - startedAt) / 60_000);
}

function print(rows, load, took) {
  const { all, unfair } = load.tally();
  console.table(rows.map((row) => ({ ...row, firstMb: row.firstMb.toFixed(0), lastMb: row.lastMb.toFixed(0), mbPerMinute: row.mbPerMinute.toFixed(2) })));
  console.log(`replies by status: ${all.map(([status, count]) => `${status === 0 ? 'cut' : status} ${count}`).join(', ')}`);
  console.log(`a bystander's message, ms: p50 ${at(load.bystander, 0.5)}, p99 ${at(load.bystander, 0.99)}, worst ${at(load.bystander, 1)} of ${load.bystander.length}`);
  const problems = [
    ...rows.filter(({ restarts }) => restarts > 0).map(({ service, restarts }) => `${service} restarted ${restarts} times`),
    ...rows.filter(({ mbPerMinute }) => mbPerMinute > MB_PER_MINUTE_MAX).map(({ service }) => `memory of ${service} grows`),
    ...unfair.map(([status, count]) => `${count} replies were ${status}`),
  ];
  console.log(problems.length === 0 ? `load: ${took.toFixed(0)} minutes, nothing restarted and nothing grew` : `load: ${problems.join('; ')}`);
  return problems.length === 0;
}

function at(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
}

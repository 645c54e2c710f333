/**
 * `npm run bench:skills [-- --no-build] [--file another-compose-file]`: what a lane costs.
 *
 * gate, two lanes ─► bare processes in such a container and warm calls, in turn ─► idle memory ─► test-results/bench-skills.json ─► down
 *
 * Bounds: a warm call at most 20 ms over the bare process, by medians; a lane at most 16 MiB idle. A machine that does much else beside
 * fails the first: the quickest call of each kind is told too.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundleOf, SkillStage } from '../test/skills/skill-stage.mjs';
import { requireDocker, ROOT, run } from './compose-project.mjs';

const ROUNDS = 3;
const CALLS = 20;
const OVER_MS = 20;
const IDLE_MIB = 16;
const NAMES = ['hello.mjs', 'hello.py'];
/** The median of so many runs of a program in a container like a lane, without a lane's program around it. */
const BARE = `
import base64, json, statistics, subprocess, sys, time
open('/tmp/' + sys.argv[2], 'wb').write(base64.b64decode(sys.argv[1]))
took = []
for _ in range(${CALLS} + 3):
    began = time.perf_counter()
    subprocess.run([*sys.argv[3:], '/tmp/' + sys.argv[2]], input=b'{"a":1}', capture_output=True, check=True, close_fds=False)
    took.append((time.perf_counter() - began) * 1e3)
print(statistics.median(took[3:]))
`;
const COMMANDS = { 'hello.mjs': ['/usr/local/bin/node'], 'hello.py': ['/usr/bin/python3', '-B'] };

process.chdir(ROOT);
const { values } = parseArgs({
  options: { 'no-build': { type: 'boolean', default: false }, file: { type: 'string', multiple: true, default: [] } },
});
const median = (numbers) => [...numbers].sort((one, other) => one - other)[numbers.length >> 1];
const rounded = (ms) => Math.round(ms * 10) / 10;

await requireDocker();
await run(process.execPath, ['node_modules/ts7/bin/tsc', '-b', 'libs/features/lanes', 'apps/skill-gate']);
const stage = await SkillStage.start({ build: !values['no-build'], files: values.file });
try {
  const idle = await idleMemory();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) for (const name of NAMES) rounds.push(await measure(name));
  const skills = Object.fromEntries(NAMES.map((name) => [name, summary(rounds.filter((round) => round.name === name))]));
  const after = await idleMemory();
  mkdirSync('test-results', { recursive: true });
  writeFileSync('test-results/bench-skills.json', JSON.stringify({ skills, idle, after }, null, 2));
  for (const [name, { bare, warm, over, quickest, inLane }] of Object.entries(skills))
    console.log(
      `${name}: warm ${warm} ms, bare ${bare} ms, over ${over} ms, quickest ${quickest} ms (in the lane ${JSON.stringify(inLane)})`,
    );
  console.log(`idle, MiB: ${JSON.stringify(idle)}; after ${ROUNDS * NAMES.length * CALLS} calls: ${JSON.stringify(after)}`);
  const holds = Object.values(skills).every(({ over }) => over <= OVER_MS) && Math.max(...idle.lanes) <= IDLE_MIB;
  console.log(holds ? `within ${OVER_MS} ms and ${IDLE_MIB} MiB` : `beyond ${OVER_MS} ms or ${IDLE_MIB} MiB`);
  process.exitCode = holds ? 0 : 1;
} finally {
  await stage.remove();
}

async function measure(name) {
  const code = bundleOf(name).files.get(name).toString('base64');
  const bare = Number(
    await stage.project.compose([
      'run',
      '--rm',
      '--no-deps',
      '--no-TTY',
      '--entrypoint',
      'python3',
      'skill-runner',
      '-c',
      BARE,
      code,
      name,
      ...COMMANDS[name],
    ]),
  );
  const calls = [];
  for (let call = 0; call < CALLS + 3; call += 1) calls.push(await stage.call(name));
  const warm = calls.slice(3);
  const bad = warm.find(({ end }) => end !== 'ok');
  if (bad) throw new Error(`${name} ended with ${bad.end}: ${bad.message}`);
  const part = (key) => rounded(median(warm.map(({ ms }) => ms[key])));
  return {
    name,
    bare,
    warm: median(warm.map(({ tookMs }) => tookMs)),
    quickest: Math.min(...warm.map(({ tookMs }) => tookMs)),
    inLane: { prepare: part('prepare'), process: part('process'), sweep: part('sweep') },
  };
}

/** The best round of each: whatever else the machine does only adds. */
function summary(rounds) {
  const [bare, warm] = ['bare', 'warm'].map((key) => Math.min(...rounds.map((round) => round[key])));
  return {
    bare: rounded(bare),
    warm: rounded(warm),
    over: rounded(warm - bare),
    quickest: rounded(Math.min(...rounds.map(({ quickest }) => quickest))),
    inLane: rounds.find((round) => round.warm === warm).inLane,
  };
}

/** As `docker stats` counts: what the kernel would not give up at once. */
async function idleMemory() {
  const told = await stage.project.docker(['stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}']);
  const of = (service) =>
    told
      .split('\n')
      .filter((line) => line.startsWith(`${stage.project.name}-${service}`))
      .map((line) => Number(/ ([\d.]+)MiB/.exec(line)?.[1]));
  return { lanes: of('skill-runner'), gate: of('skill-gate')[0] };
}

/**
 * `npm run test:skills [-- --no-build] [--file another-compose-file] [words of a check's name]`: what skills try to get out of a lane.
 *
 * build ─► gate, two lanes, servers to reach ─► what this host is ─► refusals, escapes, bombs, egress, soak ─► test-results/skills.json ─► down
 *
 * It runs wherever Docker does, and says what it found there: see docs/sandbox.md for hosts of another kind.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bombs } from '../test/skills/bomb.checks.mjs';
import { egress } from '../test/skills/egress.checks.mjs';
import { escapes } from '../test/skills/escape.checks.mjs';
import { refusals } from '../test/skills/refusal.checks.mjs';
import { SkillStage } from '../test/skills/skill-stage.mjs';
import { soak } from '../test/skills/soak.checks.mjs';
import { requireDocker, ROOT, run } from './compose-project.mjs';

process.chdir(ROOT);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-build': { type: 'boolean', default: false }, file: { type: 'string', multiple: true, default: [] } },
});
const wanted = positionals.join(' ');

await requireDocker();
await buildClient();
const stage = await SkillStage.start({ build: !values['no-build'], files: values.file });
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
const found = await look();
const results = [];
try {
  console.log(found);
  for (const check of [...refusals, ...escapes, ...bombs, ...egress, ...soak].filter(({ name }) => name.includes(wanted))) {
    if (!interrupted.signal.aborted) await see(check);
  }
} finally {
  await stage.remove();
}
const failed = results.filter(({ error }) => error !== null).length;
mkdirSync('test-results', { recursive: true });
writeFileSync('test-results/skills.json', JSON.stringify({ found, passed: results.length - failed, failed, results }, null, 2));
console.log(`skills: ${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && !interrupted.signal.aborted ? 0 : 1;

async function see({ name, see: look }) {
  const startedAt = performance.now();
  const { note, error } = await look(stage).then(
    (text) => ({ note: text ?? '', error: null }),
    (thrown) => ({ note: '', error: String(thrown.stack) }),
  );
  const ms = Math.round(performance.now() - startedAt);
  console.log(`${error === null ? '✓' : '✗'} ${name} (${ms} ms)${note ? `: ${note}` : ''}`);
  if (error !== null)
    console.error(error, await stage.project.compose(['logs', '--tail', '10', 'skill-runner', 'skill-gate']).catch(String));
  results.push({ name, ms, note, error });
}

/** What kind of host this is, by what its engine says and what lanes find. */
async function look() {
  const told = JSON.parse(await stage.project.docker(['info', '--format', '{{json .}}']));
  const { lanes, runtime, landlock, refused } = await stage.runner.report();
  const security = told.SecurityOptions.map((option) => option.replace('name=', '')).join(' ');
  return `on Docker ${told.ServerVersion}, kernel ${told.KernelVersion}, ${told.Architecture}, cgroup v${told.CgroupVersion}, ${security}; ${lanes} lanes on ${runtime}, Landlock ${landlock}${refused === null ? '' : `; refused: ${refused}`}`;
}

/** The client that the workers use is compiled from these sources. */
async function buildClient() {
  const { code, stdout } = await run(process.execPath, ['node_modules/ts7/bin/tsc', '-b', 'libs/features/lanes', 'apps/skill-gate']);
  if (code !== 0) throw new Error(stdout);
}

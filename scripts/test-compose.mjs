/**
 * `npm run test:compose [-- words of a check's name]`: the stack as a user has it, from building the image to taking it all down.
 *
 * build ─► up ─► token ─► checks of test/compose, in order ─► test-results/compose.json ─► down, with volumes
 *
 * The checks share one stack: what one leaves behind (gateway.yaml with a wide rate limit) the next may build on.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { channels } from '../test/compose/channels.checks.mjs';
import { embedder } from '../test/compose/embedder.checks.mjs';
import { configuration, hardening } from '../test/compose/hardening.checks.mjs';
import { conversations, firstRun } from '../test/compose/first-run.checks.mjs';
import { operate } from '../test/compose/operate.checks.mjs';
import { sdks } from '../test/compose/sdk.checks.mjs';
import { schedules } from '../test/compose/schedules.checks.mjs';
import { outages } from '../test/compose/outages.checks.mjs';
import { skills } from '../test/compose/skills.checks.mjs';
import { scale } from '../test/compose/scale.checks.mjs';
import { watching } from '../test/compose/watching.checks.mjs';
import { Stack } from '../test/compose/stack.mjs';
import { requireDocker, ROOT } from './compose-project.mjs';

process.chdir(ROOT);
const wanted = process.argv.slice(2).join(' ');
const checks = [
  ...firstRun,
  ...sdks,
  ...conversations,
  ...hardening,
  ...configuration,
  ...operate,
  ...schedules,
  ...channels,
  ...watching,
  ...embedder,
  ...skills,
  ...scale,
  ...outages,
];

await requireDocker();
const stack = await Stack.create();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
const results = [];
try {
  if (await see({ name: 'from nothing to the first answer', see: startFromNothing })) await seeAll();
} finally {
  await stack.remove();
}
const failed = results.filter(({ error }) => error !== null).length;
mkdirSync('test-results', { recursive: true });
writeFileSync('test-results/compose.json', JSON.stringify({ passed: results.length - failed, failed, results }, null, 2));
console.log(`compose: ${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && !interrupted.signal.aborted ? 0 : 1;

async function seeAll() {
  for (const check of checks.filter(({ name, always }) => always || name.includes(wanted))) {
    if (interrupted.signal.aborted) return;
    const passed = await see(check);
    if (!passed) await stack.up('--no-recreate').catch(() => undefined); // so that the next check finds everything running
  }
}

/** The first run, timed as a user would: the image, everything up and healthy, an answer. */
async function startFromNothing() {
  const times = [];
  const timed = async (what, work) => {
    const startedAt = performance.now();
    const result = await work();
    times.push(`${what} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    return result;
  };
  await timed('build', () => stack.compose('build'));
  await timed('up', () => stack.up());
  await timed('token', () => stack.takeToken());
  const { status, body } = await timed('first answer', () => stack.say('Hello'));
  if (status !== 200 || !body.content) throw new Error(`the first message got ${status}: ${JSON.stringify(body)}`);
  return times.join(', ');
}

/** Runs one check, prints and keeps its outcome. @returns whether it passed */
async function see({ name, see: run }) {
  const startedAt = performance.now();
  const outcome = await run(stack).then(
    (note) => ({ note: note ?? '', error: null }),
    (error) => ({ note: '', error }),
  );
  const ms = Math.round(performance.now() - startedAt);
  const passed = outcome.error === null;
  console.log(`${passed ? '✓' : '✗'} ${name} (${ms} ms)${outcome.note ? `: ${outcome.note}` : ''}`);
  if (!passed) await explain(outcome.error);
  results.push({ name, ms, note: outcome.note, error: passed ? null : String(outcome.error.stack) });
  return passed;
}

async function explain(error) {
  console.error(error);
  console.error(await stack.compose('ps', '--all').catch(String));
  console.error(await stack.compose('logs', '--tail', '20').catch(String));
}

/**
 * `npm run test:python [-- pytest's arguments]`: the Python SDK, as it is installed.
 *
 * Python's venv ─► .servers/sdk-python: the wheel that is built of libs/sdk-python ─► mypy, strict ─► pytest, with the vectors' server
 *
 * Needs Python 3.11 or later with venv, and the package registry. Prints `python: N passed, N failed`; what mypy says is a failure.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './compose-project.mjs';
import { pythonEnvironment, runThrough } from './python-environment.mjs';

const ROOM = join(ROOT, 'libs/sdk-python');
const REPORT = join(ROOT, 'test-results/python.xml');

const python = await pythonEnvironment(join(ROOT, '.servers/sdk-python'), [`${ROOM}[test]`], `sources-${digestOf(ROOM)}`);
const env = { ...process.env, NODE: process.execPath };
const typed = await runThrough(python, ['-m', 'mypy', '--cache-dir', join(ROOT, '.servers/mypy')], { cwd: ROOM });
await runThrough(python, ['-m', 'pytest', '-p', 'no:cacheprovider', `--junit-xml=${REPORT}`, ...process.argv.slice(2)], { cwd: ROOM, env });
const [passed, failed] = countsOf(REPORT);
console.log(`python: ${passed + (typed === 0 ? 1 : 0)} passed, ${failed + (typed === 0 ? 0 : 1)} failed`);
process.exitCode = failed + typed === 0 ? 0 : 1;

function digestOf(room) {
  const hash = createHash('sha256').update(readFileSync(join(room, 'pyproject.toml')));
  for (const name of readdirSync(join(room, 'src/openclaw'))
    .filter((each) => each.endsWith('.py'))
    .toSorted())
    hash.update(readFileSync(join(room, 'src/openclaw', name)));
  return hash.digest('hex').slice(0, 16);
}

/** A run without a report, or without a test, has failed. */
function countsOf(path) {
  const [, ...suite] = /errors="(\d+)" failures="(\d+)" skipped="(\d+)" tests="(\d+)"/.exec(readFileSync(path, 'utf8')) ?? [];
  const [errors, failures, skipped, tests] = suite.map(Number);
  return tests > 0 ? [tests - errors - failures - skipped, errors + failures] : [0, 1];
}

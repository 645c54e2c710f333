/**
 * `npm test [-- jest's arguments]`: the whole suite against real Postgres and Redis.
 *
 * DATABASE_URL and REDIS_URL, or the profile `test` of docker-compose.yml ─► Jest, once for each pass ─► a few files that failed,
 * once more and alone ─► test-results ─► down again
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT, run } from './compose-project.mjs';
import { startTestServices } from './test-services.mjs';

const RESULTS = 'test-results';
/**
 * What must happen within a time is looked at alone: beside other tests it would tell more of the machine than of the house. It
 * ends by force: BullMQ's worker never finishes closing while Redis is away, which is one of those tests, and keeps its timers.
 */
const WHOLE = {
  others: ['--testPathIgnorePatterns', '/node_modules/', '/dist/', '/test/chaos/', '/test/soak/', '/test/servers/'],
  chaos: ['--runInBand', '--forceExit', 'test/chaos'],
};
/** So many files of a pass may have failed for what the machine did meanwhile; where more did, it is the house. */
const AGAIN_MAX = 3;

process.chdir(ROOT);
const given = process.argv.slice(2);
const passes = given.length === 0 ? WHOLE : { given };
const codes = {};
let interrupted = false;
const services = await startTestServices();
try {
  await generateClient();
  mkdirSync(RESULTS, { recursive: true });
  for (const [name, args] of Object.entries(passes)) {
    await runPass(name, args);
    if (given.length === 0) await failedAgain(name, args);
  }
} finally {
  await services.stop();
}
process.exitCode = report();

async function runPass(name, args) {
  if (!interrupted) codes[name] = await runJest(name, args, { DATABASE_URL: services.databaseUrl, REDIS_URL: services.redisUrl });
}

/** Looks at the files that failed once more, alone. What fails again has failed; what does not is told with the counts. */
async function failedAgain(name, args) {
  const files = failedFilesOf(name);
  if (files.length === 0 || files.length > AGAIN_MAX) return;
  console.error(`once more, alone: ${files.join(', ')}`);
  const flags = args.filter((arg) => arg === '--forceExit');
  await runPass(againOf(name), ['--runInBand', ...flags, '--runTestsByPath', ...files]);
}

function againOf(name) {
  return `${name}-again`;
}

function failedFilesOf(name) {
  return filesOf(name)
    .filter(isFailed)
    .map((file) => relative(ROOT, file.name));
}

/** What Jest said of each file of a pass; nothing where the pass did not come to an end. */
function filesOf(name) {
  return existsSync(resultsOf(name)) ? JSON.parse(readFileSync(resultsOf(name), 'utf8')).testResults : [];
}

async function generateClient() {
  if (existsSync('libs/kernel/db/src/generated')) return;
  const { code, stdout, stderr } = await run(process.execPath, ['scripts/prisma.mjs', 'generate']);
  if (code !== 0) throw new Error(`prisma generate ended with ${code}\n${stdout}${stderr}`);
}

/** A signal goes on to Jest, so that what was started is taken down after it in any case. */
async function runJest(name, args, env) {
  for (const before of [name, againOf(name)]) rmSync(resultsOf(before), { force: true });
  const node = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
  const jest = spawn(process.execPath, [...node, '-c', 'jest.config.mjs', '--json', `--outputFile=${resultsOf(name)}`, ...args], {
    // With --json Jest's report is on the error output; what it would print besides is the JSON that is in the file.
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      interrupted = true;
      jest.kill(signal);
    });
  }
  const [status] = await once(jest, 'close');
  return status ?? 1;
}

function resultsOf(name) {
  return `${RESULTS}/${name}.json`;
}

/** Prints the counts of all passes; a suite that could not even start counts as a failed test, and so does a pass without results. */
function report() {
  const counts = Object.keys(passes).map(countsOf);
  const [passed, failed] = ['passed', 'failed'].map((key) => counts.reduce((sum, { [key]: count }) => sum + count, 0));
  const isBroken = failed === 0 && Object.keys(passes).some((name) => codes[name] !== 0);
  console.log(`tests: ${passed} passed, ${isBroken ? 1 : failed} failed`);
  return isBroken || failed > 0 ? 1 : 0;
}

/** A file that was looked at again counts as it ended then. */
function countsOf(name) {
  const again = new Map(filesOf(againOf(name)).map((file) => [file.name, file]));
  const ended = [...again.values()].filter(({ status }) => status !== 'failed');
  for (const file of ended) console.log(`passed only alone: ${relative(ROOT, file.name)}`);
  if (again.size > 0 && ended.length === again.size) codes[name] = 0;
  const files = filesOf(name).map((file) => again.get(file.name) ?? file);
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const unstarted = files.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some(isFailed)).length;
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(isFailed).length + unstarted + (files.length === 0 ? 1 : 0),
  };
}

function isFailed({ status }) {
  return status === 'failed';
}

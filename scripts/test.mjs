/**
 * `npm test [-- jest's arguments]`: the whole suite against real Postgres and Redis.
 *
 * DATABASE_URL and REDIS_URL, or the profile `test` of docker-compose.yml ─► Jest ─► test-results/jest.json ─► down again
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { ROOT, run } from './compose-project.mjs';
import { startTestServices } from './test-services.mjs';

const RESULTS = 'test-results/jest.json';

process.chdir(ROOT);
const services = await startTestServices();
let code = 1;
try {
  await generateClient();
  code = await runJest({ DATABASE_URL: services.databaseUrl, REDIS_URL: services.redisUrl });
} finally {
  await services.stop();
}
process.exitCode = report(code);

async function generateClient() {
  if (existsSync('libs/database/src/generated')) return;
  const { code, stdout, stderr } = await run(process.execPath, ['scripts/prisma.mjs', 'generate']);
  if (code !== 0) throw new Error(`prisma generate ended with ${code}\n${stdout}${stderr}`);
}

/** A signal goes on to Jest, so that what was started is taken down after it in any case. */
async function runJest(env) {
  mkdirSync('test-results', { recursive: true });
  rmSync(RESULTS, { force: true });
  const args = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '-c', 'jest.config.mjs', '--json', `--outputFile=${RESULTS}`];
  const quiet = ['--disable-warning=ExperimentalWarning'];
  const jest = spawn(process.execPath, [...quiet, ...args, ...process.argv.slice(2)], {
    // With --json Jest's report is on the error output; what it would print besides is the JSON that is in the file.
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => jest.kill(signal));
  const [status] = await once(jest, 'close');
  return status ?? 1;
}

/** Prints the counts; a suite that could not even start counts as a failed test. */
function report(status) {
  if (!existsSync(RESULTS)) {
    console.log('tests: 0 passed, 1 failed (Jest wrote no result)');
    return 1;
  }
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(RESULTS, 'utf8'));
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  console.log(`tests: ${numPassedTests} passed, ${failed === 0 && status !== 0 ? 1 : failed} failed`);
  return status;
}

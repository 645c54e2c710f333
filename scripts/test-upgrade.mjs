/**
 * `npm run test:upgrade [-- --from dc1aa3b --people 6]`: one version replaced by another while people talk, and back again.
 *
 * images of both versions ─► all of the old ─► migrated by the new ─► two gateways and three workers replaced one by one under load
 *   ─► everything read at a gateway of each ─► replaced back, one by one, under load ─► read again
 *
 * Fails where a message is lost, doubled, out of its conversation or unreadable for either version. Needs git and Docker.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Talkers } from '../test/upgrade/talkers.mjs';
import { ComposeProject, requireDocker, ROOT, run } from './compose-project.mjs';

const PARTS = ['worker-1', 'gateway-1', 'worker-2', 'gateway-2', 'worker-3'];
const GATEWAYS = ['gateway-1', 'gateway-2'];

process.chdir(ROOT);
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: 'dc1aa3b' },
    people: { type: 'string', default: '6' },
    between: { type: 'string', default: '3' },
  },
});
await requireDocker();
const name = `openclaw-upgrade-${process.pid}`;
const images = { old: `${name}:old`, new: `${name}:new` };
const token = randomBytes(24).toString('hex');
const variable = (part) => `UPGRADE_${part.toUpperCase().replace('-', '_')}`;
const project = new ComposeProject(name, {
  alone: 'test/upgrade/docker-compose.upgrade.yml',
  env: {
    UPGRADE_TOKEN: token,
    UPGRADE_NEW: images.new,
    UPGRADE_MIGRATE: images.old,
    ...Object.fromEntries(PARTS.map((part) => [variable(part), images.old])),
  },
});
const urls = new Map();
const talkers = new Talkers({ urls: () => [...urls.values()], token, count: Number(values.people) });

try {
  await build();
  await project.compose(['up', '--detach', '--wait', 'postgres', 'redis', 'provider']);
  await migrate('old');
  await project.compose(['up', '--detach', '--wait', ...PARTS]);
  for (const gateway of GATEWAYS) await find(gateway);
  const talking = talkers.run();
  await pause();
  await migrate('new');
  await replaceAll('new');
  await readAll('by the new version');
  await replaceAll('old');
  await readAll('by the old version again');
  talkers.stop();
  await talking;
  for (const gateway of GATEWAYS) await talkers.check(urls.get(gateway));
  console.log(
    `${talkers.replies} replies of ${talkers.people.length} people; ${talkers.retried} tries repeated, ${talkers.resumed} streams resumed`,
  );
} catch (thrown) {
  talkers.problems.push(thrown.message);
} finally {
  talkers.stop();
  if (talkers.problems.length > 0) console.error(await project.compose(['logs', '--tail', '40']).catch(String));
  await project.remove();
  for (const image of Object.values(images)) await project.docker(['image', 'rm', '--force', image]).catch(() => undefined);
}
for (const problem of talkers.problems) console.error(problem);
console.log(`upgrade: ${talkers.replies} passed, ${talkers.problems.length} failed`);
process.exitCode = talkers.problems.length === 0 && talkers.replies > 0 ? 0 : 1;

async function build() {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  try {
    await must('bash', ['-c', `set -o pipefail; git archive "$1" | tar -x -C "$2"`, 'archive', values.from, folder]);
    console.log(`building ${values.from} and this tree`);
    await must('docker', ['build', '--quiet', '--target', 'runtime', '--tag', images.old, folder]);
    await must('docker', ['build', '--quiet', '--target', 'runtime', '--tag', images.new, '.']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function must(program, args) {
  const { code, stderr } = await run(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${stderr}`);
}

async function migrate(version) {
  project.env.UPGRADE_MIGRATE = images[version];
  await project.compose(['run', '--rm', '--no-deps', 'migrate']);
  console.log(`migrated by the ${version} version`);
}

/** One after the other, each healthy before the next, with time to work between. */
async function replaceAll(version) {
  for (const part of PARTS) {
    const before = talkers.replies;
    project.env[variable(part)] = images[version];
    if (GATEWAYS.includes(part)) urls.delete(part);
    await project.compose(['up', '--detach', '--wait', '--no-deps', part]);
    if (GATEWAYS.includes(part)) await find(part);
    await pause();
    console.log(`${part} is of the ${version} version; ${talkers.replies - before} replies meanwhile`);
  }
}

async function find(gateway) {
  urls.set(gateway, `http://${(await project.compose(['port', gateway, '18789'])).trim()}`);
}

/** What is over is read at once: those who talk go on. */
async function readAll(by) {
  const before = talkers.problems.length;
  for (const gateway of GATEWAYS) await talkers.replay(urls.get(gateway));
  console.log(`logs of all people read ${by}: ${talkers.problems.length - before} problems`);
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, Number(values.between) * 1000));
}

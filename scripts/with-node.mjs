/**
 * `node scripts/with-node.mjs <script> [arguments]`: runs the script by Node 24, on hosts that have an older one too (from 20.19 on).
 *
 * this Node, if it is 24 or later ─► else the package `node`, whose binary is fetched here, by the one install script that is ever run
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAJOR = 24;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FETCHED = `${ROOT}node_modules/node/bin/${process.platform === 'win32' ? 'node.exe' : 'node'}`;

const child = spawn(findNode(), process.argv.slice(2), { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', ({ message }) => fail(message));
child.on('close', (code) => process.exit(code ?? 1));

function findNode() {
  if (Number(process.versions.node.split('.', 1)[0]) >= MAJOR) return process.execPath;
  if (!existsSync(FETCHED)) fetchNode();
  return FETCHED;
}

/** .npmrc switches install scripts off; the flag switches on this one. Its output is shown only where it fails. */
function fetchNode() {
  const options = { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' };
  const { status, stdout, stderr } = spawnSync('npm', ['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts'], options);
  if (status !== 0 || !existsSync(FETCHED))
    fail(`Node ${MAJOR} could not be fetched from the npm registry. Run "npm ci" first.\n${stdout ?? ''}${stderr ?? ''}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

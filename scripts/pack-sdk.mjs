#!/usr/bin/env node
/**
 * `npm run pack:sdk`: @openclaw/sdk as a tarball that npm can install, without a dependency. Prints the file and its size.
 *
 * libs/sdk-node ─► tsc ─► one bundle (the parser of streams in it) + types + README ─► npm pack
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './compose-project.mjs';

/** Of the tarball. */
const BYTES_MAX = 60_000;
const ROOM = join(ROOT, 'libs/sdk-node');
const FOLDER = join(ROOM, 'package');
const OUT = join(ROOT, 'dist');

const compiled = spawnSync(process.execPath, [join(ROOT, 'node_modules/ts7/bin/tsc'), '-b', ROOM], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(1);
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(join(FOLDER, 'dist'), { recursive: true });
mkdirSync(OUT, { recursive: true });
await build({
  entryPoints: [join(ROOM, 'dist/index.js')],
  outfile: join(FOLDER, 'dist/index.js'),
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  mainFields: ['module', 'main'],
  conditions: ['import'],
});
cpSync(join(ROOM, 'dist'), join(FOLDER, 'dist'), { recursive: true, filter: (path) => !/\.[a-z]+$/.test(path) || path.endsWith('.d.ts') });
for (const file of ['README.md', 'api.md']) cpSync(join(ROOM, file), join(FOLDER, file));
const manifest = JSON.parse(readFileSync(join(ROOM, 'package.json'), 'utf8'));
delete manifest.dependencies; // bundled
const entry = { types: './dist/index.d.ts', default: './dist/index.js' };
writeFileSync(join(FOLDER, 'package.json'), JSON.stringify({ ...manifest, exports: { '.': entry } }, null, 2));

const { stdout, status } = spawnSync('npm', ['pack', '--json', '--pack-destination', OUT], {
  cwd: FOLDER,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [{ filename, size }] = JSON.parse(stdout);
rmSync(FOLDER, { recursive: true });
console.log(`dist/${filename}: ${size} bytes of at most ${BYTES_MAX}`);
process.exitCode = status === 0 && size <= BYTES_MAX ? 0 : 1;

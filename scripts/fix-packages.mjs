/**
 * `npm run fix:packages`: makes the manifests follow the code, so that nobody writes them by hand.
 *
 * each room of house.config.mjs ─► what its sources import ─► package.json, tsconfig.json ─► the root's tsconfig.json ─► package-lock.json
 *
 * A room that has no manifest yet gets one. A package from outside is taken in the version that another room has; the first to use one
 * declares it by hand, with an ADR. A room that is not entered any more goes; `npm run check` says what is still wrong.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rooms, standalone } from '../house.config.mjs';
import { importsOf, OWN } from './room-imports.mjs';

const readJson = (path, otherwise) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : otherwise);
const root = readJson('package.json');
const names = Object.keys(rooms).filter((room) => existsSync(join(room, 'src')));
const placeOf = new Map([...names.map((room) => [OWN + room.split('/').at(-1), room]), ...Object.entries(standalone)]);
const ranges = Object.assign({}, ...names.map((room) => readJson(join(room, 'package.json'), {}).dependencies));
let changed = 0;

for (const room of names) fix(room);
fixRoot();
if (changed > 0)
  spawnSync('npm', ['install', '--package-lock-only', '--prefer-offline'], { stdio: 'inherit', shell: process.platform === 'win32' });
console.log(changed > 0 ? `${changed} files written` : 'every manifest follows its code');

function fix(room) {
  const path = join(room, 'package.json');
  const manifest = readJson(path, emptyManifest(room));
  const { inCode } = importsOf(room);
  const kept = Object.keys(manifest.dependencies ?? {}).filter((name) => inCode.has(name) || !name.startsWith(OWN));
  const added = [...inCode].filter((name) => !kept.includes(name) && (placeOf.has(name) || name in ranges) && name !== manifest.name);
  const all = [...kept, ...added];
  const ordered = [...all.filter((name) => name.startsWith(OWN)), ...all.filter((name) => !name.startsWith(OWN))];
  const dependencies = Object.fromEntries(ordered.map((name) => [name, name.startsWith(OWN) ? '*' : ranges[name]]));
  write(path, { ...manifest, ...(ordered.length > 0 || manifest.dependencies ? { dependencies } : {}) });
  const references = ordered.filter((name) => placeOf.has(name)).map((name) => ({ path: join(relative(room, '.'), placeOf.get(name)) }));
  const project = readJson(join(room, 'tsconfig.json'), emptyProject(room));
  write(join(room, 'tsconfig.json'), { ...project, ...(references.length > 0 || project.references ? { references } : {}) });
}

function emptyManifest(room) {
  const entry = { '@openclaw/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' };
  return { name: OWN + room.split('/').at(-1), version: root.version, private: true, type: 'module', exports: { '.': entry } };
}

function emptyProject(room) {
  const compilerOptions = { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo' };
  return { extends: relative(room, 'tsconfig.base.json'), compilerOptions, include: ['src'], exclude: ['**/*.spec.ts'] };
}

function fixRoot() {
  const project = readJson('tsconfig.json');
  const built = project.references.map(({ path }) => path).filter((path) => names.includes(path) || (!(path in rooms) && existsSync(path)));
  write('tsconfig.json', {
    ...project,
    references: [...built, ...names.filter((room) => !built.includes(room))].map((path) => ({ path })),
  });
}

function write(path, content) {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  if (existsSync(path) && JSON.stringify(readJson(path)) === JSON.stringify(content)) return;
  writeFileSync(path, text);
  changed += 1;
  console.log(path);
}

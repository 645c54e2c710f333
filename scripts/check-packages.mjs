/**
 * Holds manifests to the code: every import is declared, every declaration and every door used, package.json, tsconfig.json and
 * house.config.mjs tell the same story, there is one version of everything, and the lock file installs on every platform.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rooms, standalone } from '../house.config.mjs';
import { importsOf, OWN } from './room-imports.mjs';

const problems = [];
const complain = (place, problem) => problems.push(`${place}: ${problem}`);
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const root = readJson('package.json');
const lock = readJson('package-lock.json').packages;
const roomOf = new Map([...Object.keys(rooms).map((room) => [OWN + room.split('/').at(-1), room]), ...Object.entries(standalone)]);
const nameOf = new Map([...roomOf].map(([name, room]) => [room, name]));
const ranges = new Map();

for (const room of Object.keys(rooms).filter((room) => existsSync(join(room, 'package.json')))) checkRoom(room);
checkSolution();
checkVersions();
checkLock();

for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);

function checkRoom(room) {
  const manifest = readJson(join(room, 'package.json'));
  const place = `${room}/package.json`;
  if (roomOf.get(manifest.name) !== room) complain(place, `is named ${manifest.name}`);
  if (manifest.version !== root.version) complain(place, `has version ${manifest.version}, the house has ${root.version}`);
  const declared = manifest.dependencies ?? {};
  const imports = importsOf(room);
  checkImports(room, declared, imports);
  checkDoors(room, imports);
  checkRanges(room, declared);
  checkReferences(room, declared);
}

function checkImports(room, declared, { inCode, inTests }) {
  const place = `${room}/package.json`;
  const isKnownToTests = (name) => name in declared || name in root.devDependencies || roomOf.has(name);
  for (const name of inCode) if (!(name in declared)) complain(place, `does not declare ${name}, which the code imports`);
  for (const name of inTests) if (!isKnownToTests(name)) complain(place, `does not declare ${name}, which a test imports`);
  for (const name of Object.keys(declared)) {
    if (!inCode.has(name) && !inTests.has(name) && !isPeer(name, declared)) complain(place, `declares ${name}, which nothing imports`);
  }
}

function checkDoors(room, { inCode, inTests }) {
  for (const entered of rooms[room]) {
    const name = nameOf.get(entered);
    if (!inCode.has(name) && !inTests.has(name)) complain('house.config.mjs', `lets ${room} enter ${entered}, which it does not`);
  }
}

/** A package may be there because another one asks its host for it. */
function isPeer(name, declared) {
  return Object.keys(declared).some((other) => name in (lock[`node_modules/${other}`]?.peerDependencies ?? {}));
}

function checkRanges(room, declared) {
  for (const [name, range] of Object.entries(declared).filter(([name]) => !name.startsWith(OWN))) {
    const first = ranges.get(name) ?? { room, range };
    ranges.set(name, first);
    if (first.range !== range) complain(`${room}/package.json`, `wants ${name} ${range}, ${first.room} wants ${first.range}`);
  }
}

function checkReferences(room, declared) {
  const place = `${room}/tsconfig.json`;
  const references = new Set((readJson(place).references ?? []).map(({ path }) => join(room, path)));
  const own = Object.keys(declared)
    .filter((name) => name.startsWith(OWN))
    .map((name) => roomOf.get(name) ?? name);
  for (const entered of own) {
    if (!rooms[room].includes(entered)) complain(`${room}/package.json`, `depends on ${entered}, which house.config.mjs does not allow`);
    if (!references.has(entered)) complain(place, `does not reference ${entered}, a dependency`);
  }
  for (const entered of references) if (!own.includes(entered)) complain(place, `references ${entered}, which is no dependency`);
}

/** `tsc -b` at the root builds every room. */
function checkSolution() {
  const built = readJson('tsconfig.json').references.map(({ path }) => path);
  for (const room of Object.keys(rooms)) if (!built.includes(room)) complain('tsconfig.json', `does not reference ${room}`);
}

function checkVersions() {
  const label = /^ARG OPENCLAW_VERSION=(.*)$/m.exec(readFileSync('Dockerfile', 'utf8'))?.[1];
  if (label !== root.version) complain('Dockerfile', `labels the image ${label}, the house is ${root.version}`);
}

function checkLock() {
  for (const [path, { resolved, link, version, optionalDependencies = {} }] of Object.entries(lock)) {
    if (resolved && !link) complain('package-lock.json', `ties ${path} to one registry: ${resolved}`);
    for (const name of Object.keys(optionalDependencies)) {
      if (!isInstalledFor(path, name))
        complain('package-lock.json', `lacks ${name}, which ${path}@${version} wants on some platform: npm ci refuses it there`);
    }
  }
}

/** Node's lookup over the lock: beside the package, then one node_modules further up each time. */
function isInstalledFor(path, name) {
  const at = path.lastIndexOf('/node_modules/');
  if (lock[`${path ? `${path}/` : ''}node_modules/${name}`]) return true;
  if (path === '') return false;
  return isInstalledFor(at < 0 ? '' : path.slice(0, at), name);
}

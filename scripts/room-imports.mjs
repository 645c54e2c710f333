/** Which packages a room's sources import: what its manifest is held to (check-packages.mjs) and made of (fix-packages.mjs). */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';

export const OWN = '@openclaw/';
const IN_TESTS = /\.(spec|fake|fixture)\.ts$|\/testing\.ts$/;

/** @returns the names of the packages that a room's code and its tests import */
export function importsOf(room) {
  const inCode = new Set();
  const inTests = new Set();
  for (const entry of readdirSync(join(room, 'src'), { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!path.endsWith('.ts')) continue;
    for (const name of packagesIn(readFileSync(path, 'utf8'))) (IN_TESTS.test(path) ? inTests : inCode).add(name);
  }
  return { inCode, inTests };
}

function packagesIn(text) {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

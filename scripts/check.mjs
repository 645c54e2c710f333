/** `npm run check`: every structural check, one line each; the output of those that fail. Exits 1 if any did. */
import { spawnSync } from 'node:child_process';

const steps = [
  ['generate', 'scripts/prisma.mjs', 'generate'],
  // Not incremental: TypeScript 7's build mode can take a room for up to date after a room it uses has changed its types.
  ['types', 'node_modules/ts7/bin/tsc', '-b', '--force'],
  ['types of tests', 'node_modules/ts7/bin/tsc', '-p', 'tsconfig.check.json'],
  ['format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['lint', 'node_modules/eslint/bin/eslint.js', '.', '--cache', '--max-warnings', '0'],
  [
    'walls',
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'err-long',
    'apps',
    'libs',
    'test',
  ],
  ['house', 'scripts/check-house.mjs'],
  ['packages', 'scripts/check-packages.mjs'],
  ['exports', 'scripts/check-exports.mjs'],
  ['sdk types', 'scripts/generate-sdk.mjs', '--check'],
];

const failed = steps.filter(([name, ...command]) => {
  const startedAt = performance.now();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 1 << 28 });
  console.log(`${status === 0 ? '✓' : '✗'} ${name.padEnd(16)} ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s`);
  if (status !== 0) console.error(error?.message ?? `${stdout}${stderr}`.trimEnd());
  return status !== 0;
});
console.log(failed.length === 0 ? 'check passed' : `check failed: ${failed.map(([name]) => name).join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);

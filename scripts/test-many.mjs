/**
 * `npm run test:variants` and `npm run test:prompts`, with `-- --count 500 --seed 7`: generated cases, many of each wire. The same
 * numbers make the same cases; a failure names its case.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const KINDS = {
  variants: ['test/conformance/providers/variants', 'VARIANTS', 2_000],
  prompts: ['test/conformance/prompts/prompts', 'HISTORIES', 10_000],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const [path, name, usual] = KINDS[positionals[0]] ?? [];
const [count, seed] = [Number(values.count ?? usual), Number(values.seed)];
if (!path || !Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error('test-many.mjs variants|prompts [--count n] [--seed n]');
  process.exit(2);
}
const test = spawn(process.execPath, ['scripts/test.mjs', path, '--globals', JSON.stringify({ [name]: count, SEED: seed })], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => test.kill(signal));
test.on('close', (code) => process.exit(code ?? 1));

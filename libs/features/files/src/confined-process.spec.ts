import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from '@jest/globals';
import { spawnConfined } from './confined-process.js';

const folder = mkdtempSync(join(tmpdir(), 'confined-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What somebody would try who took over the process. */
const ATTEMPTS = {
  'read a file': `fs.readFileSync('/etc/hostname')`,
  'read the environment of the process that started it': `fs.readFileSync('/proc/' + process.ppid + '/environ')`,
  'read its own memory': `fs.openSync('/proc/self/mem', 'r+')`,
  'list a folder': `fs.readdirSync('/')`,
  'write a file': `fs.writeFileSync(${JSON.stringify(join(folder, 'written'))}, 'x')`,
  'start a program': `child.execFileSync('/bin/ls')`,
  'start a thread': `new threads.Worker('1', { eval: true })`,
  'load native code': `process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6')`,
  'run code made of text': `new Function('return 1')()`,
  'open an inspector': `inspector.open(0)`,
};

describe('spawnConfined', () => {
  it('none of what an intruder would try succeeds, and there is nothing in its environment', async () => {
    const script = join(folder, 'attempts.mjs');
    const tries = Object.entries(ATTEMPTS).map(([name, code]) => `  ${JSON.stringify(name)}: attempt(() => ${code}),`);
    writeFileSync(
      script,
      `import fs from 'node:fs'; import child from 'node:child_process'; import threads from 'node:worker_threads'; import inspector from 'node:inspector';
const attempt = (work) => { try { work(); return 'succeeded'; } catch { return 'refused'; } };
process.stdout.write(JSON.stringify({ env: process.env, attempts: {\n${tries.join('\n')}\n} }));`,
    );
    const child = spawnConfined(script, { readable: [], memoryMb: 64 });
    child.stdin.end();
    const seen: unknown = JSON.parse(await text(child.stdout));
    expect(seen).toEqual({ env: {}, attempts: Object.fromEntries(Object.keys(ATTEMPTS).map((name) => [name, 'refused'])) });
  });
});

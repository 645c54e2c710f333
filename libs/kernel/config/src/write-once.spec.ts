import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { writeOnce } from './write-once.js';

const root = mkdtempSync(join(tmpdir(), 'openclaw-once-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

describe('writeOnce', () => {
  it('creates the file with exactly the content and mode asked for, whatever the umask', async () => {
    const file = join(root, 'new', 'secret');
    const umask = process.umask(0o077);
    try {
      expect(await writeOnce(file, 'content', 0o444)).toBe(true);
    } finally {
      process.umask(umask);
    }
    expect(readFileSync(file, 'utf8')).toBe('content');
    expect(statSync(file).mode & 0o777).toBe(0o444);
  });

  it('keeps what is there', async () => {
    const file = join(root, 'kept');
    await writeOnce(file, 'first', 0o600);
    expect(await writeOnce(file, 'second', 0o644)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('first');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('lets one of many win, whole, and leaves no draft behind', async () => {
    const folder = join(root, 'race');
    const contents = Array.from({ length: 30 }, (_, index) => String(index).repeat(10_000));
    const created = await Promise.all(contents.map((content) => writeOnce(join(folder, 'file'), content, 0o600)));
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe(contents[created.indexOf(true)]);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('throws where it cannot write, and leaves no draft behind', async () => {
    const folder = join(root, 'blocked');
    mkdirSync(folder);
    await writeOnce(join(folder, 'file'), 'x', 0o600);
    await expect(writeOnce(join(folder, 'file', 'below'), 'x', 0o600)).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

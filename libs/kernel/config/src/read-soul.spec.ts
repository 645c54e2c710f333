import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigError } from './config-error.js';
import { readSoul, SOUL_FILE } from './read-soul.js';

const root = mkdtempSync(join(tmpdir(), 'openclaw-soul-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

describe('soul.md', () => {
  it('is read as it stands', () => {
    writeFileSync(join(root, SOUL_FILE), '# Claw\n\nBe brief.\n');
    expect(readSoul(root)).toBe('# Claw\n\nBe brief.\n');
  });

  it('may be missing, and its folder too', () => {
    expect(readSoul(join(root, 'nowhere'))).toBe('');
  });

  it('has at most 50,000 characters', () => {
    writeFileSync(join(root, SOUL_FILE), 'x'.repeat(50_000));
    expect(readSoul(root)).toHaveLength(50_000);
    writeFileSync(join(root, SOUL_FILE), 'x'.repeat(50_001));
    expect(() => readSoul(root)).toThrow(ConfigError);
  });

  it('stops the start where it cannot be read', () => {
    mkdirSync(join(root, 'odd', SOUL_FILE), { recursive: true });
    expect(() => readSoul(join(root, 'odd'))).toThrow('soul.md: cannot be read (EISDIR)');
  });
});

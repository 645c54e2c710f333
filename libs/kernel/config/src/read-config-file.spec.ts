import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readConfigFile, type ConfigFile } from './read-config-file.js';

const folder = mkdtempSync(join(tmpdir(), 'openclaw-yaml-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(yaml: string): ConfigFile {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, yaml);
  return readConfigFile(file, {});
}

describe('gateway.yaml', () => {
  it.each(['', '# nothing but a comment\n', '---\n', 'null'])('may be as good as empty: %j', (yaml) => {
    expect(read(yaml)).toMatchObject({ tree: {}, problems: [] });
  });

  it('may begin with a mark of byte order and have CRLF', () => {
    expect(read('\ufeffgateway:\r\n  port: 4711\r\n')).toMatchObject({ tree: { gateway: { port: 4711 } }, problems: [] });
  });

  it.each([
    ['a mapping that is not closed', 'gateway: {\n  port: 1\n', 'gateway.yaml line 3, column 1'],
    ['a key that stands twice', 'gateway:\n  port: 1\n  port: 2\n', 'gateway.yaml line 3, column 3'],
    ['a tab', 'gateway:\n\tport: 1\n', 'gateway.yaml line 2, column 1'],
    ['an unknown tag', 'gateway:\n  port: !secret 1\n', 'gateway.yaml line 2, column 9'],
  ])('names line and column of %s', (_, yaml, place) => {
    expect(read(yaml).problems[0]?.path).toBe(place);
  });

  it('quotes nothing of the file in its problems', () => {
    expect(JSON.stringify(read('gateway:\n  token: hunter2: hunter2\n').problems)).not.toContain('hunter2');
  });

  it.each(['- a\n- b\n', 'just text', '42'])('must be keys and values: %j is not', (yaml) => {
    expect(read(yaml).problems).toEqual([{ path: 'gateway.yaml', message: expect.stringContaining('keys and values') }]);
  });

  it.each([
    ['an alias without its anchor', 'a: *nobody\n'],
    [
      'aliases that multiply without end',
      `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, n) => `a${String(n + 1)}: &a${String(n + 1)} [*a${String(n)}, *a${String(n)}]\n`).join('')}`,
    ],
  ])('refuses %s', (_, yaml) => {
    expect(read(yaml).problems).toHaveLength(1);
  });

  it('shares a branch by anchor and alias', () => {
    expect(read('a: &x { b: 1 }\nc: *x\n').tree).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });

  it('says where a value stands', () => {
    const { locate } = read('gateway:\n  allowed_hosts:\n    - a\n    - b\n');
    expect(locate(['gateway', 'allowed_hosts', '1'])).toBe('gateway.yaml line 4, column 7');
    expect(locate(['gateway', 'port'])).toBeNull();
    expect(locate([])).toBeNull();
  });
});

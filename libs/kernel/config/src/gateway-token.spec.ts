import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from './config-error.js';
import { findToken, readOrCreateToken, TOKEN_FILE } from './gateway-token.js';

const root = mkdtempSync(join(tmpdir(), 'openclaw-token-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

let folder = '';
let round = 0;
beforeEach(() => {
  folder = join(root, String(++round), 'data');
});
const modeOf = (path: string): number => statSync(path).mode & 0o777;
function keep(content: string, mode = 0o600): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, TOKEN_FILE), content);
  chmodSync(join(folder, TOKEN_FILE), mode);
}

describe('the kept token', () => {
  it('is made once, of 256 random bits, in a folder and a file that their owner alone may enter', async () => {
    const made = await readOrCreateToken(folder);
    expect(made).toEqual({ token: expect.stringMatching(/^[\w-]{43}$/), created: true });
    expect(modeOf(folder)).toBe(0o700);
    expect(modeOf(join(folder, TOKEN_FILE))).toBe(0o600);
    expect(await readOrCreateToken(folder)).toEqual({ token: made.token, created: false });
  });

  it('is the same for all gateways that start at once, and made by one of them', async () => {
    const kept = await Promise.all(Array.from({ length: 40 }, () => readOrCreateToken(folder)));
    expect(new Set(kept.map(({ token }) => token)).size).toBe(1);
    expect(kept.filter(({ created }) => created)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([TOKEN_FILE]);
  });

  it('is not confused by the draft of a process that died', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${TOKEN_FILE}.0123456789abcdef.tmp`), 'half');
    expect((await readOrCreateToken(folder)).created).toBe(true);
  });

  it.each([0o644, 0o640, 0o604, 0o660])('is closed to others where its file had mode %o', async (mode) => {
    keep('kS8vQ2mZx71LpWd0abcd', mode);
    expect(await readOrCreateToken(folder)).toEqual({ token: 'kS8vQ2mZx71LpWd0abcd', created: false });
    expect(modeOf(join(folder, TOKEN_FILE))).toBe(0o600);
  });

  it('leaves a narrower mode alone', async () => {
    keep('kS8vQ2mZx71LpWd0abcd', 0o400);
    await readOrCreateToken(folder);
    expect(modeOf(join(folder, TOKEN_FILE))).toBe(0o400);
  });

  it.each([
    ['', /empty/],
    ['\n', /empty/],
    ['changeme-changeme', /placeholder/],
    ['short', /16 characters/],
  ])('is refused where the file holds %j, and the file is not replaced', async (content, reason) => {
    keep(content);
    const failure: unknown = await readOrCreateToken(folder).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure).toMatchObject({ problems: [{ path: TOKEN_FILE, message: expect.stringMatching(reason) }] });
    expect(readFileSync(join(folder, TOKEN_FILE), 'utf8')).toBe(content);
  });

  it('is null to a reader where none was made, and nothing is created', async () => {
    expect(await findToken(folder)).toBeNull();
    expect(readdirSync(root)).not.toContain(String(round));
  });
});

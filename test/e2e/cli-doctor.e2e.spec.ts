import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openclaw } from '../support/cli.js';
import { freePort } from '../support/free-port.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

interface Finding {
  readonly what: string;
  readonly verdict: string;
  readonly says: string;
  readonly advice?: string;
}

describe('openclaw doctor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await system.close();
  });

  async function look(
    at: { readonly url: string },
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number; findings: Finding[] }> {
    const { code, out } = await openclaw(at, ['doctor', '--json'], { env: { OPENCLAW_DATA_DIR: folder, ...env } });
    const findings = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding); // a finding a line, as the command has it
    return { code, findings };
  }

  it('no worker is wrong, and what to do about it is said; with one it is well', async () => {
    const without = await look(gateway);
    expect(without.code).toBe(1);
    expect(without.findings).toContainEqual({
      what: 'workers',
      verdict: 'wrong',
      says: '0 alive',
      advice: 'nothing is answered: docker compose logs worker',
    });
    await system.startWorker();
    const { code, findings } = await look(gateway);
    expect({ code, wrong: findings.filter(({ verdict }) => verdict === 'wrong') }).toEqual({ code: 0, wrong: [] });
    expect(findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['node', 'disk', 'port', 'gateway', 'version', 'token', 'exposure', 'workers', 'model']),
    );
  });

  it('nobody at the port: that is the last finding', async () => {
    const { code, findings } = await look({ url: `http://127.0.0.1:${String(await freePort())}` });
    expect(code).toBe(1);
    expect(findings.at(-1)).toMatchObject({
      what: 'port',
      verdict: 'wrong',
      says: expect.stringContaining('ECONNREFUSED'),
      advice: expect.stringContaining('OPENCLAW_BASE_URL'),
    });
  });

  it('a token that is wrong, and none', async () => {
    expect((await look(gateway, { GATEWAY_AUTH_TOKEN: 'q7Zt4nVb2Lx9Kc6M' })).findings.at(-1)).toMatchObject({
      what: 'token',
      verdict: 'wrong',
    });
    expect((await look(gateway, { GATEWAY_AUTH_TOKEN: '' })).findings.at(-1)).toMatchObject({
      what: 'token',
      verdict: 'wrong',
      says: 'there is none',
    });
  });

  it('a file with a secret that others can read is a warning', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'x');
    for (const [mode, verdict] of [
      [0o644, 'warning'],
      [0o600, 'ok'],
    ] as const) {
      chmodSync(file, mode);
      const { findings } = await look(gateway, { OPENCLAW_TOKEN_FILE: file });
      expect(findings.find(({ says }) => says.startsWith(file))).toMatchObject({ what: 'secrets', verdict });
    }
  });

  it('a token that would travel unencrypted is a warning', async () => {
    const { findings } = await look({ url: 'http://gateway.invalid:1' });
    expect(findings.find(({ what }) => what === 'exposure')).toMatchObject({
      verdict: 'warning',
      says: 'the token goes to gateway.invalid:1 unencrypted',
    });
  });

  it('for people: a line each, with what to do below it', async () => {
    const { out } = await openclaw(gateway, ['doctor'], { env: { OPENCLAW_DATA_DIR: folder } });
    expect(out).toMatch(/^ok {7}node {7}\d+\.\d+\.\d+\n/);
    expect(out).toMatch(/^warning {2}model {6}builtin\/offline\n {20}-> connect one: /m);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createProcessSystem, type GatewayProcess, type ProcessSystem } from '../support/processes.js';
import { TEST_TOKEN } from '../support/test-system.js';
import { until } from '../support/until.js';

/** What a shell sees. */
interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('openclaw as a process', () => {
  let system: ProcessSystem;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    system = await createProcessSystem({ OPENCLAW_MEMORY__EMBEDDINGS__PROVIDER: 'off' });
    gateway = await system.startGateway();
    await system.startWorker();
  }, 120_000);
  afterAll(() => system.close());

  /** A line of a shell in which `openclaw` is the program; `input` is all of its standard input. */
  async function shell(line: string, input = ''): Promise<Outcome> {
    const script = `openclaw() { "${process.execPath}" apps/cli/dist/main.js "$@"; }\n${line}`;
    const env = { PATH: '/usr/bin:/bin', OPENCLAW_BASE_URL: gateway.url, GATEWAY_AUTH_TOKEN: TEST_TOKEN };
    const child = spawn('bash', ['--norc', '-uc', script], { env });
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
    });
    child.stderr.on('data', (piece: Buffer) => {
      err += piece.toString();
    });
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null]; // Node's own
    return { code, out, err };
  }

  it('pipes in and out; nothing to read is no reason to wait (J3)', async () => {
    expect(await shell('openclaw send | cat', 'grüße aus der pipe')).toMatchObject({
      code: 0,
      out: expect.stringContaining('grüße aus der pipe'),
      err: '',
    });
    expect(await shell('openclaw send </dev/null')).toMatchObject({ code: 2, out: '' });
    expect(await shell('openclaw send <&-')).toMatchObject({ code: 2, out: '' });
  });

  it('a reader that goes away ends it, quietly (J1)', async () => {
    await shell('openclaw send hello');
    expect(await shell('set -o pipefail; openclaw logs -f | head -1')).toEqual({
      code: 0,
      out: expect.stringMatching(/^\S+Z \w+ +\w+ .*\n$/),
      err: '',
    });
    expect(await shell('set -o pipefail; openclaw conversations list --json | head -c 10')).toMatchObject({ code: 0, err: '' });
  });

  it('as many bytes into a pipe as into a file (J2)', async () => {
    let id: string | undefined;
    for (let count = 0; count < 4; count += 1) {
      const json = { channel: 'api', message: `${'word '.repeat(19_000)}.`, ...(id === undefined ? {} : { conversation_id: id }) };
      const reply = (await (await gateway.request('/api/v1/message', { method: 'POST', json })).json()) as { conversation_id: string }; // of the contract
      id = reply.conversation_id;
    }
    const show = `openclaw conversations show ${id ?? ''} --json`;
    const { out, code } = await shell(`f=$(mktemp); ${show} > "$f"; wc -c < "$f"; ${show} | cat | wc -c; rm "$f"`);
    const [inFile, inPipe] = out.trim().split(/\s+/).map(Number);
    expect({ code, isLong: (inFile ?? 0) > 300_000 }).toEqual({ code: 0, isLong: true });
    expect(inPipe).toBe(inFile);
  }, 60_000);

  it('logs -f shows what comes, with fields, and ends at SIGTERM as processes do', async () => {
    const env = { PATH: '/usr/bin:/bin', OPENCLAW_BASE_URL: gateway.url, GATEWAY_AUTH_TOKEN: TEST_TOKEN };
    const child = spawn(process.execPath, ['apps/cli/dist/main.js', 'logs', '-f', '--request', 'marker-4711'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
    });
    const exited = once(child, 'close');
    await until('the line comes', async () => {
      await gateway.request('/api/v1/health', { headers: { 'x-request-id': 'marker-4711' } });
      return out.includes('request_id=marker-4711');
    });
    expect(out).toMatch(/^\S+Z info {2}gateway {3}request /);
    child.kill('SIGTERM');
    expect(await exited).toEqual([143, null]);
  });

  it('NO_COLOR, FORCE_COLOR, and empty values of them (J8)', async () => {
    const line = "openclaw logs --level warn --lines 1 | grep -c $'\\e' || true";
    await gateway.request('/api/v1/status', { headers: { authorization: 'Bearer wrong' } });
    expect((await shell(line)).out).toBe('0\n');
    expect((await shell(`export FORCE_COLOR=; ${line}`)).out).toBe('0\n');
    const { out } = await shell('FORCE_COLOR=1 openclaw logs --level warn --lines 1 | cat');
    expect(out === '' || out.includes('\u001b[33m')).toBe(true);
  });
});

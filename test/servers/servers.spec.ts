import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../apps/cli/src/run-cli.js';
import { ask, expectStatus, leave, post, QUICK_STOP, statusOf, untilOver } from '../support/api.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';
import { HAS_LITELLM, KEY, MODEL, type RealServer, startLiteLlm, startLlama } from './real-servers.fixture.js';

/** Beyond the server's window of 16,384 tokens: to this model a byte is a token. */
const TOO_LONG = 'A very long story. '.repeat(2_500);
const LLAMA = "llama.cpp's server";
const LITELLM = "LiteLLM's proxy before it";

let llama: RealServer;
let litellm: RealServer | null = null;

beforeAll(async () => {
  llama = await startLlama();
  if (HAS_LITELLM) litellm = await startLiteLlm(llama);
}, 240_000);
afterAll(async () => {
  await litellm?.stop();
  await llama.stop();
});

async function startSystem(
  server: RealServer,
  overrides: Readonly<Record<string, string>> = {},
): Promise<{ system: TestSystem; gateway: TestGateway }> {
  const system = await createTestSystem({
    ...QUICK_STOP,
    OPENCLAW_PROVIDERS__PRIMARY__TYPE: 'openai-compatible',
    OPENCLAW_PROVIDERS__PRIMARY__MODEL: MODEL,
    OPENCLAW_PROVIDERS__PRIMARY__API_KEY: KEY,
    OPENCLAW_PROVIDERS__PRIMARY__BASE_URL: server.baseUrl,
    OPENCLAW_PROVIDERS__RETRY__BACKOFF_MS: '1',
    ...overrides,
  });
  const gateway = await system.startGateway();
  await system.startWorker();
  return { system, gateway };
}

describe.each([LLAMA, ...(HAS_LITELLM ? [LITELLM] : [])])('%s', (name) => {
  let server: RealServer;
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    server = name === LITELLM && litellm ? litellm : llama;
    ({ system, gateway } = await startSystem(server));
  }, 120_000);
  afterAll(() => system.close());

  const eventsOf = async (id: string): Promise<string> => (await gateway.request(`/api/v1/message/${id}/events`)).text();

  it('streams a reply word by word and counts its tokens', async () => {
    const reply = await ask(gateway, 'Hello');
    expect(reply).toMatchObject({
      content: 'Good morning, said the tiny model.',
      finish_reason: 'stop',
      model: `openai-compatible/${MODEL}`,
    });
    expect(reply.tokens.input).toBeGreaterThan(100);
    expect(reply.tokens.output).toBeGreaterThan(4);
    expect((await eventsOf(reply.id)).split('"type":"token"').length).toBeGreaterThan(2);
  });

  it('calls a tool, takes its result back and answers with it', async () => {
    const reply = await ask(gateway, 'What time is it?');
    expect(reply).toMatchObject({ content: expect.stringContaining('So it is now!'), skills_used: ['current_time'] });
  });

  it('goes on with a conversation', async () => {
    const { conversation_id } = await ask(gateway, 'Hello');
    expect(await ask(gateway, 'Count', { conversation_id })).toMatchObject({ content: 'one two three four five six seven eight nine ten' });
  });

  it('thoughts that only end, as a template with their beginning makes them, are no speech', async () => {
    for (let times = 0; times < 2; times += 1) {
      const reply = await ask(gateway, 'Ponder');
      expect(reply.content).toBe('408');
      const [shown = ''] = (await eventsOf(reply.id)).split('"type":"restart"').slice(-1);
      expect(shown).not.toContain('SECRET');
    }
  });

  it('a message beyond its window: the refusal is learnt from, and what fits is answered', async () => {
    const first = await ask(gateway, `${TOO_LONG} Hello`, { timeout_ms: 120_000 });
    expect(first.content).toContain('tiny model');
    expect((await ask(gateway, 'Hello', { conversation_id: first.conversation_id, timeout_ms: 120_000 })).content).toContain('tiny model');
  }, 300_000);

  it('a cancelled reply ends on the server, too', async () => {
    const { id } = await leave(gateway, 'Drone');
    await until(
      'it streams',
      async () => ((await statusOf(gateway, id)).status === 'processing' && (await server.busy()) > 0 ? true : null),
      60_000,
    );
    await expectStatus(await gateway.request(`/api/v1/message/${id}/cancel`, { method: 'POST' }), 200);
    expect((await untilOver(gateway, id)).status).toBe('cancelled');
    await until('the server is idle', async () => ((await server.busy()) === 0 ? true : null), 30_000);
  }, 120_000);

  it('openclaw provider check says what it can, and what it says is taken', async () => {
    const home = mkdtempSync(join(tmpdir(), 'servers-'));
    const primary = { type: 'openai-compatible', model: MODEL, api_key: KEY, base_url: server.baseUrl };
    const check = async (more: object): Promise<{ code: number; out: unknown }> => {
      writeFileSync(join(home, 'gateway.yaml'), JSON.stringify({ providers: { primary: { ...primary, ...more } } }));
      let out = '';
      const terminal = {
        env: { OPENCLAW_CONFIG_DIR: home },
        homeDir: home,
        out: (text: string) => void (out += text),
        err: (text: string) => void (out += text),
      };
      return { code: await runCli(['provider', 'check', '--json'], terminal), out: JSON.parse(out) as unknown }; // looked at below
    };
    const { code, out } = await check({});
    expect(out).toMatchObject({
      ok: true,
      capabilities: { tools: true, images: false, streaming: true, usage: true },
      suggestion: { capabilities: { images: false } },
    });
    expect(code).toBe(0);
    expect((await check({ capabilities: { images: false } })).out).toMatchObject({ ok: true });
    rmSync(home, { recursive: true });
  }, 120_000);
});

describe('what a real server refuses', () => {
  /** LiteLLM without a database has no other keys to look in, and calls that a bad request. */
  it.each([[LLAMA, 401], ...(HAS_LITELLM ? [[LITELLM, 400] as const] : [])] as const)(
    '%s: a wrong key is refused at once with %d, in its own words',
    async (name, status) => {
      const { system, gateway } = await startSystem(name === LITELLM && litellm ? litellm : llama, {
        OPENCLAW_PROVIDERS__PRIMARY__API_KEY: 'sk-wrong-0123456789',
      });
      const body = await expectStatus(await post(gateway, { message: 'Hello' }), 502);
      expect(body).toMatchObject({ details: { upstream_status: status, retryable: false, reason: expect.any(String) } });
      expect(JSON.stringify(body)).not.toContain('sk-wrong-0123456789');
      await system.close();
    },
    120_000,
  );

  if (HAS_LITELLM)
    it(`${LITELLM}: a model that it does not have is named`, async () => {
      const { system, gateway } = await startSystem(litellm ?? llama, { OPENCLAW_PROVIDERS__PRIMARY__MODEL: 'another-model' });
      const body = await expectStatus(await post(gateway, { message: 'Hello' }), 502);
      expect(body).toMatchObject({
        details: { upstream_status: expect.any(Number), retryable: false, reason: expect.stringContaining('another-model') },
      });
      await system.close();
    }, 120_000);

  it('a reply is cut at the most tokens', async () => {
    const { system, gateway } = await startSystem(llama, { OPENCLAW_PROVIDERS__PRIMARY__MAX_TOKENS: '8' });
    expect(await ask(gateway, 'Drone')).toMatchObject({ finish_reason: 'length', tokens: { output: 8 } });
    await system.close();
  }, 120_000);
});

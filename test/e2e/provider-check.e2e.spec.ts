import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCli } from '../../apps/cli/src/run-cli.js';
import { repliesJson, streams, WireServer } from '../conformance/providers/wire-server.fixture.js';
import { SECOND as wire } from '../conformance/providers/providers.fixture.js';
import { ask, expectStatus } from '../support/api.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

/** A picture of one pixel. */
const PIXEL = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe('openclaw provider check --save', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let server: WireServer;

  beforeAll(async () => {
    server = await WireServer.start();
    system = await createTestSystem({ OPENCLAW_PROVIDERS__RETRY__BACKOFF_MS: '1' });
    gateway = await system.startGateway();
    await system.startWorker();
    const primary = { type: wire.type, model: wire.model, api_key: 'test-key-0123456789', base_url: wire.baseUrl(server.origin) };
    await expectStatus(await gateway.request('/api/v1/config', { method: 'PUT', json: { providers: { primary } } }), 200);
  });
  afterAll(async () => {
    await system.close();
    await server.stop();
  });

  const config = async (): Promise<unknown> => (await gateway.request('/api/v1/config')).json();
  const openclaw = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    let [out, err] = ['', ''];
    const env = { DATABASE_URL: system.services.databaseUrl, OPENCLAW_DATA_DIR: '/nonexistent' };
    const terminal = { env, homeDir: '/nonexistent', out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
    return { code: await runCli(['provider', 'check', ...args], terminal), out, err };
  };

  it('asks a provider that was set over the API, keeps what it cannot do, and the next message goes by it', async () => {
    server.will((res, req) => {
      const sent = wire.read(server.requests.at(-1)?.body);
      if (sent.images.length > 0) repliesJson(400, wire.errorBody(400, 'this model sees nothing'))(res, req);
      else streams(wire.frames({ pieces: [{ text: 'I see.' }], stop: 'stop', usage: { input: 9, output: 5 } }))(res, req);
    });
    const checked = await openclaw('primary', '--json', '--save');
    expect(JSON.parse(checked.out)).toMatchObject({ ok: true, capabilities: { images: false } });
    expect([checked.code, checked.err]).toEqual([0, expect.stringMatching(/^saved as revision \d+ of the configuration\n$/)]);
    expect(await config()).toMatchObject({ providers: { primary: { capabilities: { images: false, tools: false } } } });
    await until('the worker has it', async () => {
      // the contract's status
      const status = (await (await gateway.request('/api/v1/status')).json()) as { workers: { revision?: number }[] };
      return status.workers.every(({ revision }) => revision === Number(/\d+/.exec(checked.err)?.[0]));
    });
    const before = server.requests.length;
    const reply = await ask(gateway, 'What is this?', { metadata: { attachments: [{ name: 'dot.png', url: PIXEL }] } });
    expect(reply.content).toBe('I see.');
    expect(server.requests.slice(before).map(({ body }) => wire.read(body).images.length)).toEqual([0]);
    const audit = (await (await gateway.request('/api/v1/audit?limit=50')).json()) as {
      entries: { action: string; request_id?: string }[];
    }; // likewise
    expect(audit.entries[0]).toMatchObject({ action: 'config.changed' });
  });

  it('a provider that does not answer changes nothing', async () => {
    const before = await config();
    server.will(repliesJson(401, wire.errorBody(401, 'Who are you?')));
    expect(await openclaw('--save')).toMatchObject({ code: 1, err: '' });
    expect(await config()).toEqual(before);
  });
});

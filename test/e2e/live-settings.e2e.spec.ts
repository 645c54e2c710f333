import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, expectError, leave, post, untilOver } from '../support/api.js';
import { type ModelServer, startModelServer } from '../support/model-server.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

describe('settings that change while everything runs', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let model: ModelServer;
  const folder = mkdtempSync(join(tmpdir(), 'live-'));
  const write = (yaml: string): void => {
    writeFileSync(join(folder, 'gateway.yaml'), yaml);
  };

  beforeAll(async () => {
    model = await startModelServer();
    write('gateway: { rate_limit: { requests_per_minute: 5000 } }');
    // Rates are the file's: the environment would win.
    system = await createTestSystem({ OPENCLAW_CONFIG_DIR: folder, OPENCLAW_GATEWAY__RATE_LIMIT__REQUESTS_PER_MINUTE: '' });
    gateway = await system.startGateway();
    await system.startWorker();
  });
  afterAll(async () => {
    await system.close();
    await model.close();
    rmSync(folder, { recursive: true });
  });

  const limit = async (): Promise<string | null> => (await gateway.request('/api/v1/conversations')).headers.get('x-ratelimit-limit');

  it('gateway.rate_limit: the next request is counted by the new rate', async () => {
    expect(await limit()).toBe('5000');
    write('gateway: { rate_limit: { requests_per_minute: 4000 } }');
    await until('the new rate', async () => (await limit()) === '4000', 2500);
  });

  it('a file that is wrong leaves everything as it is', async () => {
    write('gateway: { rate_limit: { requests_per_minute: lots } }');
    await new Promise((resolve) => {
      setTimeout(resolve, 1500);
    });
    expect(await limit()).toBe('4000');
  });

  it('providers: a run that has begun ends with the model that it began with, the next one takes the new', async () => {
    expect((await ask(gateway, 'hello')).model).toBe('builtin/offline');
    const env = Object.entries(model.env).map(([name, value]) => [name.split('__').at(-1)?.toLowerCase() ?? '', value] as const);
    write(
      `providers: { primary: { ${env.map(([key, value]) => `${key}: '${value}'`).join(', ')} } }\ngateway: { rate_limit: { requests_per_minute: 5000 } }`,
    );
    await until('the new model', async () => (await ask(gateway, 'who are you?')).model.includes('chaos'), 5000);
    const { id } = await leave(gateway, 'hold that thought');
    await until('it is asked', () => model.asked('hold that thought') === 1);
    write('gateway: { rate_limit: { requests_per_minute: 5000 } }');
    await until('the old model again', async () => (await ask(gateway, 'and now?')).model === 'builtin/offline', 5000);
    model.release();
    expect(await untilOver(gateway, id)).toMatchObject({
      status: 'completed',
      response: { model: expect.stringContaining('chaos') as unknown }, // jest types its matchers as any
    });
  });

  it('gateway.queue.max_size: beyond the new limit nothing more is taken', async () => {
    write('gateway: { rate_limit: { requests_per_minute: 5000 }, queue: { max_size: 1 } }\nworker: { concurrency: 1 }');
    await until(
      'the limit of one',
      async () => {
        const sent = await Promise.all(
          Array.from({ length: 12 }, () => post(gateway, { message: 'one of many', wait_for_response: false })),
        );
        const refused = sent.find(({ status }) => status === 503);
        if (!refused) return false;
        await expectError(refused, 'service_unavailable');
        return true;
      },
      10_000,
    );
  });
});

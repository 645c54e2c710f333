import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { FEATURES } from '@openclaw/roster';
import { silentLogger } from '@openclaw/telemetry';
import type { Principal } from '@openclaw/words';
import { ask, expectError, expectStatus } from '../support/api.js';
import { DirectedModel } from '../support/directed-model.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';
import { things } from './things/index.js';

const ANNA: Principal = { tokenId: 'tok_anna', scopes: ['read'], person: 'anna' };

describe('a feature built as docs/adding-a-feature.md says', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel();
  const id = randomUUID();

  beforeAll(async () => {
    system = await createTestSystem({}, silentLogger(), [...FEATURES, things]);
    await system.services.sql('CREATE TABLE things (id uuid PRIMARY KEY, person text NOT NULL, name text NOT NULL)');
    await system.services.sql('CREATE TABLE thing_counts (person text PRIMARY KEY, things bigint NOT NULL)');
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(() => system.close());

  it('the page’s code is the code that is tested here', () => {
    const folder = new URL('things/', import.meta.url);
    const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
    const sources = plain(
      readdirSync(folder)
        .map((name) => readFileSync(new URL(name, folder), 'utf8'))
        .join('\n'),
    );
    const page = readFileSync(new URL('../../docs/adding-a-feature.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, block = '']) => plain(block));
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    for (const block of blocks) expect(sources).toContain(block);
  });

  it('its tool keeps a thing for whom the message was, and its work counts them after the reply', async () => {
    model.on('keep a kite', [{ call: 'keep_thing', arguments: { id, name: 'kite' } }], ['kept']);
    expect(await ask(gateway, 'keep a kite')).toMatchObject({ content: 'kept' });
    expect(await system.services.sql('SELECT person, name FROM things')).toEqual([{ person: 'owner', name: 'kite' }]);
    const count = await until(
      'the things are counted',
      async () => (await system.services.sql<{ things: string }>(`SELECT things FROM thing_counts WHERE person = 'owner'`))[0],
    );
    expect(count.things).toBe('1');
  });

  it('its route answers, is described, and checks what it is given', async () => {
    expect(await expectStatus(await gateway.request(`/api/v1/things/${id}`), 200)).toEqual({ id, name: 'kite' });
    await expectError(await gateway.request(`/api/v1/things/${randomUUID()}`), 'not_found');
    await expectError(await gateway.request('/api/v1/things/kite'), 'bad_request');
    expect(await expectStatus(await gateway.request('/api/v1/openapi.json'), 200)).toMatchObject({
      paths: { '/api/v1/things/{id}': { get: { operationId: 'getThing' } } },
    });
  });

  it('404: another person does not see it', async () => {
    const { authenticator } = gateway.gateway;
    authenticator.authenticateHeader = () => Promise.resolve(ANNA);
    await expectError(await gateway.request(`/api/v1/things/${id}`), 'not_found');
  });
});

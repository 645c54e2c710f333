import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@openclaw/words';
import { ask, expectStatus, post } from '../support/api.js';
import { captureLog } from '../support/captured-log.js';
import { type ModelServer, replyTo, startModelServer } from '../support/model-server.js';
import { readEvents } from '../support/read-events.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const CONFIG = '/api/v1/config';

interface Told {
  readonly revision: number;
  readonly kind: string;
  readonly status: string;
  readonly reason: string | null;
}

describe('a change of the configuration is watched, by whoever is alive', () => {
  let system: TestSystem;
  let here: TestGateway;
  let there: TestGateway;
  let model: ModelServer;
  const log = captureLog();

  beforeAll(async () => {
    model = await startModelServer();
    system = await createTestSystem(model.env, log.logger);
    [here, there] = [await system.startGateway(), await system.startGateway()];
    await Promise.all([1, 2, 3].map(() => system.startWorker()));
  });
  afterAll(async () => {
    await system.close();
    await model.close();
  });

  const put = async (patch: object, to = there): Promise<number> =>
    // as the route's schema has it
    ((await expectStatus(await to.request(CONFIG, { method: 'PUT', json: patch }), 200)) as { revision: number }).revision;
  const told = async (): Promise<readonly Told[]> =>
    ((await expectStatus(await there.request(`${CONFIG}/revisions`), 200)) as { revisions: Told[] }).revisions; // as above
  const statusOf = async (revision: number): Promise<string | undefined> =>
    (await told()).find((each) => each.revision === revision)?.status;
  const hasPassed = (): Promise<unknown> =>
    system.services.sql("UPDATE settings_revisions SET created_at = created_at - interval '15 s' WHERE status = 'watched'");

  it('three workers and two gateways have a change within two seconds, and /status says so of each', async () => {
    const revision = await put({ agent: { max_turns: 9 } });
    const changedAt = performance.now();
    await until(
      'each process has it',
      async () => {
        const { workers, gateways } = (await expectStatus(await there.request('/api/v1/status'), 200)) as Record<
          'workers' | 'gateways',
          { revision: number }[]
        >; // as above
        return workers.length === 3 && gateways.length === 2 && [...workers, ...gateways].every((each) => each.revision === revision);
      },
      5000,
    );
    expect(performance.now() - changedAt).toBeLessThan(5000);
    await hasPassed();
    await until('it stands', async () => (await statusOf(revision)) === 'confirmed');
  });

  it('a key that its provider refuses is rolled back by itself, though the gateway that took it is gone; a stream runs through it unharmed', async () => {
    const response = await post(there, { message: 'hold that thought' }, { headers: { accept: 'text/event-stream' } });
    await until('it is asked', () => model.asked('hold that thought') === 1);
    const bad = await put({ providers: { primary: { api_key: 'a-refused-key' } }, agent: { max_turns: 8 } }, here);
    await here.stop(0);
    await until('it is rolled back', async () => (await statusOf(bad)) === 'rolled_back', 20_000);
    const [rollback] = await told();
    expect(rollback).toMatchObject({
      kind: 'rollback',
      status: 'confirmed',
      reason: 'providers.primary: the provider answered 401 to its key',
    });
    // as above
    const config = (await expectStatus(await there.request(CONFIG), 200)) as Record<string, Record<string, Record<string, unknown>>>;
    expect([config['providers']?.['primary']?.['api_key'], config['agent']?.['max_turns']]).toEqual(['', 8]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'a change of the configuration was rolled back', revision: bad }),
    );
    expect(JSON.stringify(log.lines)).not.toContain('a-refused-key');
    model.release();
    const events: RunEvent[] = await Array.fromAsync(readEvents(response));
    expect(events.at(-1)).toMatchObject({ type: 'end', content: replyTo('hold that thought') });
    expect((await ask(there, 'and now?')).content).toBe(replyTo('and now?'));
  });

  it('a provider that is away is no reason: the change stands, unverified (row 15)', async () => {
    const revision = await put({ providers: { primary: { api_key: 'a-key-on-a-bad-day' } } });
    await until(
      'the provider was asked',
      async () =>
        (await system.services.sql('SELECT FROM settings_revisions WHERE revision = $1 AND probes IS NOT NULL', [revision])).length === 1,
    );
    await hasPassed();
    await until('it stands', async () => (await statusOf(revision)) === 'unverified');
    expect((await ask(there, 'still there?')).content).toBe(replyTo('still there?'));
  });
});

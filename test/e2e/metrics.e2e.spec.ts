import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, expectError, expectStatus } from '../support/api.js';
import { freePort } from '../support/free-port.js';
import { createProcessSystem, type GatewayProcess, type ProcessSystem } from '../support/processes.js';
import { until } from '../support/until.js';

/** A sample of Prometheus' text format: a name with labels, and a number. */
const SAMPLE = /^([a-z_][a-z0-9_]*(?:\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})?) (-?[\d.e+-]+|NaN|\+Inf)$/;

describe('/metrics', () => {
  let system: ProcessSystem;
  let gateway: GatewayProcess;
  let workerUrl = '';

  beforeAll(async () => {
    system = await createProcessSystem({ OPENCLAW_MEMORY__EMBEDDINGS__PROVIDER: 'off' });
    const port = await freePort();
    workerUrl = `http://127.0.0.1:${String(port)}`;
    gateway = await system.startGateway();
    await system.startWorker({ OPENCLAW_WORKER__METRICS__PORT: String(port) });
  });
  afterAll(() => system.close());

  /** Every sample by its name and labels; a line that is none fails. */
  const read = async (response: Response): Promise<ReadonlyMap<string, number>> => {
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const [, name = '', value = ''] = SAMPLE.exec(line) ?? [];
        expect({ line, name }).not.toEqual({ line, name: '' });
        return [name, Number(value)];
      }),
    );
  };
  const figures = async (): Promise<ReadonlyMap<string, number>> => read(await gateway.request('/metrics'));
  const workerFigures = async (): Promise<ReadonlyMap<string, number>> => read(await fetch(`${workerUrl}/metrics`));

  it('200: row 30: a token with the scope read suffices, and one without it is refused; without any there is nothing', async () => {
    const token = async (scope: string): Promise<string> => {
      const made = await gateway.request('/api/v1/tokens', { method: 'POST', json: { name: scope, scopes: [scope] } });
      return ((await expectStatus(made, 201)) as { token: string }).token; // the contract's reply
    };
    await read(await gateway.request('/metrics', bearer(await token('read'))));
    await expectError(await gateway.request('/metrics', bearer(await token('message'))), 'forbidden');
    await expectError(await fetch(`${gateway.url}/metrics`), 'unauthorized');
  });

  it('requests are counted by route, method and status, and timed; a worker counts runs, waits, tokens, cost, and the first token', async () => {
    const response = await gateway.request('/api/v1/message', { method: 'POST', json: { channel: 'api', message: 'hello' } });
    const { id } = (await expectStatus(response, 200)) as { id: string }; // the contract's reply
    await gateway.request(`/api/v1/message/${id}/status`);
    await gateway.request('/api/v1/conversations?limit=0');
    const counted = await until('the requests are counted', async () => {
      const found = await figures();
      return found.has('openclaw_requests_total{method="GET",route="/api/v1/conversations",status="400"}') && found;
    });
    expect(counted.get('openclaw_requests_total{method="POST",route="/api/v1/message",status="200"}')).toBe(1);
    expect(counted.get('openclaw_requests_total{method="GET",route="/api/v1/message/:id/status",status="200"}')).toBe(1);
    expect(counted.get('openclaw_request_duration_seconds_count{method="POST",route="/api/v1/message"}')).toBe(1);
    for (const name of [
      'openclaw_streams_open',
      'openclaw_sockets_open',
      'openclaw_queue_runs{state="waiting"}',
      'openclaw_queue_runs{state="active"}',
      'openclaw_queue_work{state="dead"}',
    ]) {
      expect({ name, value: counted.get(name) }).toEqual({ name, value: 0 });
    }
    expect(counted.get('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
    const worked = await until('the run is counted', async () => {
      const found = await workerFigures();
      return found.has('openclaw_run_duration_seconds_count{status="completed"}') && found;
    });
    expect(worked.get('openclaw_run_duration_seconds_count{status="completed"}')).toBe(1);
    expect(worked.get('openclaw_run_wait_seconds_count')).toBe(1);
    expect(worked.get('openclaw_lease_losses_total')).toBe(0);
    expect(worked.get('openclaw_model_duration_seconds_count{model="builtin/offline",outcome="ok"}')).toBeGreaterThan(0);
    expect(worked.get('openclaw_model_first_token_seconds_count{model="builtin/offline"}')).toBeGreaterThan(0);
    expect(worked.get('openclaw_model_tokens_total{model="builtin/offline",kind="input"}')).toBeGreaterThan(0);
    expect(worked.get('openclaw_model_tokens_total{model="builtin/offline",kind="cached_input"}')).toBe(0);
    expect(worked.get('openclaw_model_cost_usd_total{model="builtin/offline"}')).toBe(0);
    expect(worked.get('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
  });

  it('row 50: unknown paths, ids, persons and methods make no series of their own', async () => {
    const before = new Set((await figures()).keys());
    for (let number = 0; number < 100; number += 1) {
      await gateway.request(`/api/v1/nowhere-${String(number)}`);
      await gateway.request(`/nowhere/${String(number)}`);
      await gateway.request(`/api/v1/conversations/conv_${String(number).padStart(26, '0')}`);
      await gateway.request(`/api/v1/conversations?person=person-${String(number)}`);
    }
    for (const method of ['PROPFIND', 'LOCK', 'MKCOL', 'SEARCH']) await gateway.request('/api/v1/health', { method });
    const added = [...(await figures()).keys()].filter((name) => !before.has(name) && !name.includes('_bucket'));
    expect(added.length).toBeLessThan(30);
    expect(added.filter((name) => /nowhere|conv_|person-|PROPFIND/.test(name))).toEqual([]);
    expect(added).toContain('openclaw_requests_total{method="GET",route="unmatched",status="404"}');
  });

  it('a worker tells nothing else, and a gateway tells its own while Postgres is away', async () => {
    expect((await fetch(`${workerUrl}/`)).status).toBe(404);
    expect((await fetch(`${workerUrl}/metrics`, { method: 'POST' })).status).toBe(404);
    const lost = await system.startGateway({ OPENCLAW_DATABASE__URL: 'postgresql://nobody@127.0.0.1:1/none' }).catch(() => null);
    if (!lost) throw new Error('a gateway starts without Postgres');
    const left = await read(await lost.request('/metrics'));
    expect(left.has('openclaw_queue_runs{state="waiting"}')).toBe(false);
    expect(left.get('openclaw_sockets_open')).toBe(0);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Reply } from '@openclaw/words';
import { type ModelServer, startModelServer } from '../support/model-server.js';
import { createProcessSystem, type GatewayProcess, type ProcessSystem } from '../support/processes.js';
import { until } from '../support/until.js';

const SENDS = 50;

describe('Idempotency-Key over two gateways', () => {
  let model: ModelServer;
  let system: ProcessSystem;
  let gateways: readonly [GatewayProcess, GatewayProcess];

  beforeAll(async () => {
    model = await startModelServer();
    system = await createProcessSystem(model.env);
    gateways = await Promise.all([system.startGateway(), system.startGateway()]);
    await system.startWorker();
  }, 60_000);
  afterAll(async () => {
    await system.close();
    await model.close();
  });

  it('50 concurrent sends of one key at two gateways make one run, and all get its reply', async () => {
    const message = 'only once, please';
    const responses = await Promise.all(
      Array.from({ length: SENDS }, (_, index) => send(gateways[index % 2 === 0 ? 0 : 1], message, 'one-key')),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: SENDS }, () => 200));
    expect(responses.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(SENDS - 1);
    const replies = await Promise.all(responses.map((response) => response.json()));
    expect(replies).toEqual(Array.from({ length: SENDS }, () => replies[0]));
    expect(await runsFor(message)).toHaveLength(1);
    expect(model.asked(message)).toBe(1);
  });

  it('a gateway killed between commit and reply: the retry at the other gets the reply of the same run', async () => {
    const message = 'hold on';
    const lost = send(gateways[0], message, 'another-key').then(
      () => 'answered',
      () => 'lost',
    );
    const [run] = await until('the message is committed', async () => {
      const runs = await runsFor(message);
      return runs.length > 0 && runs;
    });
    gateways[0].signal('SIGKILL');
    expect(await lost).toBe('lost');
    const retry = send(gateways[1], message, 'another-key');
    model.release();
    const response = await retry;
    expect(response.status).toBe(200);
    expect(response.headers.get('idempotency-replayed')).toBe('true');
    const reply = (await response.json()) as Reply; // the status says so
    const status = await gateways[1].request(`/api/v1/message/${reply.id}/status`);
    expect(await status.json()).toMatchObject({ status: 'completed', attempt: 1, response: reply });
    expect(await runsFor(message)).toEqual([run]);
  });

  /** On a crowded machine the gateway may say 503: then the same again, as it asks for. */
  function send(gateway: GatewayProcess, message: string, key: string): Promise<Response> {
    return until(
      `an answer to "${message}"`,
      async () => {
        const response = await gateway.request('/api/v1/message', {
          method: 'POST',
          json: { channel: 'api', message },
          headers: { 'idempotency-key': key },
        });
        return response.status !== 503 && response;
      },
      20_000,
    );
  }

  async function runsFor(message: string): Promise<string[]> {
    const rows = await system.services.sql<{ id: string }>(
      'SELECT runs.id FROM runs JOIN messages ON messages.id = question_id WHERE content = $1',
      [message],
    );
    return rows.map(({ id }) => id);
  }
});

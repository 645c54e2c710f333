import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Accepted, ErrorBody, MessageStatus } from '@openclaw/words';
import { type ModelServer, startModelServer } from '../support/model-server.js';
import { createProcessSystem, type GatewayProcess, type ProcessSystem, type TestProcess } from '../support/processes.js';
import { until } from '../support/until.js';

/** A refusal takes no waiting: whatever is missing is known before the request comes. */
const AT_ONCE_MS = 2000;
/** After how long a silent worker counts as gone, and how old an answer about workers may be. */
const FLEET_GONE_MS = 11_000;
const FIRST_TOKEN_MS = 1500;
const STALL_MS = 1000;
const QUEUE_MAX = 3;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ErrorBody;
  readonly ms: number;
}

describe('what the gateway answers when it cannot do what was asked', () => {
  let model: ModelServer;
  let system: ProcessSystem;
  let gateway: GatewayProcess;
  let worker: TestProcess;

  beforeAll(async () => {
    model = await startModelServer();
    system = await createProcessSystem({
      ...model.env,
      OPENCLAW_GATEWAY__QUEUE__MAX_SIZE: String(QUEUE_MAX),
      OPENCLAW_WORKER__CONCURRENCY: '1',
      OPENCLAW_AGENT__FIRST_TOKEN_TIMEOUT_MS: String(FIRST_TOKEN_MS),
      OPENCLAW_AGENT__STALL_TIMEOUT_MS: String(STALL_MS),
      OPENCLAW_PROVIDERS__RETRY__ATTEMPTS: '1',
      OPENCLAW_PROVIDERS__BREAKER__FAILURES: '1000',
    });
    gateway = await system.startGateway();
  }, 60_000);
  afterAll(async () => {
    await system.close();
    await model.close();
  });

  it('503: no worker has ever lived; the message is not accepted', async () => {
    const { status, headers, body, ms } = await ask('anybody there?');
    expect([status, body.error]).toEqual([503, 'service_unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(ms).toBeLessThan(AT_ONCE_MS);
    expect(await system.services.sql('SELECT id FROM runs')).toEqual([]);
  });

  it('502: a provider that says nothing fails with its tier, in the time that is configured', async () => {
    worker = await system.startWorker();
    const { status, body, ms } = await untilTaken('hold for ever');
    expect([status, body.error]).toEqual([502, 'upstream_error']);
    expect(body.details).toMatchObject({ provider: 'openai-compatible', tier: 'first_token', limit_ms: FIRST_TOKEN_MS });
    expect(ms).toBeGreaterThanOrEqual(FIRST_TOKEN_MS);
    expect(ms).toBeLessThan(FIRST_TOKEN_MS + AT_ONCE_MS);
  });

  it('502: a provider that stops in the middle fails with its tier, in the time that is configured', async () => {
    const { status, body, ms } = await ask('stall here');
    expect([status, body.error]).toEqual([502, 'upstream_error']);
    expect(body.details).toMatchObject({ tier: 'stall', limit_ms: STALL_MS });
    expect(ms).toBeGreaterThanOrEqual(STALL_MS);
    expect(ms).toBeLessThan(STALL_MS + AT_ONCE_MS);
  });

  it('409: a busy conversation refuses at once who asks for that, and takes the others in line', async () => {
    const first = await accept('slowly 20');
    const { conversation_id } = first;
    const refused = await ask('now!', { conversation_id, on_busy: 'reject' });
    expect([refused.status, refused.body.error]).toEqual([409, 'conflict']);
    expect(refused.ms).toBeLessThan(AT_ONCE_MS);
    const next = await ask('when you can', { conversation_id });
    expect(next.status).toBe(200);
    expect(await statusOf(first)).toMatchObject({ status: 'completed' });
  });

  it('503: a full queue refuses at once, uses no idempotency key up, and takes messages again when there is room', async () => {
    const busy = await accept('slowly 60');
    await until('the worker is at it', async () => (await statusOf(busy)).status === 'processing');
    for (let waiting = 0; waiting < QUEUE_MAX; waiting += 1) await accept(`waiting ${String(waiting)}`);
    const { status, headers, body, ms } = await ask('no room', {}, { 'idempotency-key': 'later' });
    expect([status, body.error]).toEqual([503, 'service_unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(ms).toBeLessThan(AT_ONCE_MS);
    const later = await until('there is room', async () => {
      const answer = await ask('no room', {}, { 'idempotency-key': 'later' });
      return answer.status === 200 && answer;
    });
    expect(later.headers.get('idempotency-replayed')).toBeNull();
  }, 60_000);

  it('503: the whole fleet is killed; what was accepted before is answered by the next worker', async () => {
    const before = await accept('slowly 40');
    await until('the worker is at it', async () => (await statusOf(before)).status === 'processing');
    worker.signal('SIGKILL');
    const diedAt = performance.now();
    await worker.exited;
    const refused = await until(
      'the gateway knows',
      async () => {
        const answer = await ask('anybody left?', { conversation_id: before.conversation_id, on_busy: 'reject' }); // 409 until then
        return answer.status === 503 && answer;
      },
      2 * FLEET_GONE_MS,
    );
    expect(performance.now() - diedAt).toBeLessThan(FLEET_GONE_MS + AT_ONCE_MS);
    expect(refused.body.details).toMatchObject({ dependency: 'worker' });
    await system.startWorker();
    await until('the lost message is answered', async () => (await statusOf(before)).status === 'completed', 40_000);
  }, 90_000);

  async function ask(message: string, fields: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const sentAt = performance.now();
    const response = await gateway.request('/api/v1/message', { method: 'POST', json: { channel: 'api', message, ...fields }, headers });
    const body = (await response.json()) as ErrorBody; // looked at only where the status says that it is one
    return { status: response.status, headers: response.headers, body, ms: performance.now() - sentAt };
  }

  /** The gateway may take a second to hear of a new worker. */
  async function untilTaken(message: string): Promise<Answer> {
    return until('the gateway knows the worker', async () => {
      const answer = await ask(message);
      return answer.status !== 503 && answer;
    });
  }

  async function accept(message: string): Promise<Accepted> {
    const response = await gateway.request('/api/v1/message', {
      method: 'POST',
      json: { channel: 'api', message, wait_for_response: false },
    });
    expect(response.status).toBe(202);
    return (await response.json()) as Accepted; // the status says so
  }

  async function statusOf({ poll_url }: Accepted): Promise<MessageStatus> {
    return (await (await gateway.request(poll_url)).json()) as MessageStatus; // checked by the contract tests
  }
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, conversation, createToken, expectError, expectStatus, statusOf } from '../support/api.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const SCHEDULES = '/api/v1/schedules';
const DAILY = { cron: '30 7 * * *', timezone: 'Europe/Berlin', message: '/time' };

/** What these tests read of a schedule. */
interface Told {
  readonly id: string;
  readonly status: string;
  readonly next_runs: readonly string[];
  readonly last_run: { readonly status: string; readonly message_id?: string; readonly slot: string } | null;
}

describe('schedules', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let other: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem();
    [gateway, other] = [await system.startGateway(), await system.startGateway()];
    await system.startWorker();
    await system.startWorker();
  });
  afterAll(() => system.close());

  const call = (
    method: string,
    path: string,
    json?: unknown,
    { at = gateway, ...init }: RequestInit & { at?: TestGateway } = {},
  ): Promise<Response> => at.request(`${SCHEDULES}${path}`, { method, ...init, ...(json === undefined ? {} : { json }) });
  const made = async (json: object, init: RequestInit = {}): Promise<Told> =>
    (await expectStatus(await call('POST', '', json, init), 201)) as Told; // checked by the schema of the route
  const read = async (id: string): Promise<Told> =>
    (await expectStatus(await call('GET', `/${id}`, undefined, { at: other }), 200)) as Told; // as above
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

  it('once at a time: the agent answers on channel internal, though Redis is emptied meanwhile, and the schedule is done', async () => {
    const at = inSeconds(2);
    const { id } = await made({ at, message: '/time', name: 'soon' });
    await system.services.emptyRedis();
    const done = await until('the schedule is done', async () => {
      const told = await read(id);
      return told.last_run?.status === 'completed' && told;
    });
    expect(done).toMatchObject({ status: 'done', next_runs: [], last_run: { slot: at, late: false } });
    const { conversation_id, response } = await statusOf(gateway, done.last_run?.message_id ?? '');
    expect(response?.content).toContain('UTC');
    expect(await conversation(gateway, conversation_id)).toMatchObject({
      channel: 'internal',
      person: 'owner',
      messages: [{ content: '/time', metadata: { schedule: { id, slot: at } } }, {}],
    });
  });

  it('in a conversation that is named, for its person; two schedules of one moment stand in line', async () => {
    const sent = (await expectStatus(
      await gateway.request('/api/v1/message', { method: 'POST', json: { channel: 'api', message: 'hello', person: 'anna' } }),
      200,
    )) as { conversation_id: string }; // as above
    const at = inSeconds(1);
    const [one, two] = await Promise.all(
      ['/time', '/help'].map((message) => made({ at, message, person: 'anna', conversation_id: sent.conversation_id })),
    );
    await until('both are done', async () =>
      (await Promise.all([one, two].map((schedule) => read(schedule?.id ?? '')))).every(({ last_run }) => last_run?.status === 'completed'),
    );
    const { messages, person } = await conversation(gateway, sent.conversation_id);
    expect(person).toBe('anna');
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user', 'assistant']);
  });

  it('made, listed, changed, switched off, removed; each change is audited', async () => {
    const { id, next_runs } = await made({ ...DAILY, name: 'morning', person: 'ben' });
    expect(next_runs).toHaveLength(3);
    expect(await expectStatus(await call('GET', '?person=ben', undefined, { at: other }), 200)).toMatchObject({
      total: 1,
      schedules: [{ id, name: 'morning', channel: 'internal', missed: 'once', deliver: null, last_run: null }],
    });
    expect(await expectStatus(await call('PATCH', `/${id}`, { cron: '@hourly', name: null }), 200)).toMatchObject({
      cron: '@hourly',
      name: null,
      timezone: 'Europe/Berlin',
    });
    expect(await expectStatus(await call('PATCH', `/${id}`, { enabled: false }), 200)).toMatchObject({ status: 'disabled', next_runs: [] });
    expect((await call('DELETE', `/${id}`)).status).toBe(204);
    await expectError(await call('GET', `/${id}`), 'not_found');
    await expectError(await call('DELETE', `/${id}`), 'not_found');
    await expectError(await call('PATCH', `/${id}`, {}), 'not_found');
    const { entries } = (await expectStatus(await gateway.request('/api/v1/audit?limit=4'), 200)) as {
      entries: { action: string; target: string }[];
    }; // as above
    expect(entries.filter(({ target }) => target === id).map(({ action }) => action)).toEqual([
      'schedule.removed',
      'schedule.changed',
      'schedule.changed',
      'schedule.created',
    ]);
  });

  it('an Idempotency-Key makes one schedule, at any gateway; with another body it is 409', async () => {
    const init = { headers: { 'idempotency-key': 'morning-1' } };
    const first = await made(DAILY, init);
    const again = await call('POST', '', DAILY, { ...init, at: other });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await expectStatus(again, 201)).toMatchObject({ id: first.id });
    await expectError(await call('POST', '', { ...DAILY, person: 'ben' }, init), 'conflict');
  });

  it.each([
    ['cron', { ...DAILY, cron: '0 9 * *' }],
    ['cron', { ...DAILY, cron: '' }],
    ['cron', { ...DAILY, cron: '0 9 30 2 *' }],
    ['cron', { ...DAILY, at: '2030-01-01T09:00' }],
    ['cron', { message: 'x' }],
    ['at', { at: '2020-01-01T09:00', message: 'x' }],
    ['at', { at: 'tomorrow', message: 'x' }],
    ['timezone', { ...DAILY, timezone: 'UTC+2' }],
    ['message', { ...DAILY, message: ' ' }],
    ['missed', { ...DAILY, missed: 'twice' }],
    ['deliver', { ...DAILY, deliver: { channel: 'telegram', chat: '1' } }],
    ['', { ...DAILY, crons: 1 }],
  ])('400: %s in %j', async (path, body) => {
    expect((await expectError(await call('POST', '', body), 'bad_request')).details).toMatchObject({
      issues: [{ path: expect.stringContaining(path) }],
    });
  });

  it('404 for a conversation that is another person’s; 403 without the scope admin', async () => {
    const { conversation_id } = (await expectStatus(
      await gateway.request('/api/v1/message', { method: 'POST', json: { channel: 'api', message: 'hello', person: 'cid' } }),
      200,
    )) as { conversation_id: string }; // as above
    await expectError(await call('POST', '', { ...DAILY, conversation_id }), 'not_found');
    const { token } = await createToken(gateway, { name: 'reader', scopes: ['read', 'message', 'memory'] });
    for (const [method, path, body] of [
      ['GET', ''],
      ['POST', '', DAILY],
      ['GET', '/sch_01h2xcejqtf2nbrexx3vqjhp41'],
    ] as const)
      await expectError(await call(method, path, body, bearer(token)), 'forbidden');
  });

  it('a slot that is waited for is no backlog in /status', async () => {
    await made(DAILY);
    expect(await expectStatus(await gateway.request('/api/v1/status'), 200)).toMatchObject({ queue: { delayed: 0 } });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ScriptedStep } from '@openclaw/models/testing';
import { type Usage, usageSchema } from '@openclaw/usage';
import { ask, bearer, createToken, expectError, expectStatus, leave, post, untilOver } from '../support/api.js';
import { DirectedModel, HANG } from '../support/directed-model.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

const USAGE = '/api/v1/usage';
const finish = (input: number, output: number, costUsd: number | null): ScriptedStep => ({ finish: { usage: { input, output }, costUsd } });

describe('usage', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel();

  beforeAll(async () => {
    model
      .on('priced', ['ok', finish(1000, 200, 0.25)])
      .on('another', ['ok', finish(10, 5, 0.5)])
      .on('unpriced', ['ok', finish(7, 3, null)])
      .on('slow', ['1234', HANG]);
    system = await createTestSystem({ OPENCLAW_COST_CONTROL__TIMEZONE: 'Asia/Tokyo' });
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(() => system.close());

  const read = async (query: string, init: RequestInit = {}): Promise<Usage> =>
    usageSchema.parse(await expectStatus(await gateway.request(`${USAGE}${query}`, init), 200));

  it('nothing was spent yet', async () => {
    expect(await read('')).toMatchObject({
      rows: [],
      total: 0,
      sum: { requests: 0, tokens: { input: 0, cached_input: 0, output: 0, reasoning: 0 }, cost_usd: 0, estimated: false },
    });
  });

  it('adds up by model, person, token, conversation and day; a conversation that is deleted was paid for all the same', async () => {
    const anna = await createToken(gateway, { name: 'anna', scopes: ['read', 'message'], person: 'anna' });
    const first = await ask(gateway, 'priced');
    await ask(gateway, 'another', { conversation_id: first.conversation_id });
    await expectStatus(await post(gateway, { message: 'another' }, bearer(anna.token)), 200);
    expect((await gateway.request(`/api/v1/conversations/${first.conversation_id}`, { method: 'DELETE' })).status).toBe(204);

    const all = {
      requests: 3,
      tokens: { input: 1020, cached_input: 0, output: 210, reasoning: 0 },
      cost_usd: 1.25,
      known_cost_usd: 1.25,
      estimated: false,
    };
    expect(await read('?group_by=model')).toMatchObject({ total: 1, rows: [{ key: 'scripted/directed', ...all }], sum: all });
    expect((await read('?group_by=person')).rows.map(({ key, requests, cost_usd }) => [key, requests, cost_usd])).toEqual([
      ['owner', 2, 0.75],
      ['anna', 1, 0.5],
    ]);
    expect((await read('?group_by=token')).rows.map(({ key }) => key)).toEqual(['gateway', anna.id]);
    expect((await read('?group_by=conversation')).rows[0]).toMatchObject({ key: first.conversation_id, requests: 2 });
    const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo', dateStyle: 'short' }).format(new Date());
    expect(await read('?group_by=day')).toMatchObject({ rows: [{ key: day, ...all }] });
    expect(await read('?person=anna')).toMatchObject({ sum: { requests: 1 } });
    expect(await read('?group_by=person', bearer(anna.token))).toMatchObject({ total: 1, rows: [{ key: 'anna', requests: 1 }] });
    await expectError(await gateway.request(`${USAGE}?person=owner`, bearer(anna.token)), 'forbidden');
  });

  it('row 40: what has no known price stays unknown, and the known part is told', async () => {
    await ask(gateway, 'unpriced', { person: 'ben' });
    await ask(gateway, 'priced', { person: 'ben' });
    expect(await read('?person=ben')).toMatchObject({ sum: { requests: 2, cost_usd: null, known_cost_usd: 0.25, estimated: false } });
  });

  it('row 41: a reply that is cancelled counts as far as it came, as an estimate', async () => {
    const { id } = await leave(gateway, 'slow', { person: 'cid' });
    await model.asked('slow');
    await gateway.request(`/api/v1/message/${id}/cancel`, { method: 'POST' });
    await untilOver(gateway, id);
    expect(await read('?person=cid&group_by=model')).toMatchObject({
      rows: [{ key: 'scripted/directed', requests: 1, tokens: { input: expect.any(Number) }, cost_usd: null, estimated: true }],
    });
  });

  it('only what was spent in that time', async () => {
    expect(await read('?to=2020-01-01')).toMatchObject({ rows: [], from: '2019-12-02T00:00:00.000Z', to: '2020-01-01T00:00:00.000Z' });
    const before = (await read('')).sum.requests;
    expect((await read(`?from=${new Date(Date.now() - 3_600_000).toISOString()}`)).sum.requests).toBe(before);
  });

  it.each(['?group_by=month', '?from=2026-02-01&to=2026-01-01', '?from=yesterday', '?since=2026-01-01'])('400: %s', async (query) => {
    await expectError(await gateway.request(`${USAGE}${query}`), 'bad_request');
  });
});

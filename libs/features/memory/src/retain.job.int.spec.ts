import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@openclaw/words';
import { loadConfig } from '@openclaw/config';
import { GATEWAY, person } from '../../../../test/support/callers.js';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { FiguresStore } from './figures.store.js';
import { memorySchema } from './memory.schema.js';
import { openMemory } from './memory.module.js';
import type { MemoryService } from './memory.service.js';
import { retainMemory } from './retain.job.js';

const DAY_MS = 86_400_000;
const ago = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

describe('retention', () => {
  let services: TestServices;
  let stage: RunStage;
  let memory: MemoryService;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
    memory = openMemory(stage.database);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(() => services.sql('DELETE FROM memory_entries'));

  const one = async (content: string, more: object, caller = GATEWAY): Promise<ReturnType<typeof memorySchema.parse>> =>
    memorySchema.parse((await memory.add(caller, { content, ...more })).memory);
  const retain = async (env: Readonly<Record<string, string>> = {}, signal = new AbortController().signal): Promise<unknown> =>
    retainMemory(new FiguresStore(stage.database), () => loadConfig({ env, homeDir: '/nonexistent' }).memory).handle(
      {},
      { id: newId('work'), person: null, attempt: 1, isLastTry: false, dueAt: new Date(), signal },
    );
  const kept = async (): Promise<string[]> =>
    (await services.sql<{ body: string }>('SELECT body FROM memory_entries WHERE recallable ORDER BY body')).map(({ body }) => body);

  it('messages go after 90 days and stay in their conversations; facts, preferences and events stay; what is pinned stays', async () => {
    const said = await stage.ask('an old message of the xylophone');
    await services.sql(`UPDATE memory_entries SET at = now() - interval '91 days'`);
    await stage.ask('a new message');
    await one('an old fact', { at: ago(4000) });
    await one('an old preference', { at: ago(4000), kind: 'preference' });
    await one('an old event', { at: ago(4000), kind: 'event' });
    await one('an old turn from elsewhere', { at: ago(91), author: 'Ann' });
    await one('an old turn that is pinned', { at: ago(91), author: 'Ann', pinned: true });
    await one('of a guest: an old turn', { at: ago(91), author: 'guest' }, person('guest'));
    await retain();
    expect(await kept()).toEqual(['a new message', 'an old event', 'an old fact', 'an old preference', 'an old turn that is pinned']);
    const listed = await stage.conversations.list(GATEWAY, { q: 'xylophone', limit: 20, offset: 0 });
    expect(listed.conversations.map(({ id }) => id)).toEqual([said.conversationId]);
    expect(await services.sql(`SELECT FROM messages WHERE content = 'an old message of the xylophone'`)).toHaveLength(1);
  });

  it('a task goes 30 days after it was done or replaced, and never before', async () => {
    const open = await one('Water the plants', { kind: 'task', at: ago(4000) });
    const done = await one('Call the plumber', { kind: 'task', at: ago(4000) });
    const old = await one('Buy milk', { kind: 'task', at: ago(4000) });
    const replaced = await one('Buy bread', { kind: 'task', at: ago(4000) });
    for (const { id } of [done, old]) expect((await memory.patch(GATEWAY, id, { done: true })).done_at).not.toBeNull();
    await memory.remember(GATEWAY, {
      id: newId('mem'),
      kind: 'task',
      content: 'Bake bread',
      conversationId: (await stage.ask('bake')).conversationId,
      channel: 'api',
      provenance: 'agent',
      replaces: replaced.id,
    });
    await services.sql(`UPDATE memory_entries SET done_at = now() - interval '31 days' WHERE body = 'Buy milk'`);
    await services.sql(`UPDATE memory_entries SET created_at = now() - interval '31 days' WHERE body = 'Bake bread'`);
    await retain();
    expect(await kept()).toEqual(['Bake bread', 'Call the plumber', 'Water the plants', 'bake']);
    expect((await memory.patch(GATEWAY, done.id, { done: false })).done_at).toBeNull();
    expect((await memory.get(GATEWAY, open.id)).done_at).toBeNull();
  });

  it('is as the configuration says; 0 keeps for good; twice changes nothing, and what is cut off is done the next time', async () => {
    await one('a turn of last year', { at: ago(400), author: 'Ann' });
    await one('a fact of last year', { at: ago(400) });
    await retain({ OPENCLAW_MEMORY__WAL__MAX_AGE_DAYS: '0' });
    expect(await kept()).toHaveLength(2);
    await expect(retain({}, AbortSignal.abort())).rejects.toThrow();
    expect(await kept()).toHaveLength(2);
    for (let turn = 0; turn < 2; turn += 1)
      await retain({ OPENCLAW_MEMORY__RETENTION__FACT_DAYS: '365', OPENCLAW_MEMORY__WAL__MAX_AGE_DAYS: '500' });
    expect(await kept()).toEqual(['a turn of last year']);
  });
});

describe('weights', () => {
  it('are those of the configuration at the moment of the search', async () => {
    const services = await createTestServices();
    const stage = new RunStage(services);
    let weights = { relevance: 0, importance: 1, recency: 0, frequency: 0 };
    const memory = openMemory(stage.database, () => weights);
    await memory.add(GATEWAY, { content: 'ferry, dull and new', importance: 0 });
    await memory.add(GATEWAY, { content: 'ferry, dear and old', importance: 1, at: ago(900) });
    const first = async (): Promise<string | undefined> =>
      (await memory.search(GATEWAY, { query: 'ferry', limit: 10, type: 'all' })).results[0]?.content;
    expect(await first()).toBe('ferry, dear and old');
    weights = { ...weights, importance: 0, recency: 1 };
    expect(await first()).toBe('ferry, dull and new');
    await stage.close();
    await services.close();
  });
});

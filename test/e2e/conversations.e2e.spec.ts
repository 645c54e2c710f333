import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConversationList, conversationListSchema, conversationSchema } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { ask, conversation, expectError, expectStatus, issuePaths, leave, MESSAGE, post, QUICK_STOP, statusOf } from '../support/api.js';
import { DirectedModel, HANG } from '../support/directed-model.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

const PATH = '/api/v1/conversations';
const model = new DirectedModel()
  .on('hang', ['half a reply', HANG])
  .on('fail', [
    { throws: new Fault('upstream_error', 'No model.', { details: { provider: 'x', upstream_status: 500, retryable: false } }) },
  ]);

describe('conversations', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const list = async (query = ''): Promise<ConversationList> =>
    conversationListSchema.strict().parse(await expectStatus(await gateway.request(`${PATH}${query}`), 200));

  beforeAll(async () => {
    system = await createTestSystem(QUICK_STOP);
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(() => system.close());

  it('200: the list is last active first, in pages, with a total', async () => {
    expect(await list()).toEqual({ conversations: [], total: 0, limit: 20, offset: 0 });
    const first = await ask(gateway, 'about apples', { channel: 'telegram' });
    const second = await ask(gateway, 'about pears');
    const third = await ask(gateway, 'about plums');
    await ask(gateway, 'more apples', { conversation_id: first.conversation_id });
    const expected = [first, third, second].map((reply) => reply.conversation_id);
    const all = await list();
    expect(all.conversations.map(({ id }) => id)).toEqual(expected);
    expect(all).toMatchObject({ total: 3, limit: 20, offset: 0 });
    expect(all.conversations[0]).toMatchObject({ channel: 'telegram', message_count: 4 });
    const page = await list('?limit=1&offset=1');
    expect(page).toMatchObject({ total: 3, limit: 1, offset: 1 });
    expect(page.conversations.map(({ id }) => id)).toEqual(expected.slice(1, 2));
    expect((await list('?offset=3')).conversations).toEqual([]);
  });

  it('200: filters by channel, time and words', async () => {
    const [newest, , oldest] = (await list()).conversations;
    expect((await list('?channel=telegram')).conversations.map(({ channel }) => channel)).toEqual(['telegram']);
    expect(await list('?channel=nowhere')).toMatchObject({ total: 0 });
    expect((await list('?q=pears')).conversations.map(({ id }) => id)).toEqual([oldest?.id]);
    expect((await list('?q=apples')).conversations.map(({ id }) => id)).toEqual([newest?.id]);
    expect(await list('?q=quinces')).toMatchObject({ total: 0 });
    expect(await list(`?q=${encodeURIComponent(`"' & | ! :* \\ -`)}`)).toMatchObject({ total: 0 });
    const at = encodeURIComponent(oldest?.last_message_at ?? '');
    expect((await list(`?until=${at}`)).conversations.map(({ id }) => id)).toEqual([oldest?.id]);
    expect((await list(`?since=${at}`)).total).toBe(3);
    expect((await list('?since=2000-01-01')).total).toBe(3);
    expect((await list('?since=2000-01-01T00:00:00+23:59&until=9999-12-31T23:59:59Z')).total).toBe(3);
    expect((await list(`?since=${encodeURIComponent('2999-01-01T00:00:00+02:00')}`)).total).toBe(0);
  });

  it('200: words of dashes and signs find what the rest of them says', async () => {
    const signs = [
      '-'.repeat(200),
      '- '.repeat(100),
      '-('.repeat(100),
      '-!'.repeat(100),
      '-\u3000'.repeat(100),
      '(---((&-\t'.repeat(22),
      '-"'.repeat(100),
      '"-'.repeat(100),
      '-\u00ad'.repeat(100),
      '-😀'.repeat(66),
    ];
    for (const q of signs) expect(await list(`?q=${encodeURIComponent(q)}`)).toMatchObject({ total: 0 });
    expect((await list(`?q=${encodeURIComponent(`${'- '.repeat(90)}pears`)}`)).total).toBe(1);
    expect((await list(`?q=${encodeURIComponent('-pears')}`)).total).toBeGreaterThan(0);
    expect((await list(`?q=${encodeURIComponent('pears -pears')}`)).total).toBe(1);
  });

  it('200: the agent is given the whole thread', async () => {
    const first = await ask(gateway, 'my name is Ada');
    const { conversation_id } = first;
    await ask(gateway, 'I live in Paris', { conversation_id });
    await ask(gateway, 'who am I?', { conversation_id });
    const request = await model.asked('who am I?');
    const said = request.messages.flatMap((message) =>
      message.role === 'system'
        ? []
        : [message.role === 'user' ? message.parts.map((part) => ('text' in part ? part.text : '')).join('') : message.text],
    );
    expect(said).toEqual(['my name is Ada', 'echo: my name is Ada', 'I live in Paris', 'echo: I live in Paris', 'who am I?']);
  });

  it('200: messages in turn order, each reply after its question, with what is known of each', async () => {
    const first = await ask(gateway, 'one', { metadata: { user_id: 'u1' } });
    const { conversation_id } = first;
    const second = await ask(gateway, 'two', { conversation_id });
    const { messages, has_more, message_count, metadata } = await conversation(gateway, conversation_id);
    expect({ has_more, message_count, metadata }).toEqual({ has_more: false, message_count: 4, metadata: {} });
    expect(messages.map(({ role, content, status }) => [role, content, status])).toEqual([
      ['user', 'one', 'completed'],
      ['assistant', 'echo: one', 'completed'],
      ['user', 'two', 'completed'],
      ['assistant', 'echo: two', 'completed'],
    ]);
    expect(messages.map(({ id }) => id)).toEqual([expect.any(String), first.id, expect.any(String), second.id]);
    expect(messages[0]).toMatchObject({ metadata: { user_id: 'u1' } });
    expect(messages[1]).toMatchObject({ tokens: { input: 10, output: 5, total: 15 }, model: 'scripted/directed', skills_used: [] });
  });

  it('200: each message shows its state', async () => {
    const failed = await post(gateway, { message: 'fail' });
    await expectError(failed, 'upstream_error');
    const { id } = (await list('?limit=1')).conversations[0] ?? { id: '' };
    const hanging = await leave(gateway, 'hang', { conversation_id: id });
    const waiting = await leave(gateway, 'later', { conversation_id: id });
    await model.asked('hang');
    expect((await conversation(gateway, id)).messages.filter(({ role }) => role === 'assistant').map(({ status }) => status)).toEqual([
      'failed',
      'processing',
      'queued',
    ]);
    await gateway.request(`${MESSAGE}/${waiting.id}/cancel`, { method: 'POST' });
    await gateway.request(`${MESSAGE}/${hanging.id}/cancel`, { method: 'POST' });
    expect(
      (await conversation(gateway, id)).messages.filter(({ role }) => role === 'assistant').map(({ status, content }) => [status, content]),
    ).toEqual([
      ['failed', ''],
      ['cancelled', 'half a reply'],
      ['cancelled', ''],
    ]);
  });

  it('200: before goes back page by page without a gap', async () => {
    const first = await ask(gateway, 'p1');
    const { conversation_id } = first;
    for (const message of ['p2', 'p3', 'p4']) await ask(gateway, message, { conversation_id });
    const all = (await conversation(gateway, conversation_id)).messages;
    const seen: string[] = [];
    let query = '?limit=3';
    for (let more = true; more;) {
      const page = await conversation(gateway, conversation_id, query);
      expect(page.messages.length).toBeLessThanOrEqual(3);
      seen.unshift(...page.messages.map(({ id }) => id));
      more = page.has_more;
      query = `?limit=3&before=${seen[0] ?? ''}`;
    }
    expect(seen).toEqual(all.map(({ id }) => id));
    expect(await conversation(gateway, conversation_id, `?before=${seen[0] ?? ''}`)).toMatchObject({ messages: [], has_more: false });
  });

  it('400: before names no message of this conversation', async () => {
    const [one, other] = await Promise.all([ask(gateway, 'here'), ask(gateway, 'elsewhere')]);
    const body = await expectError(await gateway.request(`${PATH}/${one.conversation_id}?before=${other.id}`), 'bad_request');
    expect(issuePaths(body)).toEqual(['before']);
  });

  it('parent_id branches: the newest branch is shown, and the agent sees no other', async () => {
    const first = await ask(gateway, 'root');
    const { conversation_id } = first;
    await ask(gateway, 'left', { conversation_id });
    await ask(gateway, 'right', { conversation_id, parent_id: first.id });
    const { messages } = await conversation(gateway, conversation_id);
    expect(messages.map(({ content }) => content)).toEqual(['root', 'echo: root', 'right', 'echo: right']);
    expect(JSON.stringify((await model.asked('right')).messages)).not.toContain('left');
  });

  it('200: PATCH changes title and metadata, and nothing else', async () => {
    const { conversation_id } = await ask(gateway, 'to be named');
    const patch = async (json: unknown): Promise<unknown> =>
      expectStatus(await gateway.request(`${PATH}/${conversation_id}`, { method: 'PATCH', json }), 200);
    expect(conversationSchema.strict().parse(await patch({ title: '  A name ', metadata: { a: null, b: [1] } }))).toMatchObject({
      title: 'A name',
      message_count: 2,
    });
    expect(await conversation(gateway, conversation_id)).toMatchObject({ title: 'A name', metadata: { a: null, b: [1] } });
    expect(await patch({})).toMatchObject({ title: 'A name' });
    await patch({ title: null });
    expect(await conversation(gateway, conversation_id)).toMatchObject({ title: null, metadata: { a: null, b: [1] } });
  });

  it('200: pinned, archived and tagged; lists leave archived ones out unless they are asked for', async () => {
    const { conversation_id } = await ask(gateway, 'to be put away');
    const patch = async (json: unknown): Promise<unknown> =>
      expectStatus(await gateway.request(`${PATH}/${conversation_id}`, { method: 'PATCH', json }), 200);
    expect(await conversation(gateway, conversation_id)).toMatchObject({ pinned: false, archived: false, tags: [] });
    expect(await patch({ pinned: true, tags: [' work ', 'home', 'work'] })).toMatchObject({
      pinned: true,
      archived: false,
      tags: ['work', 'home'],
    });
    expect((await list('?tag=home')).conversations.map(({ id }) => id)).toEqual([conversation_id]);
    expect(await list('?tag=nowhere')).toMatchObject({ total: 0 });
    expect(await patch({ archived: true })).toMatchObject({ pinned: true, archived: true, tags: ['work', 'home'] });
    expect(await list('?tag=home')).toMatchObject({ total: 0 });
    expect((await list('?tag=home&archived=true')).conversations.map(({ id }) => id)).toEqual([conversation_id]);
    await patch({ archived: false, tags: [] });
    expect(await conversation(gateway, conversation_id)).toMatchObject({ pinned: true, archived: false, tags: [] });
    await expectError(
      await gateway.request(`${PATH}/${conversation_id}`, { method: 'PATCH', json: { tags: ['x'.repeat(65)] } }),
      'bad_request',
    );
    await expectError(await gateway.request(`${PATH}?archived=perhaps`), 'bad_request');
  });

  it('204: a deleted conversation looks missing, with all that was in it', async () => {
    const reply = await ask(gateway, 'to be forgotten', {});
    const path = `${PATH}/${reply.conversation_id}`;
    const response = await gateway.request(path, { method: 'DELETE' });
    expect([response.status, await response.text()]).toEqual([204, '']);
    await expectError(await gateway.request(path), 'not_found');
    await expectError(await gateway.request(path, { method: 'DELETE' }), 'not_found');
    await expectError(await gateway.request(path, { method: 'PATCH', json: { title: 'x' } }), 'not_found');
    await expectError(await gateway.request(`${MESSAGE}/${reply.id}/status`), 'not_found');
    await expectError(await gateway.request(`${MESSAGE}/${reply.id}/events`), 'not_found');
    await expectError(await gateway.request(`${MESSAGE}/${reply.id}/cancel`, { method: 'POST' }), 'not_found');
    await expectError(await post(gateway, { message: 'hello?', conversation_id: reply.conversation_id }), 'not_found');
    expect(await list('?q=forgotten')).toMatchObject({ total: 0 });
  });

  it('204: nothing that was said in it is left in Redis, whether it was answered or was being answered', async () => {
    const { conversation_id } = await ask(gateway, 'MARKER one');
    model.on('MARKER two', ['MARKER half of it', HANG]);
    await leave(gateway, 'MARKER two', { conversation_id });
    await model.asked('MARKER two');
    expect((await gateway.request(`${PATH}/${conversation_id}`, { method: 'DELETE' })).status).toBe(204);
    const { redis, prefix } = system.services;
    expect(JSON.stringify(await redis.xrange(`${prefix}:live`, '-', '+'))).not.toContain('MARKER');
    expect(await redis.keys(`${prefix}:run:*:tail`)).toEqual([]);
  });

  it('204: live work on it is cancelled first, and who waits is told', async () => {
    const { conversation_id } = await ask(gateway, 'busy');
    const waiting = post(gateway, { message: 'hang on', conversation_id });
    model.on('hang on', [HANG]);
    const queued = await leave(gateway, 'behind', { conversation_id });
    await model.asked('hang on');
    const startedAt = performance.now();
    expect((await gateway.request(`${PATH}/${conversation_id}`, { method: 'DELETE' })).status).toBe(204);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await expectError(await waiting, 'conflict');
    await expectError(await gateway.request(`${MESSAGE}/${queued.id}/status`), 'not_found');
    expect(await system.services.sql('SELECT 1 FROM runs WHERE conversation_id NOT IN (SELECT id FROM conversations)')).toEqual([]);
  });

  it('a conversation’s next run never starts before the one before it finished', async () => {
    const { conversation_id } = await ask(gateway, 'n0');
    const sent = await Promise.all(Array.from({ length: 8 }, (_, index) => leave(gateway, `n${String(index + 1)}`, { conversation_id })));
    const waited = await ask(gateway, 'n9', { conversation_id });
    const statuses = await Promise.all([...sent, waited].map(({ id }) => statusOf(gateway, id)));
    const order = statuses.sort((a, b) => String(a.started_at).localeCompare(String(b.started_at)));
    for (const [index, status] of order.entries()) {
      const before = order[index - 1];
      expect(status.status).toBe('completed');
      if (before) expect(String(status.started_at) >= String(before.finished_at)).toBe(true);
    }
    const { messages } = await conversation(gateway, conversation_id);
    expect(messages.filter(({ role }) => role === 'user').map(({ content }) => `echo: ${content}`)).toEqual(
      messages.filter(({ role }) => role === 'assistant').map(({ content }) => content),
    );
  });
});

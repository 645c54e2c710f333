import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ConflictError,
  ForbiddenError,
  NotFoundError,
  OpenClawClient,
  type RunEvent,
  TimeoutError,
  UnauthorizedError,
} from '@openclaw/sdk';
import { statusOf } from '../support/api.js';
import { DirectedModel, gate, HANG } from '../support/directed-model.js';
import { pickInteger, seededRandom } from '../support/seeded-random.js';
import { createTcpProxy } from '../support/tcp-proxy.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const UNLIMITED = { OPENCLAW_GATEWAY__RATE_LIMIT__REQUESTS_PER_MINUTE: '100000', OPENCLAW_GATEWAY__RATE_LIMIT__BURST: '10000' };

describe('@openclaw/sdk against a gateway', () => {
  const model = new DirectedModel();
  let system: TestSystem;
  let gateway: TestGateway;
  let client: OpenClawClient;

  beforeAll(async () => {
    system = await createTestSystem(UNLIMITED);
    gateway = await system.startGateway();
    await system.startWorker(model);
    client = new OpenClawClient({ baseUrl: gateway.url, token: TEST_TOKEN });
  });
  afterAll(() => system.close());

  it('message: the reply, and the conversation goes on by its id', async () => {
    const first = await client.message('What is the weather tomorrow?');
    expect(first).toMatchObject({ role: 'assistant', content: 'echo: What is the weather tomorrow?' });
    const second = await client.message({ message: 'And after that?', conversation_id: first.conversation_id });
    expect(second.conversation_id).toBe(first.conversation_id);
    const { messages } = await client.conversations.get(first.conversation_id);
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'What is the weather tomorrow?'],
      ['assistant', first.content],
      ['user', 'And after that?'],
      ['assistant', second.content],
    ]);
  });

  it('messageStream: events in order, the text as it grows, the whole reply at the end', async () => {
    model.on('a poem', ['Roses ', 'are ', 'red']);
    const stream = client.messageStream('a poem');
    const types: string[] = [];
    let told = '';
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'token') told += event.content;
    }
    expect(types[0]).toBe('start');
    expect(types.at(-1)).toBe('end');
    expect([told, stream.text, (await stream.reply()).content]).toEqual(['Roses are red', 'Roses are red', 'Roses are red']);
  });

  it('a loop that is left closes its connection, the agent goes on, and reply() takes up where it stopped', async () => {
    const rest = gate();
    model.on('long', ['one ', rest.step, 'two']);
    const stream = client.messageStream('long');
    for await (const event of stream) if (event.type === 'token') break;
    rest.open();
    expect((await stream.reply()).content).toBe('one two');
  });

  it('TimeoutError when the caller’s time is up; the agent goes on unless it is to be cancelled', async () => {
    model.on('slow', ['begun ', HANG]);
    const late = await client.message('slow', { timeoutMs: 300 }).catch((thrown: unknown) => thrown);
    expect(late).toBeInstanceOf(TimeoutError);
    const { messageId, pollUrl } = late as TimeoutError; // as was just checked
    expect(pollUrl).toBe(`/api/v1/message/${String(messageId)}/status`);
    expect((await client.messages.status(String(messageId))).status).toBe('processing');
    await client.messages.cancel(String(messageId));
    model.on('slow too', ['begun ', HANG]);
    const stream = client.messageStream('slow too', { timeoutMs: 500, cancelOnAbort: true });
    await expect(stream.reply()).rejects.toBeInstanceOf(TimeoutError);
    await until('it is cancelled', async () => (await statusOf(gateway, String(stream.id))).status === 'cancelled');
  });

  it('a signal that is used for many calls keeps no listener; one that has aborted makes no request', async () => {
    const controller = new AbortController();
    for (let count = 0; count < 20; count += 1) await client.status({ signal: controller.signal });
    await client.messageStream('with a signal', { signal: controller.signal }).reply();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    const reason = new Error('changed my mind');
    controller.abort(reason);
    await expect(client.message('never sent', { signal: controller.signal })).rejects.toBe(reason);
    expect(model.requests.some(({ messages }) => JSON.stringify(messages).includes('never sent'))).toBe(false);
  });

  it('errors by their class, with the id of the request', async () => {
    await expect(client.conversations.get('conv_01k6zq3n7yf0g8h2j4k5m6n7p9')).rejects.toBeInstanceOf(NotFoundError);
    const stranger = new OpenClawClient({ baseUrl: gateway.url, token: 'not-the-token-at-all' });
    await expect(stranger.status()).rejects.toMatchObject({
      name: 'UnauthorizedError',
      status: 401,
      code: 'unauthorized',
      requestId: expect.any(String),
    });
    const { token } = await client.tokens.create({ name: 'reader', scopes: ['read'] });
    await expect(new OpenClawClient({ baseUrl: gateway.url, token }).message('Hi')).rejects.toBeInstanceOf(ForbiddenError);
    const { id } = await client.message('done');
    await expect(client.messages.cancel(id)).rejects.toBeInstanceOf(ConflictError);
  });

  it('health is an answer, well or not; a gateway that is not there is said in a sentence', async () => {
    expect(await client.health()).toMatchObject({ status: 'ok' });
    const nobody = new OpenClawClient({ baseUrl: 'http://127.0.0.1:1', maxRetries: 0 });
    await expect(nobody.health()).rejects.toThrow(/127\.0\.0\.1:1 could not be reached/);
  });

  it('lists go through all their pages; a conversation is changed and deleted', async () => {
    const made = await Promise.all(Array.from({ length: 7 }, (_, index) => client.message(`listed ${String(index)}`)));
    const page = await client.conversations.list({ limit: 3 });
    const seen: string[] = [];
    for await (const { id } of page) seen.push(id);
    expect(seen).toHaveLength(page.total);
    expect(new Set(seen).size).toBe(page.total);
    const id = made[0]?.conversation_id ?? '';
    expect(await client.conversations.update(id, { title: 'Renamed', pinned: true })).toMatchObject({ title: 'Renamed', pinned: true });
    const contents: string[] = [];
    for await (const { content } of client.conversations.messages(id)) contents.push(content);
    expect(contents).toEqual(['echo: listed 0', 'listed 0']);
    await client.conversations.delete(id);
    await expect(client.conversations.get(id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('memory, files, tokens: what goes in comes out', async () => {
    const entry = await client.memory.add({ content: 'The owner drinks green tea', kind: 'preference' });
    expect((await client.memory.search('green tea')).results.map(({ id }) => id)).toContain(entry.id);
    await client.memory.forget(entry.id);
    await expect(client.memory.get(entry.id)).rejects.toBeInstanceOf(NotFoundError);
    const file = await client.files.upload({ name: 'grüße.txt', content: 'Grüße', mediaType: 'text/plain' });
    expect(file).toMatchObject({ name: 'grüße.txt', media_type: 'text/plain', size: 7 });
    expect(new TextDecoder().decode(await client.files.content(file.id))).toBe('Grüße');
    const token = await client.tokens.create({ name: 'program', scopes: ['read', 'message'] });
    expect((await client.tokens.list()).map(({ id }) => id)).toContain(token.id);
    await client.tokens.revoke(token.id);
    await until('it is refused', async () => {
      const refused = await new OpenClawClient({ baseUrl: gateway.url, token: token.token }).status().catch((thrown: unknown) => thrown);
      return refused instanceof UnauthorizedError;
    });
  });

  it('schedules and usage: what the agent does by itself, and what it costs', async () => {
    const made = await client.schedules.create({ cron: '30 7 * * *', timezone: 'Europe/Berlin', message: 'What is on today?' });
    expect(made.next_runs).toHaveLength(3);
    expect(await client.schedules.update(made.id, { enabled: false })).toMatchObject({ status: 'disabled' });
    expect((await client.schedules.list()).items.map(({ id }) => id)).toEqual([made.id]);
    await client.schedules.remove(made.id);
    await expect(client.schedules.get(made.id)).rejects.toMatchObject({ status: 404 });
    expect(await client.usage({ group_by: 'person' })).toMatchObject({ sum: { requests: expect.any(Number) } });
  });

  it('skills, configuration, logs, audit: what an owner does', async () => {
    const { skill } = await client.skills.install({
      files: { 'SKILL.md': '---\nname: tea\ndescription: How to make tea.\n---\nWarm the pot.' },
    });
    expect((await client.skills.get('tea')).instructions).toBe('Warm the pot.');
    expect(await client.skills.setStatus('tea', 'disabled')).toMatchObject({ status: 'disabled', digest: skill.digest });
    await client.skills.remove('tea');
    expect(await client.skills.list()).toEqual([]);
    const { etag } = await client.config.get();
    expect(await client.config.update({ agent: { titles: 'off' } }, { ifMatch: String(etag) })).toMatchObject({
      config: { agent: { titles: 'off' } },
      restart_required: false,
    });
    await expect(client.config.update({ agent: { titles: 'auto' } }, { ifMatch: String(etag) })).rejects.toBeInstanceOf(ConflictError);
    const [newest] = (await client.config.revisions({ limit: 1 })).items;
    expect(newest?.changes).toMatchObject([{ path: 'agent.titles' }]);
    const actions = new Set<string>();
    for await (const { action } of await client.audit.list({ limit: 2 })) actions.add(action);
    expect([...actions]).toEqual(expect.arrayContaining(['skill.installed', 'skill.removed']));
    expect(await client.logs.list({ lines: 5 })).toMatchObject({ logs: expect.any(Array) });
  });

  it('connect: messages with their events, a subscription, and after a cut all of it goes on', async () => {
    const proxy = await createTcpProxy(gateway.url);
    const socket = await new OpenClawClient({ baseUrl: `http://127.0.0.1:${String(proxy.port)}`, token: TEST_TOKEN }).connect();
    const heard = socket.subscribe('*');
    const rest = gate();
    model.on('over the socket', ['one ', rest.step, 'two']);
    const message = socket.message('over the socket');
    const events: RunEvent[] = [];
    for await (const event of message) {
      events.push(event);
      if (event.type !== 'token' || event.content !== 'one ') continue;
      proxy.cut();
      proxy.open();
      rest.open();
    }
    expect((await message.reply()).content).toBe('one two');
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const later = await client.message('heard by the subscriber');
    for await (const frame of heard) if (frame.type === 'response' && frame['id'] === later.id) break;
    socket.close();
    await proxy.close();
  });

  it('connect with a wrong token: UnauthorizedError', async () => {
    await expect(new OpenClawClient({ baseUrl: gateway.url, token: 'not-the-token-at-all' }).connect()).rejects.toBeInstanceOf(
      UnauthorizedError,
    );
  });

  it('through a connection that is cut at random, every reply comes once and whole', async () => {
    const random = seededRandom(14);
    const proxy = await createTcpProxy(gateway.url);
    const cutting = new OpenClawClient({ baseUrl: `http://127.0.0.1:${String(proxy.port)}`, token: TEST_TOKEN, maxRetries: 50 });
    const MESSAGES = 60;
    let [answered, cuts] = [0, 0];
    const asked = Array.from({ length: MESSAGES }, async (_, index) => {
      const question = `cut ${String(index)}`;
      model.on(
        question,
        Array.from({ length: 8 }, (_unused, piece) => `${String(piece)} `),
      );
      const stream = cutting.messageStream(question);
      const seqs: number[] = [];
      let text = '';
      for await (const event of stream) {
        seqs.push(event.seq);
        if (event.type === 'restart') text = '';
        if (event.type === 'token') text += event.content;
        if (pickInteger(random, 0, 60) === 0 && cuts < 40) {
          cuts += 1;
          proxy.cut();
          proxy.open();
        }
      }
      answered += 1;
      expect(seqs).toEqual(seqs.map((_unused, place) => place + 1));
      expect([text, (await stream.reply()).content]).toEqual(['0 1 2 3 4 5 6 7 ', '0 1 2 3 4 5 6 7 ']);
    });
    await Promise.all(asked);
    expect([answered, cuts > 0]).toEqual([MESSAGES, true]);
    const { total } = await client.conversations.list({ q: 'cut', limit: 1 });
    expect(total).toBe(MESSAGES);
    await proxy.close();
  });
});

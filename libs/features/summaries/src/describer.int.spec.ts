import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConversationId, idToUuid, newId } from '@openclaw/words';
import { OutlineStore, ReindexStore } from '@openclaw/conversations';
import { Database } from '@openclaw/db';
import type { ModelClient, ModelEvent, ModelRequest } from '@openclaw/language-model';
import { openSearch } from '@openclaw/memory';
import { silentLogger } from '@openclaw/telemetry';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { Describer } from './describer.js';
import { extractTitle } from './extract-outline.js';
import { GATEWAY } from '../../../../test/support/callers.js';

const attempt = (isLastTry = false): { signal: AbortSignal; isLastTry: boolean } => ({ signal: new AbortController().signal, isLastTry });

/** Answers every request with its own first words, and remembers what it was asked. */
class EchoModel implements ModelClient {
  readonly model = 'echo';
  readonly contextTokens = 8000;
  readonly asked: ModelRequest[] = [];
  readonly fails: boolean;
  readonly provider: string;

  constructor(provider = 'test', fails = false) {
    this.provider = provider;
    this.fails = fails;
  }

  async *stream(request: ModelRequest): AsyncIterable<ModelEvent> {
    this.asked.push(request);
    if (this.fails) throw new Error('the provider is down');
    yield { type: 'text', text: `Summary ${String(this.asked.length)}` };
    yield { type: 'finish', reason: 'stop', usage: { input: 1, output: 1 }, provider: this.provider, model: this.model, costUsd: null };
  }
}

describe('Describer', () => {
  let services: TestServices;
  let database: Database;
  let outline: OutlineStore;

  beforeAll(async () => {
    services = await createTestServices();
    database = new Database({ url: services.databaseUrl, poolMax: 4, logger: silentLogger(), applicationName: 'test' });
    outline = new OutlineStore(database);
  });
  afterAll(async () => {
    await database.close();
    await services.close();
  });

  /** As workers do with what was said before there was an index. */
  async function reindex(): Promise<void> {
    const store = new ReindexStore(database);
    while (await store.step());
  }

  async function conversationOf(messages: number): Promise<ConversationId> {
    const id = newId('conv');
    await services.sql(`INSERT INTO conversations (id, channel) VALUES ($1, 'api')`, [idToUuid(id)]);
    let parent: string | null = null;
    for (let index = 0; index < messages; index += 1) {
      const message = idToUuid(newId('msg'));
      const text = `Message number ${String(index)} speaks of the harbour. And of more.`;
      await services.sql('INSERT INTO messages (id, conversation_id, parent_id, role, content) VALUES ($1, $2, $3, $4, $5)', [
        message,
        idToUuid(id),
        parent,
        index % 2 === 0 ? 'user' : 'assistant',
        text,
      ]);
      parent = message;
    }
    await services.sql('UPDATE conversations SET head_id = $2 WHERE id = $1', [idToUuid(id), parent]);
    return id;
  }

  const titled = (id: ConversationId, title: string | null): Promise<unknown> =>
    services.sql('UPDATE conversations SET title = $2 WHERE id = $1', [idToUuid(id), title]);
  const describerWith = (model: ModelClient, asksForTitles = true): Describer =>
    new Describer({ outline, model, asksForTitles: () => asksForTitles, logger: silentLogger() });

  it.each([
    ['none yet', null, 'Summary 1'],
    ['the first words of its question', 'Message number 0 speaks of the harbour. And…', 'Summary 1'],
    ['what a person called it', 'My harbour', 'My harbour'],
  ])('a conversation whose title is %s', async (_name, before, after) => {
    const id = await conversationOf(4);
    await titled(id, before);
    const describer = describerWith(new EchoModel());
    await describer.name(id, attempt());
    await describer.name(id, attempt());
    expect((await outline.find(id, 10))?.title).toBe(after);
  });

  it('a title stands back while any message waits for its answer, and is not asked for where it shall not', async () => {
    const model = new EchoModel();
    const [id, other] = [await conversationOf(4), await conversationOf(2)];
    const head = await services.sql<{ id: string; parent_id: string }>(
      'SELECT id, parent_id FROM messages WHERE conversation_id = $1 AND parent_id IS NOT NULL',
      [idToUuid(other)],
    );
    await services.sql(
      `INSERT INTO runs (id, conversation_id, question_id, ordinal, token_id, scopes, request_id, channel) VALUES ($1, $2, $3, 1, 'gateway', '{}', 'test', 'api')`,
      [head[0]?.id, idToUuid(other), head[0]?.parent_id],
    );
    expect(await describerWith(model).name(id, attempt())).toMatchObject({ outcome: 'snoozed' });
    await services.sql(`DELETE FROM runs WHERE id = $1`, [head[0]?.id]);
    await describerWith(model, false).name(id, attempt());
    expect(model.asked).toEqual([]);
    await describerWith(model).name(id, attempt());
    expect(model.asked).toMatchObject([{ route: 'simple_tasks' }]);
  });

  it('extracts a summary where there is no language model, or it fails to the last, and leaves the title', async () => {
    for (const model of [new EchoModel('builtin'), new EchoModel('test', true)]) {
      const id = await conversationOf(60);
      const describer = describerWith(model);
      await titled(id, extractTitle('Message number 0 speaks of the harbour. And of more.'));
      await describer.name(id, attempt(true));
      await describer.summarise(id, attempt(true));
      const found = await outline.find(id, 200);
      expect(found?.title).toBe('Message number 0 speaks of the harbour. And…');
      expect(found?.summary).toContain('- Message number 0 speaks of the harbour.');
      expect(found?.uncovered).toHaveLength(30);
    }
  });

  it('summarises each message once, also when two workers do it at the same time', async () => {
    const id = await conversationOf(80);
    const model = new EchoModel();
    const describer = describerWith(model);
    await Promise.all([describer.summarise(id, attempt()), describer.summarise(id, attempt())]);
    const found = await outline.find(id, 200);
    expect(found?.uncovered.map((message) => message.content.split(' ')[2])).toEqual(
      Array.from({ length: 30 }, (_, index) => String(index + 50)),
    );
    await describer.summarise(id, attempt());
    expect((await outline.find(id, 200))?.summaryThrough).toBe(found?.summaryThrough);
  });

  it('a model that fails is asked again later, and writes nothing meanwhile', async () => {
    const id = await conversationOf(60);
    const describer = describerWith(new EchoModel('test', true));
    await expect(describer.name(id, attempt())).rejects.toThrow('the provider is down');
    await expect(describer.summarise(id, attempt())).rejects.toThrow('the provider is down');
    expect(await outline.find(id, 10)).toMatchObject({ title: null, summary: null });
  });

  it('a conversation that is gone leaves nothing to do', async () => {
    const describer = describerWith(new EchoModel());
    expect(await describer.name(newId('conv'), attempt())).toMatchObject({ outcome: 'cancelled' });
    expect(await describer.summarise(newId('conv'), attempt())).toMatchObject({ outcome: 'cancelled' });
  });

  it('finds what an early message said, by any of the words of the question', async () => {
    const id = await conversationOf(2);
    await reindex();
    const search = openSearch(database);
    const [best] = await search.find(GATEWAY, 'Which harbours did I speak of?', { conversationId: id }, new Date());
    expect(best?.matched).toEqual(['harbours', 'speak']);
    expect(await search.find(GATEWAY, '?!', { conversationId: id }, new Date())).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConversationId, idToUuid, newId } from '@openclaw/words';
import { OutlineStore, ReindexStore } from '@openclaw/conversations';
import { Database } from '@openclaw/db';
import type { ModelClient, ModelEvent, ModelRequest } from '@openclaw/language-model';
import { openSearch } from '@openclaw/memory';
import { silentLogger } from '@openclaw/telemetry';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { Describer } from './describer.js';
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

  it('names a conversation after its first turn, and keeps a title that is there', async () => {
    const id = await conversationOf(2);
    const describer = new Describer({ outline, model: new EchoModel(), logger: silentLogger() });
    await describer.name(id, attempt());
    await describer.name(id, attempt());
    expect((await outline.find(id, 10))?.title).toBe('Summary 1');
  });

  it('extracts title and summary where there is no language model, or it fails to the last', async () => {
    for (const model of [new EchoModel('builtin'), new EchoModel('test', true)]) {
      const id = await conversationOf(60);
      const describer = new Describer({ outline, model, logger: silentLogger() });
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
    const describer = new Describer({ outline, model, logger: silentLogger() });
    await Promise.all([describer.summarise(id, attempt()), describer.summarise(id, attempt())]);
    const found = await outline.find(id, 200);
    expect(found?.uncovered.map((message) => message.content.split(' ')[2])).toEqual(Array.from({ length: 30 }, (_, index) => String(index + 50)));
    await describer.summarise(id, attempt());
    expect((await outline.find(id, 200))?.summaryThrough).toBe(found?.summaryThrough);
  });

  it('a model that fails is asked again later, and writes nothing meanwhile', async () => {
    const id = await conversationOf(60);
    const describer = new Describer({ outline, model: new EchoModel('test', true), logger: silentLogger() });
    await expect(describer.name(id, attempt())).rejects.toThrow('the provider is down');
    await expect(describer.summarise(id, attempt())).rejects.toThrow('the provider is down');
    expect(await outline.find(id, 10)).toMatchObject({ title: null, summary: null });
  });

  it('a conversation that is gone leaves nothing to do', async () => {
    const describer = new Describer({ outline, model: new EchoModel(), logger: silentLogger() });
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

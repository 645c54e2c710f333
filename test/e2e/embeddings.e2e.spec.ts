import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { memoryResultsSchema, memoryStatsSchema } from '@openclaw/memory';
import { statusSchema } from '@openclaw/words';
import { ask, expectStatus } from '../support/api.js';
import { captureLog, type CapturedLog } from '../support/captured-log.js';
import { type EmbeddingsServer, startEmbeddingsServer, TROUBLES, well } from '../support/embeddings-server.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const KEY = 'sk-only-workers-may-see-it';
const FILLER = [
  'The train was late again',
  'My sister moved to Lisbon',
  'We watched a film about ships',
  'The shelf needs another screw',
  'Call the dentist on Friday',
  'The garden gate is blue',
  'Piano lessons begin in May',
];

describe('embeddings', () => {
  let server: EmbeddingsServer;
  let system: TestSystem;
  let gateway: TestGateway;
  let log: CapturedLog;

  beforeAll(async () => {
    server = await startEmbeddingsServer();
    log = captureLog();
    system = await createTestSystem(
      {
        OPENCLAW_MEMORY__EMBEDDINGS__PROVIDER: 'openai-compatible',
        OPENCLAW_MEMORY__EMBEDDINGS__BASE_URL: server.url,
        OPENCLAW_MEMORY__EMBEDDINGS__MODEL: 'meanings',
        OPENCLAW_MEMORY__EMBEDDINGS__API_KEY: KEY,
        OPENCLAW_MEMORY__EMBEDDINGS__TIMEOUT_MS: '500',
      },
      log.logger,
    );
    gateway = await system.startGateway();
    await system.startWorker();
  });
  afterAll(async () => {
    await system.close();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    server.manner = well;
  });

  const post = (path: string, json: object): Promise<Response> => gateway.request(`/api/v1/memory${path}`, { method: 'POST', json });
  const search = async (query: string): Promise<ReturnType<typeof memoryResultsSchema.parse>> =>
    memoryResultsSchema.parse(await expectStatus(await post('/search', { query }), 200));
  const stats = async (): Promise<ReturnType<typeof memoryStatsSchema.parse>['embeddings']> =>
    memoryStatsSchema.parse(await expectStatus(await gateway.request('/api/v1/memory/stats'), 200)).embeddings;
  const embedder = async (): Promise<unknown> =>
    statusSchema.parse(await expectStatus(await gateway.request('/api/v1/status'), 200)).memory.embedder;
  const isEmbedded = (): Promise<boolean> => until('every entry has its vector', async () => (await stats()).pending === 0);

  it('what was said and saved is found by its meaning, whatever its words, and the status says who made the vectors', async () => {
    await expectStatus(await post('', { entries: FILLER.map((content) => ({ content, kind: 'fact' })) }), 201);
    const said = await ask(gateway, '我有一只小狗');
    await isEmbedded();
    await until('the question has its vector in time', async () => (await search('Do I have a puppy?')).embeddings === 'used');
    const found = await until('an answer by meaning', async () => {
      const { embeddings, results } = await search('Do I have a puppy?');
      return embeddings === 'used' ? results : null;
    });
    expect(found[0]).toMatchObject({ conversation_id: said.conversation_id });
    expect(await stats()).toMatchObject({ provider: 'openai-compatible', pending: 0 });
    await until('the worker has said how it does', async () => JSON.stringify(await embedder()).includes('"ok"'));
    expect(await embedder()).toEqual({ provider: 'openai-compatible', model: 'meanings', state: 'ok', last_error: null });
    expect(server.keys.every((key) => key === `Bearer ${KEY}`)).toBe(true);
  });

  it.each(Object.keys(TROUBLES))('an embedder that %s: search answers all the same, by words', async (trouble) => {
    server.manner = TROUBLES[trouble] ?? well;
    const { results, embeddings } = await search('Which film was about ships?');
    expect(embeddings).not.toBe('used');
    expect(results[0]?.content).toBe('We watched a film about ships');
  });

  it('messages are taken and searched while the embedder is away, the status says so, and what was said meanwhile is embedded later', async () => {
    server.manner = TROUBLES['answers 500'] ?? well;
    const said = await ask(gateway, 'The bicycle is chained to the lantern');
    await until('the trouble is seen', async () => JSON.stringify(await embedder()).includes('unavailable'));
    expect(await embedder()).toMatchObject({ state: 'unavailable', last_error: expect.any(String) });
    expect((await search('Where is the bicycle chained?')).results[0]).toMatchObject({ conversation_id: said.conversation_id });
    expect((await stats()).pending).toBeGreaterThan(0);
  });

  it('invariant 11: neither the key nor what was said is in the log', () => {
    for (const secret of [KEY, 'bicycle', '小狗']) expect(log.text()).not.toContain(secret);
  });
});

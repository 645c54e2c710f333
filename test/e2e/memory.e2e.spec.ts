import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  addedMemorySchema,
  compactingSchema,
  memoryDocumentSchema,
  memoryDocumentsSchema,
  memoryResultsSchema,
  memorySchema,
  memoryStatsSchema,
  prunedMemorySchema,
} from '@openclaw/memory';
import { idToUuid, newId } from '@openclaw/words';
import { ask, expectError, expectStatus, issuePaths } from '../support/api.js';
import { NASTY_KINDS } from '../support/nasty-texts.js';
import { seededRandom } from '../support/seeded-random.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const PATH = '/api/v1/memory';

describe('memory', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const send = (method: string, path: string, json?: unknown): Promise<Response> =>
    gateway.request(`${PATH}${path}`, { method, ...(json === undefined ? {} : { json }) });
  const search = async (json: object): Promise<ReturnType<typeof memoryResultsSchema.parse>> =>
    memoryResultsSchema.strict().parse(await expectStatus(await send('POST', '/search', json), 200));

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker();
  });
  afterAll(() => system.close());

  it('201, 200, 204: one is added, read, corrected, found and forgotten', async () => {
    const added = memorySchema
      .strict()
      .parse(await expectStatus(await send('POST', '', { content: 'The spare key is with Vera', kind: 'fact', tags: ['home'] }), 201));
    expect(added).toMatchObject({
      content: 'The spare key is with Vera',
      kind: 'fact',
      importance: 0.7,
      pinned: false,
      tags: ['home'],
      provenance: 'owner',
    });
    expect(await expectStatus(await send('GET', `/${added.id}`), 200)).toEqual(added);
    const patched = await expectStatus(await send('PATCH', `/${added.id}`, { content: 'The spare key is with Walter', pinned: true }), 200);
    expect(patched).toMatchObject({ id: added.id, content: 'The spare key is with Walter', pinned: true });
    expect((await search({ query: 'Who has the spare key?' })).results[0]).toMatchObject({
      id: added.id,
      type: 'wal',
      content: 'The spare key is with Walter',
      matched: ['spare', 'key'],
    });
    expect((await search({ query: 'Vera' })).results).toEqual([]);
    expect((await send('DELETE', `/${added.id}`)).status).toBe(204);
    await expectError(await send('GET', `/${added.id}`), 'not_found');
  });

  it('201: several are kept in their order, with author, time and thread', async () => {
    const entries = [
      { content: 'Shall we go to the lake?', author: 'Ann', at: '2026-05-01T09:00:00Z', thread: 'chat 1' },
      { content: 'Rather to the mountains', author: 'Bo', at: '2026-05-01T11:01:00+02:00', thread: 'chat 1' },
    ];
    const body = addedMemorySchema.parse(await expectStatus(await send('POST', '', { entries }), 201));
    const { memories } = body as { memories: unknown[] }; // several were sent
    expect(memories).toMatchObject([
      { content: 'Shall we go to the lake?', author: 'Ann', at: '2026-05-01T09:00:00.000Z', thread: 'chat 1', kind: 'message' },
      { content: 'Rather to the mountains', author: 'Bo', at: '2026-05-01T09:01:00.000Z', thread: 'chat 1', kind: 'message' },
    ]);
    const { results, total } = await search({ query: 'Where did Bo want to go, to the mountains?' });
    expect(results[0]).toMatchObject({ author: 'Bo', before: 'Shall we go to the lake?', thread: 'chat 1' });
    expect(total).toBeGreaterThanOrEqual(1);
  });

  it('200: what is said in one conversation is found, and used in another', async () => {
    const said = await ask(gateway, 'My bicycle is a green Peugeot from 1982');
    expect((await search({ query: 'Peugeot', conversation_id: said.conversation_id })).results[0]).toMatchObject({
      conversation_id: said.conversation_id,
      kind: 'message',
    });
    const answer = await ask(gateway, '/recall Peugeot');
    expect(answer.content).toContain('My bicycle is a green Peugeot from 1982');
    expect((await ask(gateway, '/remember The cat is called Minka')).content).toContain('Remembered');
    expect((await ask(gateway, '/recall Minka')).content).toContain('The cat is called Minka');
  });

  it('200: statistics count what there is', async () => {
    const stats = memoryStatsSchema.strict().parse(await expectStatus(await send('GET', '/stats'), 200));
    expect(stats.wal.entries).toBeGreaterThan(0);
    expect(stats).toMatchObject({ compacted: { files: 0, last_compaction: null }, embeddings: { provider: null, indexed: 0, pending: 0 } });
    expect(stats.by_type.fact).toBe(1);
  });

  it('200: prune counts with dry_run and lets go with confirm', async () => {
    await send('POST', '', { content: 'to be pruned', kind: 'event', at: '2001-01-01' });
    const prune = async (json: object): Promise<unknown> =>
      prunedMemorySchema.strict().parse(await expectStatus(await send('DELETE', '/prune', json), 200));
    expect(await prune({ before: '2002-01-01', dry_run: true })).toEqual({
      pruned: 1,
      freed_mb: 0,
      dry_run: true,
      by_type: { wal: 1, compacted: 0 },
    });
    expect(await prune({ before: '2002-01-01', dry_run: true, confirm: true })).toMatchObject({ pruned: 1, dry_run: true });
    expect(await prune({ before: '2002-01-01', confirm: true })).toMatchObject({ pruned: 1, dry_run: false });
    expect(await prune({ before: '2002-01-01', confirm: true })).toMatchObject({ pruned: 0 });
  });

  it('202: documents are made on demand by a worker, read as Markdown and found', async () => {
    await send('POST', '', { content: 'My favourite harbour is Santander' });
    await send('POST', '', { content: 'My favourite harbour is Bergen' });
    const { id } = compactingSchema.strict().parse(await expectStatus(await send('POST', '/compact', {}), 202));
    await until(
      'the work is done',
      async () => (await system.services.sql(`SELECT FROM work WHERE id = $1 AND status = 'done'`, [idToUuid(id)])).length === 1,
    );
    const { documents } = memoryDocumentsSchema.parse(await expectStatus(await send('GET', '/documents'), 200));
    expect(documents.map(({ name }) => name)).toContain('facts');
    const facts = memoryDocumentSchema.parse(await expectStatus(await send('GET', '/documents/facts'), 200));
    expect(facts.content).toMatch(/- My favourite harbour is Bergen \(.*\n.*~~My favourite harbour is Santander~~/s);
    const { results } = await search({ query: 'favourite harbour', type: 'compacted' });
    expect(results[0]).toMatchObject({
      type: 'compacted',
      document: 'facts',
      content: 'My favourite harbour is Bergen',
      sources: [expect.stringMatching(/^mem_/)],
    });
    expect((await search({ query: 'favourite harbour' })).results.map(({ content, superseded }) => [content, superseded])).toEqual([
      ['My favourite harbour is Bergen', false],
      ['My favourite harbour is Santander', true],
    ]);
    expect(memoryStatsSchema.parse(await expectStatus(await send('GET', '/stats'), 200)).compacted.files).toBe(documents.length);
    await expectError(await send('GET', '/documents/tasks'), 'not_found');
  });

  it.each([
    ['POST', '', {}, ['content']],
    ['POST', '', { content: ' ' }, ['content']],
    ['POST', '', { content: 'x', kind: 'rumour' }, ['kind']],
    ['POST', '', { content: 'x', importance: 2 }, ['importance']],
    ['POST', '', { content: 'x', at: 'yesterday' }, ['at']],
    ['POST', '', { content: 'a\u0000b' }, ['content']],
    ['POST', '', { content: 'x', colour: 'red' }, ['colour']],
    ['POST', '', { entries: [] }, ['entries']],
    ['POST', '', { entries: [{ content: 'x' }], content: 'x' }, ['content']],
    ['POST', '', { entries: Array.from({ length: 501 }, () => ({ content: 'x' })) }, ['entries']],
    ['POST', '', { content: 'x', person: 'two words' }, ['person']],
    ['POST', '/search', {}, ['query']],
    ['POST', '/search', { query: '' }, ['query']],
    ['POST', '/search', { query: 'a\u0000b' }, ['query']],
    ['POST', '/search', { query: 'half a character: \ud83d' }, ['query']],
    ['POST', '/search', { query: 'x'.repeat(100_001) }, ['query']],
    ['POST', '/search', { query: 'x', limit: 0 }, ['limit']],
    ['POST', '/search', { query: 'x', type: 'other' }, ['type']],
    ['POST', '/search', { query: 'x', since: '2026-13-01' }, ['since']],
    ['POST', '/search', { query: 'x', conversation_id: 'msg_x' }, ['conversation_id']],
    ['DELETE', '/prune', { confirm: true }, ['before']],
    ['DELETE', '/prune', { type: 'wal', confirm: true }, ['before']],
    ['DELETE', '/prune', { before: '2020-01-01' }, ['confirm']],
    ['DELETE', '/prune', {}, ['before', 'confirm']],
    ['GET', '/mem_nonsense', undefined, ['id']],
    ['GET', '/stats?what=ever', undefined, ['what']],
    ['GET', '/documents/passwords', undefined, ['name']],
    ['POST', '/compact', { now: true }, ['now']],
    ['PATCH', `/${newId('mem')}`, { author: 'me' }, ['author']],
  ])('400: %s %s with %j names %j', async (method, path, json, paths) => {
    expect(issuePaths(await expectError(await send(method, path, json), 'bad_request'))).toEqual(paths);
  });

  it('404: what is not there', async () => {
    for (const [method, json] of [
      ['GET', undefined],
      ['PATCH', { pinned: true }],
      ['DELETE', undefined],
    ] as const) {
      await expectError(await send(method, `/${newId('mem')}`, json), 'not_found');
    }
  });

  it.each(Object.keys(NASTY_KINDS))('a question may be anything: %s, short and as long as may be', async (kind) => {
    const random = seededRandom(11);
    for (const characters of [3, 300, 99_000]) {
      const query = NASTY_KINDS[kind]?.(random, characters).slice(0, 100_000).toWellFormed() ?? '';
      expect([200, 400]).toContain((await send('POST', '/search', { query })).status);
    }
  });

  it.each(['-'.repeat(200), '%', "' OR 1=1 --", 'a'.repeat(100_000), '日本語', '🎉', '& | ! :*', '()', '\\'])(
    'any text is a query: %j',
    async (query) => {
      expect((await send('POST', '/search', { query })).status).toBe(200);
      expect([200, 400]).toContain((await gateway.request(`/api/v1/conversations?q=${encodeURIComponent(query.slice(0, 3000))}`)).status);
    },
  );

  describe('Idempotency-Key', () => {
    const keyed = (key: string, json: object): Promise<Response> =>
      gateway.request(PATH, { method: 'POST', json, headers: { 'idempotency-key': key } });
    const countOf = async (content: string): Promise<number> =>
      (await system.services.sql('SELECT FROM memory_entries WHERE body = $1', [content])).length;

    it('201: sent again, also five times at once, it is kept once and answered alike', async () => {
      const replies = await Promise.all(Array.from({ length: 5 }, () => keyed('once', { content: 'kept by key' })));
      const again = await keyed('once', { content: 'kept by key' });
      const bodies = await Promise.all([...replies, again].map((reply) => expectStatus(reply, 201)));
      expect(new Set(bodies.map((body) => memorySchema.parse(body).id)).size).toBe(1);
      expect(replies.filter((reply) => reply.headers.get('idempotency-replayed') === 'true')).toHaveLength(4);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(await countOf('kept by key')).toBe(1);
    });

    it('201: several stand under one key, all of them', async () => {
      const entries = [{ content: 'first by key' }, { content: 'second by key' }];
      const first = await expectStatus(await keyed('several', { entries }), 201);
      expect(await expectStatus(await keyed('several', { entries }), 201)).toEqual(first);
      expect(await countOf('second by key')).toBe(1);
    });

    it('409: for another text, and nothing of it is kept', async () => {
      await expectStatus(await keyed('taken', { content: 'by the first' }), 201);
      await expectError(await keyed('taken', { content: 'by the second' }), 'conflict');
      expect(await countOf('by the second')).toBe(0);
    });

    it('404: what it kept was forgotten since, and is not kept anew', async () => {
      const { id } = memorySchema.parse(await expectStatus(await keyed('gone', { content: 'forgotten by key' }), 201));
      expect((await send('DELETE', `/${id}`)).status).toBe(204);
      await expectError(await keyed('gone', { content: 'forgotten by key' }), 'not_found');
    });

    it('201: a key that is a day old is free, and is forgotten', async () => {
      await expectStatus(await keyed('old', { content: 'kept yesterday' }), 201);
      await system.services.sql(`UPDATE used_keys SET created_at = now() - interval '25 hours' WHERE key = 'old'`);
      expect((await keyed('old', { content: 'kept today' })).headers.has('idempotency-replayed')).toBe(false);
      await system.services.sql(`UPDATE used_keys SET created_at = now() - interval '25 hours' WHERE key = 'old'`);
      await system.services.sql(`UPDATE work SET run_at = now() WHERE kind = 'idempotency.forget' AND status = 'waiting'`);
      await until(
        'it is forgotten',
        async () => (await system.services.sql(`SELECT FROM used_keys WHERE key = 'old'`)).length === 0,
        30_000,
      );
    }, 40_000);
  });
});

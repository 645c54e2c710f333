import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, idToUuid, type MemoryId, newId, OWNER } from '@openclaw/words';
import { GATEWAY, person } from '../../../../test/support/callers.js';
import { RunStage } from '../../../../test/support/run-stage.js';
import { seededRandom } from '../../../../test/support/seeded-random.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { type Memory, type MemoryResults, memorySchema, searchMemorySchema } from './memory.schema.js';
import { openMemory } from './memory.module.js';
import type { MemoryService } from './memory.service.js';
import { TermsStore } from './terms.store.js';

const DAY_MS = 86_400_000;

describe('MemoryService', () => {
  let services: TestServices;
  let stage: RunStage;
  let memory: MemoryService;
  let terms: TermsStore;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
    memory = openMemory(stage.database);
    terms = new TermsStore(stage.database);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(() => services.sql('DELETE FROM memory_entries'));

  const one = async (content: string, more: object = {}, caller: Caller = GATEWAY): Promise<Memory> =>
    memorySchema.parse((await memory.add(caller, { content, ...more })).memory);
  const search = (query: string, more: object = {}, caller: Caller = GATEWAY): Promise<MemoryResults> =>
    memory.search(caller, searchMemorySchema.parse({ query, ...more }));
  const contents = async (query: string, more: object = {}, caller: Caller = GATEWAY): Promise<string[]> =>
    (await search(query, more, caller)).results.map(({ content }) => content);
  const talk = async (
    thread: string,
    turns: readonly (readonly [author: string, content: string])[],
    at = '2026-05-04T10:00:00Z',
  ): Promise<void> => {
    await memory.add(GATEWAY, { entries: turns.map(([author, content]) => ({ author, content, thread, at, pinned: false, tags: [] })) });
  };
  const count = async (): Promise<void> => {
    while (await terms.count());
  };

  it('keeps what it is given, and several in their order', async () => {
    const fact = await one('Bo is my dog', { tags: ['pets'], pinned: true, importance: 0.9 });
    expect(fact).toMatchObject({
      kind: 'fact',
      content: 'Bo is my dog',
      author: OWNER,
      importance: 0.9,
      pinned: true,
      tags: ['pets'],
      provenance: 'owner',
      recalls: 0,
    });
    expect(await memory.get(GATEWAY, fact.id)).toEqual(fact);
    const entries = ['one', 'two', 'three'].map((content) => ({ content, thread: 't', pinned: false, tags: [] }));
    const { memory: added } = await memory.add(GATEWAY, { entries });
    expect(added).toMatchObject({ memories: entries.map(({ content }) => ({ content, kind: 'message', thread: 't' })) });
  });

  it('404: what is not there, and what is another person’s, looks the same', async () => {
    const { id } = await one('Bo is my dog');
    for (const [caller, wanted] of [
      [GATEWAY, newId('mem')],
      [person('guest'), id],
    ] as const) {
      await expect(memory.get(caller, wanted)).rejects.toMatchObject({ code: 'not_found' });
      await expect(memory.patch(caller, wanted, { pinned: true })).rejects.toMatchObject({ code: 'not_found' });
      await expect(memory.patch(caller, wanted, { content: 'x' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(memory.forget(caller, wanted)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await memory.get(GATEWAY, id)).content).toBe('Bo is my dog');
  });

  it('a corrected memory is found by its new words only, and nothing keeps the old ones', async () => {
    const { id } = await one('My dentist is Doctor Wurzelbacher', { tags: ['health'] });
    await count();
    const patched = await memory.patch(GATEWAY, id, { content: 'My dentist is Doctor Chen', importance: 0.5 });
    expect(patched).toMatchObject({ id, content: 'My dentist is Doctor Chen', importance: 0.5, tags: ['health'] });
    expect(await contents('Wurzelbacher')).toEqual([]);
    expect(await contents('Chen')).toEqual(['My dentist is Doctor Chen']);
    expect(await services.sql(`SELECT term FROM memory_terms WHERE term LIKE 'wurz%'`)).toEqual([]);
  });

  it('an answer is found by the question before it, with its neighbours', async () => {
    await talk('t', [
      ['Ann', 'Lovely weather today'],
      ['Ann', 'What is your favourite board game?'],
      ['Bo', 'Carcassonne, without doubt'],
      ['Ann', 'Nice'],
    ]);
    const { results } = await search('favourite board game');
    expect(results.slice(0, 2).map(({ content }) => content)).toContain('Carcassonne, without doubt');
    expect(results.find(({ author }) => author === 'Bo')).toMatchObject({
      before: 'What is your favourite board game?',
      after: 'Nice',
      thread: 't',
      matched: [],
    });
    expect(results.find(({ content }) => content.startsWith('What'))?.matched).toEqual(['favourite', 'board', 'game']);
  });

  it('who is named in the question said it, where two said it', async () => {
    await talk('t', [
      ['Ann', 'I like hiking in autumn'],
      ['Bo', 'I like hiking in autumn, too'],
    ]);
    expect((await search('What does Bo say about hiking?')).results[0]?.author).toBe('Bo');
    expect((await search('What does Ann say about hiking?')).results[0]?.author).toBe('Ann');
  });

  it.each([
    ['Wiliams', 'The Williams family visits'],
    ['Carcasonne', 'We played Carcassonne'],
    ['restuarant', 'A restaurant by the river'],
    ['Kowalksi', 'Mrs Kowalski called'],
  ])('a name with a typing error (%s) finds it', async (typed, said) => {
    await one(said);
    await one('Something else altogether');
    expect(await contents(typed)).toEqual([said]);
  });

  it.each([
    ['上海', '我家在上海东边'],
    ['天気', '今日の天気は晴れです'],
    ['서울', '우리는 서울에서 살아요'],
    ['ירושלים', 'אני גר בירושלים'],
    ['كتاب', 'قرأت الكتاب'],
    ['เชียงใหม่', 'ฉันอยากไปเที่ยวเชียงใหม่'],
    ['Straße', 'DIE STRASSE IST LANG'],
    ['Wo ist die 上海 Straße?', '上海 Strasse 5'],
  ])('%s is found in its language', async (query, said) => {
    await one(said);
    await one('Something else altogether');
    expect(await contents(query)).toEqual([said]);
  });

  describe('times in a question', () => {
    const ago = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();
    it.each([
      ['What did I do yesterday?', 1],
      ['was war gestern', 1],
      ['昨天做了什么', 1],
      ['昨日は何をした', 1],
      ['어제 뭐 했지', 1],
      ['ماذا فعلت أمس', 1],
      ['เมื่อวานทำอะไร', 1],
      ['what happened two weeks ago?', 14],
      ['was geschah vor zwei Wochen?', 14],
      ['两周前发生了什么', 14],
      ['2週間前', 14],
    ])('%s: of two equal entries the one of that time comes first', async (query, days) => {
      await one('We went for a long walk', { at: ago(days) });
      await one('We went for a short walk', { at: ago(days + 100) });
      await one('We went for no walk', { at: ago(days + 50) });
      expect((await contents(`${query} walk`))[0]).toBe('We went for a long walk');
    });

    it('a question that names nothing but a time finds what was said then', async () => {
      await one('Bought a bicycle', { at: ago(1) });
      await one('Sold a car', { at: ago(40) });
      expect(await contents('yesterday?')).toEqual(['Bought a bicycle']);
    });
  });

  it('scores have their parts, and results are in the order of their sum', async () => {
    await one('The ferry leaves at nine', { at: new Date(Date.now() - 90 * DAY_MS).toISOString(), importance: 0.1 });
    await one('The ferry leaves at ten', { importance: 1 });
    const { results, total, embeddings } = await search('ferry');
    expect(results.map(({ content }) => content)).toEqual(['The ferry leaves at ten', 'The ferry leaves at nine']);
    expect(total).toBe(2);
    expect(embeddings).toBe('off');
    for (const { score, scores } of results) {
      for (const part of Object.values(scores)) expect(part).toBeGreaterThanOrEqual(0);
      for (const part of Object.values(scores)) expect(part).toBeLessThanOrEqual(1);
      expect(score).toBeCloseTo(0.4 * scores.relevance + 0.3 * scores.importance + 0.2 * scores.recency + 0.1 * scores.frequency, 6);
    }
    expect(results[1]?.scores.recency).toBeCloseTo(0.125, 2);
    const least = results[0]?.score ?? 0;
    expect((await search('ferry', { min_score: least - 1e-3 })).results).toHaveLength(1);
  });

  it('since, until, type, limit and conversation_id narrow a search', async () => {
    await one('ferry one', { at: '2026-01-01T00:00:00Z' });
    await one('ferry two', { at: '2026-02-01T00:00:00Z' });
    const { conversationId } = await stage.ask('ferry three');
    expect(await contents('ferry', { until: '2026-01-15' })).toEqual(['ferry one']);
    expect(await contents('ferry', { since: '2026-01-15', until: '2026-02-15' })).toEqual(['ferry two']);
    expect(await contents('ferry', { conversation_id: conversationId })).toEqual(['ferry three']);
    expect(await contents('ferry', { conversation_id: newId('conv') })).toEqual([]);
    expect(await contents('ferry', { type: 'compacted' })).toEqual([]);
    expect(await search('ferry', { limit: 1 })).toMatchObject({ results: [{}], total: 3 });
  });

  it('what a message says is found at once, and goes with its conversation: no row, count or word is left', async () => {
    const asked = await stage.ask('My neighbour is called Zacharias Quibble');
    const run = await stage.take(asked.runId);
    await stage.finish(run, 'completed', 'Good to know about Quibble');
    expect((await search('Quibble')).results.map(({ provenance, author }) => [provenance, author])).toEqual([
      ['owner', OWNER],
      ['agent', 'assistant'],
    ]);
    await count();
    await stage.conversations.delete(GATEWAY, asked.conversationId);
    expect((await search('Quibble')).results).toEqual([]);
    for (const table of ['memory_entries', 'memory_terms', 'memory_uncounted'])
      expect(await services.sql(`SELECT * FROM ${table}`)).toEqual([]);
    expect(await memory.stats(GATEWAY)).toMatchObject({ wal: { entries: 0, size_mb: 0, oldest_entry: null }, total_size_mb: 0 });
  });

  it('a message that is forgotten stays in its conversation and is found there', async () => {
    const asked = await stage.ask('The code of the bicycle lock is Xylophone');
    const [found] = (await search('xylophone')).results;
    await count();
    await memory.forget(GATEWAY, found?.id ?? newId('mem'));
    expect((await search('xylophone')).results).toEqual([]);
    expect((await memory.stats(GATEWAY)).wal.entries).toBe(0);
    const listed = await stage.conversations.list(GATEWAY, { q: 'xylophone', limit: 20, offset: 0 });
    expect(listed.conversations.map(({ id }) => id)).toEqual([asked.conversationId]);
  });

  describe('prune', () => {
    const request = { type: 'all', confirm: true, dry_run: false } as const;

    it('lets go of what the criteria name together, and of nothing that is pinned', async () => {
      await one('old and dull', { at: '2020-01-01', importance: 0.1 });
      await one('old and dear', { at: '2020-01-01', importance: 0.9 });
      await one('old and pinned', { at: '2020-01-01', importance: 0.1, pinned: true });
      await one('new and dull', { importance: 0.1 });
      await count();
      const criteria = { ...request, before: '2021-01-01', max_importance: 0.5 };
      expect(await memory.prune(GATEWAY, { ...criteria, dry_run: true })).toMatchObject({
        pruned: 1,
        dry_run: true,
        by_type: { wal: 1, compacted: 0 },
      });
      expect((await memory.stats(GATEWAY)).wal.entries).toBe(4);
      expect(await memory.prune(person('guest'), criteria)).toMatchObject({ pruned: 0 });
      expect(await memory.prune(GATEWAY, criteria)).toMatchObject({ pruned: 1, dry_run: false });
      expect((await contents('old dull new dear pinned')).sort()).toEqual(['new and dull', 'old and dear', 'old and pinned']);
      expect(await memory.prune(GATEWAY, { ...request, kinds: ['task'] })).toMatchObject({ pruned: 0 });
      expect(await memory.prune(GATEWAY, { ...request, type: 'compacted', kinds: ['fact'] })).toMatchObject({ pruned: 0 });
      expect(await memory.prune(GATEWAY, { ...request, unused_for_days: 1 })).toMatchObject({ pruned: 0 });
      expect(await memory.prune(GATEWAY, { ...request, kinds: ['fact'] })).toMatchObject({ pruned: 2 });
    });

    it('counts a message that stays in its conversation as freed by nothing', async () => {
      await stage.ask('hello there');
      await count();
      expect(await memory.prune(GATEWAY, { ...request, kinds: ['message'] })).toMatchObject({ pruned: 1, freed_mb: 0 });
      expect(await memory.stats(GATEWAY)).toMatchObject({ wal: { entries: 0 }, by_type: { message: 0 } });
    });
  });

  it.each([
    '%',
    '_',
    '\\',
    '"',
    "'",
    "a' | 'b",
    ':*',
    '日本語',
    '🎉',
    '-'.repeat(200),
    'x'.repeat(100_000),
    '& | ! ( ) <->',
    '\ud83d',
    '()'.repeat(500),
    'a:*b',
    '<b>',
    ' ',
  ])('any input is a question: %j', async (query) => {
    await one('An entry that is there');
    expect((await search(query)).total).toBeLessThanOrEqual(1);
  });

  it('persons: whatever three do at once, none is ever shown a word of another', async () => {
    const random = seededRandom(7);
    const persons = [OWNER, 'telegram:1', 'telegram:group:-2'] as const;
    const mark = (whose: string): string => `mark${String(persons.findIndex((other) => other === whose))}x`;
    const kept = new Map<string, Map<MemoryId, string>>(persons.map((each) => [each, new Map()]));
    interface Step {
      step: number;
      name: string;
      caller: Caller;
      mine: Map<MemoryId, string>;
      chosen: MemoryId | undefined;
      dice: number;
    }
    async function doOne({ step, name, caller, mine, chosen, dice }: Step): Promise<void> {
      if (dice < 0.5 || chosen === undefined) {
        const content = `shared words ${mark(name)} number ${String(step)}`;
        mine.set((await one(content, {}, caller)).id, content);
      } else if (dice < 0.6) {
        await memory.forget(caller, chosen);
        mine.delete(chosen);
      } else if (dice < 0.7) {
        await memory.patch(caller, chosen, { content: `${mark(name)} corrected ${String(step)}` });
      } else if (dice < 0.75) {
        await terms.count(name);
      } else {
        await look(name, caller, mine.size, chosen);
      }
    }
    async function look(name: string, caller: Caller, size: number, chosen: MemoryId): Promise<void> {
      const found = await search(`shared words ${persons.map(mark).join(' ')}`, { limit: 100 }, caller);
      expect(found.results.every(({ content, person: whose }) => content.includes(mark(name)) && whose === name)).toBe(true);
      expect(found.total).toBe(size);
      const stranger = persons.find((other) => other !== name) ?? OWNER;
      await expect(memory.get(person(stranger), chosen)).rejects.toMatchObject({ code: 'not_found' });
    }
    for (let step = 0; step < 200; step += 1) {
      const name = persons[Math.floor(random() * 3)] ?? OWNER;
      const caller = person(name);
      const mine = kept.get(name) ?? new Map<MemoryId, string>();
      const known = [...mine.keys()];
      const chosen = known[Math.floor(random() * known.length)];
      await doOne({ step, name, caller, mine, chosen, dice: random() });
      expect((await memory.stats(caller)).wal.entries).toBe(mine.size);
    }
    await count();
    // What is counted is what a fresh count of all entries says.
    const fresh = await services.sql(
      'SELECT person, term, count(*)::int AS entries FROM memory_entries, unnest(tsvector_to_array(terms)) AS term GROUP BY person, term ORDER BY 1, 2',
    );
    expect(await services.sql('SELECT person, term, entries FROM memory_terms ORDER BY 1, 2')).toEqual(fresh);
    await services.sql('DELETE FROM memory_entries WHERE person = $1', ['telegram:1']);
    expect(await services.sql('SELECT term FROM memory_terms WHERE person = $1', ['telegram:1'])).toEqual([]);
    expect((await memory.stats(person(OWNER))).wal.entries).toBe(kept.get(OWNER)?.size);
  }, 120_000);

  it('a message is an entry in its place, a long one several, an empty reply none', async () => {
    const asked = await stage.ask('hello there');
    await stage.finish(await stage.take(asked.runId), 'completed', 'A sentence of some words. '.repeat(200));
    const next = await stage.ask('go on', { conversationId: asked.conversationId });
    await stage.finish(await stage.take(next.runId), 'failed', '');
    const rows = await services.sql<{ position: number; author: string; message_id: string }>(
      'SELECT position, author, message_id FROM memory_entries WHERE conversation_id = $1 ORDER BY position',
      [idToUuid(asked.conversationId)],
    );
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_row, index) => index + 1));
    expect(rows.map(({ author }) => author)).toEqual([OWNER, 'assistant', 'assistant', 'assistant', 'assistant', OWNER]);
    expect(new Set(rows.map(({ message_id }) => message_id)).size).toBe(3);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NoVector, QuestionVector, QuestionVectors } from '@openclaw/feature';
import { newId } from '@openclaw/words';
import { meaningOf } from '../../../../test/support/embeddings-server.js';
import { GATEWAY } from '../../../../test/support/callers.js';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { DocumentsStore } from './documents.store.js';
import { EntriesStore } from './entries.store.js';
import { FiguresStore } from './figures.store.js';
import { MemorySearch } from './memory-search.js';
import { MemoryService } from './memory.service.js';
import type { MemoryResults } from './memory.schema.js';
import { DEFAULT_WEIGHTS } from './score-hits.js';
import { SearchStore } from './search.store.js';
import { TermsStore } from './terms.store.js';
import { VectorsStore } from './vectors.store.js';

const DIMENSIONS = 384;
const GUEST = { ...GATEWAY, person: 'guest', sees: 'guest' };

/** What a test wants to come of a question. */
class SettableQuestions implements QuestionVectors {
  readonly provider = 'test';
  answer: (question: string) => QuestionVector | NoVector = (question) => ({
    embedder: 'test',
    numbers: Float32Array.from(meaningOf(question, DIMENSIONS)),
  });

  ask(question: string): Promise<QuestionVector | NoVector> {
    return Promise.resolve(this.answer(question));
  }
}

describe.each([
  ['compared one by one', Infinity],
  ['found by the index', 0],
])('search by meaning, vectors %s', (_how, comparedMax) => {
  let services: TestServices;
  let stage: RunStage;
  let questions: SettableQuestions;
  let memory: MemoryService;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(async () => {
    await services.sql('DELETE FROM memory_entries');
    await services.sql('DELETE FROM memory_embedders');
    await services.sql(`INSERT INTO memory_embedders (name, dimensions, current) VALUES ('test', $1, true)`, [DIMENSIONS]);
    questions = new SettableQuestions();
    const { database } = stage;
    const vectors = new VectorsStore(database, comparedMax);
    const search = new MemorySearch(new SearchStore(database), new TermsStore(database), { questions, vectors });
    memory = new MemoryService(
      {
        entries: new EntriesStore(database),
        search,
        figures: new FiguresStore(database),
        documents: new DocumentsStore(database),
        vectors,
      },
      () => DEFAULT_WEIGHTS,
    );
  });

  const FILLER = [
    'The train was late again',
    'My sister moved to Lisbon',
    'We watched a film about ships',
    'The shelf needs another screw',
    'Call the dentist on Friday',
    'The garden gate is blue',
    'Piano lessons begin in May',
    'The old clock stopped at noon',
  ];

  async function know(caller: typeof GATEWAY, ...contents: string[]): Promise<void> {
    await memory.add(caller, { entries: contents.map((content) => ({ content, kind: 'fact', pinned: false, tags: [] })) });
    const rows = await services.sql<{ id: string; body: string }>(
      'SELECT id, body FROM memory_entries e WHERE NOT EXISTS (SELECT FROM memory_vectors v WHERE v.entry_id = e.id)',
    );
    for (const { id, body } of rows) {
      await services.sql(
        `INSERT INTO memory_vectors (entry_id, embedder_id, person, embedding) SELECT e.id, m.id, e.person, $2::halfvec FROM memory_entries e, memory_embedders m WHERE e.id = $1`,
        [id, JSON.stringify(meaningOf(body, DIMENSIONS))],
      );
    }
  }
  const ask = (query: string, more: object = {}, caller = GATEWAY): Promise<MemoryResults> =>
    memory.search(caller, { query, limit: 10, type: 'all', ...more });

  it('finds what has none of the question’s words, in another language too, and says that meaning was used', async () => {
    await know(GATEWAY, ...FILLER, '我有一只小狗，叫豆豆');
    const found = await ask('Who owns a puppy?');
    expect(found.embeddings).toBe('used');
    expect(found.results[0]).toMatchObject({ content: '我有一只小狗，叫豆豆', matched: [] });
  });

  it('words go on to count: an exact name is found though its meaning is far', async () => {
    await know(GATEWAY, ...FILLER, 'The dog eats bread', 'Ticket number XK42Z9 is for the opera');
    expect((await ask('XK42Z9')).results[0]?.content).toBe('Ticket number XK42Z9 is for the opera');
  });

  it('nothing of another person is found, however near', async () => {
    await know(GUEST, 'My dog Rex needs a new leash');
    await know(GATEWAY, ...FILLER);
    const found = await ask('Which dog needs a leash, puppy?');
    expect(found.results.map(({ content }) => content)).not.toContain('My dog Rex needs a new leash');
    expect((await ask('Which puppy?', {}, GUEST)).results.map(({ content }) => content)).toEqual([]);
    expect((await memory.stats(GUEST)).embeddings).toEqual({ provider: 'test', indexed: 1, pending: 0 });
  });

  it('keeps to a time and a conversation that are asked for', async () => {
    await know(GATEWAY, ...FILLER, 'The Hund is asleep');
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await ask('puppy', { since: later })).results).toEqual([]);
    expect((await ask('puppy', { until: later })).results[0]?.content).toBe('The Hund is asleep');
    expect((await ask('puppy', { conversation_id: newId('conv') })).results).toEqual([]);
  });

  it('what is not embedded yet is found by words beside what is', async () => {
    await know(GATEWAY, ...FILLER, 'The dog is asleep');
    await memory.add(GATEWAY, { content: 'The puppy got a red collar', kind: 'fact', pinned: false, tags: [] });
    const found = await ask('What colour has the collar of the puppy?');
    expect(found.results[0]?.content).toBe('The puppy got a red collar');
    expect((await memory.stats(GATEWAY)).embeddings).toEqual({ provider: 'test', indexed: FILLER.length + 1, pending: 1 });
  });

  it.each<[string, (question: string) => QuestionVector | NoVector, string]>([
    ['late', () => 'late', 'late'],
    ['off', () => 'off', 'off'],
    ['of an embedder that made no vectors', () => ({ embedder: 'other', numbers: Float32Array.of(1, 2) }), 'late'],
    ['of another length than those that are stored', () => ({ embedder: 'test', numbers: Float32Array.of(1, 2, 3) }), 'late'],
  ])('a question whose vector is %s is answered by words', async (_what, answer, said) => {
    await know(GATEWAY, ...FILLER, 'The dog is asleep');
    questions.answer = answer;
    const found = await ask('Where is the dog?');
    expect([found.embeddings, found.results[0]?.content]).toEqual([said, 'The dog is asleep']);
  });

  it('nothing that only stands near is found for a question of no words', async () => {
    await know(GATEWAY, ...FILLER);
    questions.answer = () => 'off';
    expect((await ask('🎉')).results).toEqual([]);
  });

  it('a memory that is forgotten leaves no vector', async () => {
    await know(GATEWAY, 'The dog is asleep');
    const [found] = (await ask('dog')).results;
    if (found) await memory.forget(GATEWAY, found.id);
    expect(await services.sql('SELECT 1 FROM memory_vectors')).toEqual([]);
  });
});

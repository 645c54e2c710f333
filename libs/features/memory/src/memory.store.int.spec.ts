import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConversationId, newId } from '@openclaw/words';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { MemoryStore } from './memory.store.js';
import { GATEWAY } from '../../../../test/support/callers.js';

describe('MemoryStore', () => {
  let services: TestServices;
  let stage: RunStage;
  let memory: MemoryStore;
  let conversationId: ConversationId;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
    memory = new MemoryStore(stage.database);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(async () => {
    await services.sql('DELETE FROM memories');
    ({ conversationId } = await stage.ask('hello'));
  });

  const remember = (content: string): Promise<void> => memory.remember(GATEWAY, newId('mem'), content, conversationId);
  const recall = async (query: string, limit = 10): Promise<string[]> => (await memory.recall(GATEWAY, query, limit)).map(({ content }) => content);

  it('invariant 6: the same id again changes nothing', async () => {
    const id = newId('mem');
    await Promise.all([1, 2, 3].map(() => memory.remember(GATEWAY, id, 'My dog is called Bo', conversationId)));
    await memory.remember(GATEWAY, id, 'something else', conversationId);
    expect(await memory.recall(GATEWAY, 'dog', 10)).toMatchObject([{ id, content: 'My dog is called Bo' }]);
    expect(await memory.stats()).toEqual({ entries: 1, bytes: 19 });
  });

  it('finds by any of the words and by stem, best first', async () => {
    await remember('I was running in the park');
    await remember('The park runs along the river, the river runs to the sea');
    await remember('Tea without sugar');
    expect(await recall('Do you run?')).toHaveLength(2);
    expect((await recall('river park'))[0]).toContain('river');
    expect(await recall('rivers, teas')).toHaveLength(2);
    expect(await recall('run', 1)).toHaveLength(1);
  });

  it.each(['', '   ', 'the of and', '!!! & | :* ()', "'; DROP TABLE memories; --", 'nowhere'])('a query without known words (%p) finds nothing and harms nothing', async (query) => {
    await remember('Tea without sugar');
    expect(await recall(query)).toEqual([]);
    expect((await memory.stats()).entries).toBe(1);
  });

  it('what was learnt in a conversation goes with it', async () => {
    await remember('Tea without sugar');
    await stage.conversations.delete(GATEWAY, conversationId);
    expect(await recall('tea')).toEqual([]);
    expect(await memory.stats()).toEqual({ entries: 0, bytes: 0 });
  });
});

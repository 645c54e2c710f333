import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, newId, OWNER } from '@openclaw/words';
import type { ClaimedRun } from '@openclaw/conversations';
import { GATEWAY, person } from '../../../../test/support/callers.js';
import { type Asked, RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { type Memory, memorySchema } from './memory.schema.js';
import { openMemory, openRecaller } from './memory.module.js';
import type { MemoryService } from './memory.service.js';
import type { Recaller } from './recaller.js';
import type { RecalledEntry } from './recalls.store.js';

describe('Recaller', () => {
  let services: TestServices;
  let stage: RunStage;
  let memory: MemoryService;
  let recaller: Recaller;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
    memory = openMemory(stage.database);
    recaller = openRecaller(stage.database);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(async () => {
    await services.sql('DELETE FROM memory_entries');
    await services.sql('DELETE FROM memory_recalls');
  });

  const save = async (content: string, caller: Caller = GATEWAY): Promise<Memory> =>
    memorySchema.parse((await memory.add(caller, { content })).memory);
  const forRun = async (run: ClaimedRun, caller = run.caller): Promise<ReadonlyMap<string, readonly RecalledEntry[]>> =>
    recaller.recall(caller, { ...run, at: run.createdAt });
  const forQuestion = async (
    content: string,
    caller: Caller = GATEWAY,
  ): Promise<{ asked: Asked; run: ClaimedRun; recalled: readonly RecalledEntry[] }> => {
    const asked = await stage.ask(content, {}, caller);
    const run = await stage.take(asked.runId);
    return { asked, run, recalled: (await forRun(run)).get(asked.questionId) ?? [] };
  };
  const recallsOf = async (id: Memory['id']): Promise<number> => (await memory.get(GATEWAY, id)).recalls;

  it('brings what was told elsewhere, with who said it and when, and counts it once however often it is asked', async () => {
    const { id } = await save('My dog is called Bo');
    await save('The weather is fine');
    const { asked, run, recalled } = await forQuestion('What is the name of my dog?');
    expect(recalled).toEqual([{ id, content: 'My dog is called Bo', author: OWNER, at: expect.any(Date), provenance: 'owner' }]);
    await save('My dog is a poodle'); // later: that turn was answered without it
    expect((await forRun(run)).get(asked.questionId)).toEqual(recalled);
    expect(await recallsOf(id)).toBe(1);
  });

  it('a thing is brought once to a conversation, and nothing that its turns say themselves', async () => {
    await save('My dog is called Bo');
    const first = await forQuestion('Tell me about my dog');
    expect(first.recalled).toHaveLength(1);
    await stage.finish(first.run, 'completed', 'Your dog is a fine one');
    const next = await stage.ask('And what does my dog eat, being a fine one?', { conversationId: first.asked.conversationId });
    const recalled = await forRun(await stage.take(next.runId));
    expect(recalled.get(first.asked.questionId)).toEqual(first.recalled);
    expect(recalled.get(next.questionId)).toEqual([]);
  });

  it('what was corrected is brought as the newer fact alone', async () => {
    const old = await save('My dentist is Doctor Wu');
    const kept = { kind: 'fact', conversationId: (await stage.ask('hello')).conversationId, channel: 'api', provenance: 'agent' } as const;
    await memory.remember(GATEWAY, { ...kept, id: newId('mem'), content: 'My dentist is Doctor Chen', replaces: old.id });
    expect((await forQuestion('Who is my dentist?')).recalled.map(({ content }) => content)).toEqual(['My dentist is Doctor Chen']);
  });

  it('what is forgotten or goes with its conversation is gone from every turn that it was shown with', async () => {
    const fact = await save('The safe opens with ZEBRA');
    const told = await stage.ask('The cellar opens with a KOALA');
    const { asked, run, recalled } = await forQuestion('What opens the safe and the cellar?');
    expect(recalled.map(({ content }) => content).sort()).toEqual(['The cellar opens with a KOALA', 'The safe opens with ZEBRA']);
    await memory.forget(GATEWAY, fact.id);
    await stage.conversations.delete(GATEWAY, told.conversationId);
    expect((await forRun(run)).get(asked.questionId)).toEqual([]);
    await stage.conversations.delete(GATEWAY, asked.conversationId);
    expect(await services.sql('SELECT * FROM memory_recalls')).toEqual([]);
  });

  it('nobody is brought what another person said, and a token that may not read memory only what its conversation says', async () => {
    await save('My dog is called Bo');
    expect((await forQuestion('What is my dog called?', person('guest'))).recalled).toEqual([]);
    expect((await forQuestion('What is my dog called?', person(OWNER, ['message']))).recalled).toEqual([]);
    expect((await forQuestion('What is my dog called?', person(OWNER, ['message', 'read']))).recalled).toHaveLength(1);
  });

  it('of a long conversation its own beginning comes first', async () => {
    const { conversationId, runId } = await stage.ask('The harbour is Santander');
    await stage.finish(await stage.take(runId));
    for (let index = 0; index < 8; index += 1) await save(`A harbour of ships, the ${String(index)}th of its kind`);
    const next = await stage.ask('Which harbour was it?', { conversationId });
    const run = await stage.take(next.runId);
    const long = { ...run, hasEarlier: true, thread: run.thread.slice(-1) };
    const [best] = (await forRun(long, person(OWNER, ['message']))).get(next.questionId) ?? [];
    expect(best?.content).toBe('The harbour is Santander');
  });
});

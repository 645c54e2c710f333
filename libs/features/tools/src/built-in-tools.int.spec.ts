import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Tool } from '@openclaw/agent';
import { AttachmentsStore, ConversationFiles } from '@openclaw/files';
import { type MemoryService, openMemory } from '@openclaw/memory';
import type { UserPart } from '@openclaw/models';
import { type Asked, RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { builtInTools } from './built-in-tools.js';
import { GATEWAY } from '../../../../test/support/callers.js';

describe('built-in tools', () => {
  let services: TestServices;
  let stage: RunStage;
  let memory: MemoryService;
  let files: ConversationFiles;
  const shown: UserPart[] = [];
  const show = (part: UserPart): void => void shown.push(part);
  let asked: Asked;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
    memory = openMemory(stage.database);
    files = new ConversationFiles({ store: new AttachmentsStore(stage.database) });
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(async () => {
    await services.sql('DELETE FROM memory_entries');
    asked = await stage.ask('hello');
  });

  const toolsOf = ({ runId, conversationId, questionId }: Asked): readonly Tool[] =>
    builtInTools({ caller: GATEWAY, runId, conversationId, channel: 'api', seen: [questionId], memory, files, show });

  function named(name: string, context = asked): Tool {
    const tool = toolsOf(context).find(({ definition }) => definition.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    return tool;
  }

  async function call(name: string, args: unknown, callId = 'call_1', context = asked): Promise<string> {
    const tool = named(name, context);
    const output = await tool.execute(tool.input.parse(args), { callId, idempotencyKey: `${context.runId}:${callId}` }, new AbortController().signal);
    return typeof output === 'string' ? output : output.text;
  }

  it('each has a name that every provider accepts, a description and an object as input', () => {
    const tools = toolsOf(asked);
    expect(new Set(tools.map(({ definition }) => definition.name)).size).toBe(tools.length);
    for (const { definition } of tools) {
      expect(definition.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      expect(definition.description).not.toBe('');
      expect(definition.inputSchema['type']).toBe('object');
    }
  });

  const saved = async (): Promise<number> => (await services.sql<{ n: number }>(`SELECT count(*)::int AS n FROM memory_entries WHERE kind <> 'message'`))[0]?.n ?? 0;

  it('invariant 6: memory_save, repeated by another attempt, keeps one memory; the same text again is the same memory', async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) await call('memory_save', { content: 'Bo is my dog' }, 'call_1');
    expect(await saved()).toBe(1);
    await call('memory_save', { content: 'Bo is my dog' }, 'call_2', await stage.ask('another run'));
    expect(await saved()).toBe(1);
    await call('memory_save', { content: 'Bo is my cat' }, 'call_1', await stage.ask('another run'));
    expect(await saved()).toBe(2);
    expect(named('memory_save').retry).toBe('safe');
  });

  it('memory_search gives what was saved and said, with who, when and its id, or says that there is nothing', async () => {
    const told = await call('memory_save', { content: 'Bo is my dog' });
    const [id = ''] = /mem_\w+/.exec(told) ?? [];
    const today = new Date().toISOString().slice(0, 10);
    expect(await call('memory_search', { query: 'dogs' })).toBe(`- Bo is my dog (assistant, ${today}, ${id})`);
    await stage.ask('The garage code is 4711');
    expect(await call('memory_search', { query: 'garage' })).toMatch(new RegExp(`^- The garage code is 4711 \\(owner, ${today}, mem_\\w+\\)$`));
    expect(await call('memory_search', { query: 'cats' })).toBe('Nothing is remembered about that.');
  });

  it('memory_search leaves out what the model has before it', async () => {
    const context = await stage.ask('Which dog do I mean?');
    expect(await call('memory_search', { query: 'Which dog do I mean?' }, 'call_1', context)).toBe('Nothing is remembered about that.');
  });

  it('memory_forget forgets a memory by its id, once', async () => {
    const [id = ''] = /mem_\w+/.exec(await call('memory_save', { content: 'Bo is my dog' })) ?? [];
    expect(await call('memory_forget', { id })).toBe(`Forgotten: ${id}`);
    expect(await call('memory_search', { query: 'dogs' })).toBe('Nothing is remembered about that.');
    await expect(call('memory_forget', { id })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('what a memory corrects comes after it, marked', async () => {
    const [old = ''] = /mem_\w+/.exec(await call('memory_save', { content: 'My dentist is Doctor Wu' })) ?? [];
    await call('memory_save', { content: 'My dentist is Doctor Chen', replaces: old }, 'call_2');
    const lines = (await call('memory_search', { query: 'Who is my dentist?' })).split('\n');
    expect(lines[0]).toContain('Chen');
    expect(lines[1]).toMatch(/Wu \(.*corrected since\)$/);
  });

  it('current_time tells the time of any zone of the IANA database, UTC by default', async () => {
    const now = await call('current_time', {});
    expect(now).toContain('UTC');
    expect(Math.abs(Date.parse(/\((.*)\)$/.exec(now)?.[1] ?? '') - Date.now())).toBeLessThan(5000);
    expect(await call('current_time', { time_zone: 'Asia/Tokyo' })).toMatch(/GMT\+9|JST/);
    expect(await call('current_time', { time_zone: 'America/St_Johns' })).toMatch(/GMT-[23]:30|N[SD]T/);
  });

  it.each(['Asia/Kolkata', 'Europe/Kyiv', 'Europe/Kiev', 'Asia/Ho_Chi_Minh', 'America/Argentina/Buenos_Aires', 'Etc/UTC', 'GMT', 'europe/berlin', '+05:30', 'UTC'])('current_time takes the zone %p, as the platform does', async (time_zone) => {
    expect(await call('current_time', { time_zone })).toMatch(/\d{4} at \d\d:\d\d/);
  });

  it.each(['Mars/Olympus', '', 'utc+25', 'Europe/berlin; x'])('invariant 8: current_time refuses the zone %p', (time_zone) => {
    expect(named('current_time').input.safeParse({ time_zone }).success).toBe(false);
  });

  it.each([
    ['memory_save', { content: ' ' }],
    ['memory_save', { content: 'x'.repeat(4001) }],
    ['memory_save', {}],
    ['memory_save', { content: 'x', kind: 'message' }],
    ['memory_search', { query: '' }],
    ['memory_search', { query: 'a', limit: 5 }],
    ['memory_forget', { id: 'conv_01h2xcejqtf2nbrexx3vqjhp41' }],
  ])(
    'invariant 8: %s refuses %j',
    (name, args) => {
      expect(named(name).input.safeParse(args).success).toBe(false);
    },
  );

  it('read_file: text piece by piece, a picture by showing it, the newest of a name; of this conversation alone', async () => {
    const store = new AttachmentsStore(stage.database);
    const later = await stage.ask('and this?', { conversationId: asked.conversationId });
    const text = (name: string, content: string): Parameters<typeof store.save>[1][number] => ({ kind: 'text', name, mediaType: 'text/plain', text: content, characters: content.length, gap: null });
    await store.save(asked.questionId, [text('notes.txt', 'old'), { kind: 'image', name: 'dot.png', mediaType: 'image/png', data: Buffer.from('dots') }]);
    await store.save(later.questionId, [text('notes.txt', `${'😀'.repeat(12_000)}the end`)]);
    const first = await call('read_file', { name: 'notes.txt' });
    expect(first).toBe(`${'😀'.repeat(12_000)}\n[There is more: call again with from 12000.]`);
    expect(await call('read_file', { name: 'NOTES.txt', from: 12_000 })).toBe('the end');
    expect(await call('read_file', { name: 'dot.png' })).toBe('It is shown with the question now.');
    expect(shown).toMatchObject([{ type: 'image', name: 'dot.png', data: Buffer.from('dots') }]);
    expect(await call('read_file', { name: 'other' })).toBe('There is no such file. Attached: "notes.txt", "dot.png".');
    expect(await call('read_file', { name: 'notes.txt' }, 'call_1', await stage.ask('elsewhere'))).toBe('No file was attached in this conversation.');
  });
});

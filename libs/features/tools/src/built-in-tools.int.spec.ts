import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Tool } from '@openclaw/agent';
import { MemoryStore } from '@openclaw/memory';
import { type Asked, RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { builtInTools } from './built-in-tools.js';
import { GATEWAY } from '../../../../test/support/callers.js';

describe('built-in tools', () => {
  let services: TestServices;
  let stage: RunStage;
  let memory: MemoryStore;
  let asked: Asked;

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
    asked = await stage.ask('hello');
  });

  function named(name: string, context = asked): Tool {
    const tool = builtInTools({ caller: GATEWAY, ...context, memory }).find(({ definition }) => definition.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    return tool;
  }

  async function call(name: string, args: unknown, callId = 'call_1', context = asked): Promise<string> {
    const tool = named(name, context);
    const output = await tool.execute(tool.input.parse(args), { callId, idempotencyKey: `${context.runId}:${callId}` }, new AbortController().signal);
    return typeof output === 'string' ? output : output.text;
  }

  it('each has a name that every provider accepts, a description and an object as input', () => {
    const tools = builtInTools({ caller: GATEWAY, ...asked, memory });
    expect(new Set(tools.map(({ definition }) => definition.name)).size).toBe(tools.length);
    for (const { definition } of tools) {
      expect(definition.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      expect(definition.description).not.toBe('');
      expect(definition.inputSchema['type']).toBe('object');
    }
  });

  it('invariant 6: remember, repeated by another attempt, keeps one memory per call', async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) await call('remember', { content: 'Bo is my dog' }, 'call_1');
    expect((await memory.stats()).entries).toBe(1);
    await call('remember', { content: 'Bo is my dog' }, 'call_2');
    await call('remember', { content: 'Bo is my dog' }, 'call_1', await stage.ask('another run'));
    expect((await memory.stats()).entries).toBe(3);
    expect(named('remember').retry).toBe('safe');
  });

  it('recall gives what was remembered, with its day, or says that there is nothing', async () => {
    await call('remember', { content: 'Bo is my dog' });
    expect(await call('recall', { query: 'dogs' })).toBe(`- Bo is my dog (${new Date().toISOString().slice(0, 10)})`);
    expect(await call('recall', { query: 'cats' })).toBe('Nothing is remembered about that.');
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

  it.each([['remember', { content: ' ' }], ['remember', { content: 'x'.repeat(4001) }], ['remember', {}], ['recall', { query: '' }], ['recall', { query: 'a', limit: 5 }]])(
    'invariant 8: %s refuses %j',
    (name, args) => {
      expect(named(name).input.safeParse(args).success).toBe(false);
    },
  );
});

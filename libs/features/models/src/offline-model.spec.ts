import { describe, expect, it } from '@jest/globals';
import type { ModelEvent, ModelMessage, ToolDefinition } from './model-client.types.js';
import { OfflineModel } from './offline-model.js';

const TOOLS: readonly ToolDefinition[] = ['remember', 'recall', 'current_time'].map((name) => ({ name, description: `does ${name}`, inputSchema: { type: 'object' } }));
const user = (text: string): ModelMessage => ({ role: 'user', parts: [{ type: 'text', text }] });
const assistant = (text: string): ModelMessage => ({ role: 'assistant', text, calls: [] });
const result = (name: string, text: string, failed = false): ModelMessage => ({ role: 'tool', callId: 'call_1', name, text, failed });
const GREETED = [user('hello'), assistant('hi')];

async function ask(messages: readonly ModelMessage[], tools: readonly ToolDefinition[] = TOOLS): Promise<{ text: string; call: unknown; events: ModelEvent[] }> {
  const events = await Array.fromAsync(new OfflineModel().stream({ messages, tools }, new AbortController().signal));
  const text = events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('');
  const [call] = events.flatMap((event) => (event.type === 'tool_call' ? [{ [event.call.name]: event.call.argumentsJson }] : []));
  return { text, call, events };
}

describe('builtin/offline', () => {
  it('says in its first reply, and only there, that it is not a language model', async () => {
    expect((await ask([user('/help')])).text).toContain('not a language model');
    expect((await ask([...GREETED, user('/help')])).text).not.toContain('not a language model');
  });

  it.each([
    ['/remember I like tea', { remember: '{"content":"I like tea"}' }],
    ['/recall tea and "cake"', { recall: '{"query":"tea and \\"cake\\""}' }],
    ['/time', { current_time: '{}' }],
    ['/skill weather {"city":"Rome"}', { weather: '{"city":"Rome"}' }],
    ['/skill weather', { weather: '{}' }],
    ['/skill weather {"city":', { weather: '{"city":' }],
  ])('%s calls the tool', async (message, call) => {
    expect(await ask([...GREETED, user(message)])).toMatchObject({ call, text: '' });
  });

  it('tells what a command came to, failures too', async () => {
    expect((await ask([...GREETED, user('/time'), result('current_time', 'noon')])).text).toBe('noon');
    expect((await ask([...GREETED, user('/skill x {}'), result('x', 'There is no tool named x.', true)])).text).toBe('x failed: There is no tool named x.');
  });

  it('lists the tools that it was given, and says so where a command has none', async () => {
    expect((await ask([...GREETED, user('/skills')])).text).toContain('recall: does recall');
    expect((await ask([...GREETED, user('/skills')], [])).text).toBe('I was given no tools or skills.');
    expect(await ask([...GREETED, user('/time')], [])).toMatchObject({ call: undefined, text: expect.stringContaining('no tool named current_time') });
  });

  it('tells the usage of a command without its words', async () => {
    expect((await ask([...GREETED, user('/remember')])).text).toBe('Usage: /remember <text>');
    expect((await ask([...GREETED, user('/skill ')])).text).toBe('Usage: /skill <name> <json>');
  });

  it('to anything else: one search of memory, then what it heard, what memory holds and how to connect a model', async () => {
    expect(await ask([...GREETED, user('what do I drink?')])).toMatchObject({ call: { recall: '{"query":"what do I drink?"}' } });
    const { text, call } = await ask([...GREETED, user('what do I drink?'), result('recall', '- you like tea')]);
    expect(call).toBeUndefined();
    expect(text).toContain('“what do I drink?”');
    expect(text).toContain('- you like tea');
    expect(text).toContain('ANTHROPIC_API_KEY');
  });

  it('without a memory to search it answers at once', async () => {
    expect(await ask([...GREETED, user('hm')], [])).toMatchObject({ call: undefined, text: expect.stringContaining('“hm”') });
  });

  it('shows that earlier turns arrive', async () => {
    const { text } = await ask([user('one'), assistant('a'), user('two'), assistant('b'), user('three')], []);
    expect(text).toContain('2 earlier messages of yours; the last was “two”');
  });

  it('names attachments that it cannot look into', async () => {
    const image: ModelMessage = { role: 'user', parts: [{ type: 'text', text: 'see' }, { type: 'image', name: 'cat.png', mediaType: 'image/png', data: new Uint8Array() }] };
    expect((await ask([image], [])).text).toContain('cannot look into cat.png');
  });

  it('quotes a long message in part, without breaking characters', async () => {
    const { text } = await ask([user('😀'.repeat(50_000))], []);
    expect(text.length).toBeLessThan(1_000);
    expect(text.isWellFormed()).toBe(true);
  });

  it('streams word by word, is deterministic, costs nothing and ends in one finish', async () => {
    const [first, again] = [await ask([user('hello')], []), await ask([user('hello')], [])];
    expect(first).toEqual(again);
    expect(first.events.length).toBeGreaterThan(20);
    expect(first.events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop', provider: 'builtin', model: 'offline', costUsd: 0 });
  });
});

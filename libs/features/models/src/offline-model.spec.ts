import { describe, expect, it } from '@jest/globals';
import type { ModelEvent, ModelMessage, ToolDefinition } from '@openclaw/language-model';
import { OfflineModel } from './offline-model.js';

const TOOLS: readonly ToolDefinition[] = ['memory_save', 'memory_search', 'current_time'].map((name) => ({
  name,
  description: `does ${name}`,
  inputSchema: { type: 'object' },
}));
const user = (text: string): ModelMessage => ({ role: 'user', parts: [{ type: 'text', text }] });
const assistant = (text: string): ModelMessage => ({ role: 'assistant', text, calls: [] });
const result = (name: string, text: string, failed = false): ModelMessage => ({ role: 'tool', callId: 'call_1', name, text, failed });
const CLOCK = { sleep: () => Promise.resolve() };
const GREETED = [user('hello'), assistant('hi')];

async function ask(
  messages: readonly ModelMessage[],
  tools: readonly ToolDefinition[] = TOOLS,
): Promise<{ text: string; call: unknown; events: ModelEvent[] }> {
  const events = await Array.fromAsync(
    new OfflineModel({ pauseMs: 0, clock: CLOCK }).stream({ messages, tools }, new AbortController().signal),
  );
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
    ['/remember I like tea', { memory_save: '{"content":"I like tea"}' }],
    ['/recall tea and "cake"', { memory_search: '{"query":"tea and \\"cake\\""}' }],
    ['/time', { current_time: '{}' }],
    ['/skill weather {"city":"Rome"}', { weather: '{"city":"Rome"}' }],
    ['/skill weather', { weather: '{}' }],
    ['/skill weather {"city":', { weather: '{"city":' }],
  ])('%s calls the tool', async (message, call) => {
    expect(await ask([...GREETED, user(message)])).toMatchObject({ call, text: '' });
  });

  it('tells what a command came to, failures too', async () => {
    expect((await ask([...GREETED, user('/time'), result('current_time', 'noon')])).text).toBe('noon');
    expect((await ask([...GREETED, user('/skill x {}'), result('x', 'There is no tool named x.', true)])).text).toBe(
      'x failed: There is no tool named x.',
    );
  });

  it('lists the tools that it was given, and says so where a command has none', async () => {
    expect((await ask([...GREETED, user('/skills')])).text).toContain('memory_search: does memory_search');
    expect((await ask([...GREETED, user('/skills')], [])).text).toBe('I was given no tools or skills.');
    expect(await ask([...GREETED, user('/time')], [])).toMatchObject({
      call: undefined,
      text: expect.stringContaining('no tool named current_time'),
    });
  });

  it('tells the usage of a command without its words', async () => {
    expect((await ask([...GREETED, user('/remember')])).text).toBe('Usage: /remember <text>');
    expect((await ask([...GREETED, user('/skill ')])).text).toBe('Usage: /skill <name> <json>');
  });

  it('to anything else: one search of memory, then what it heard, what memory holds and how to connect a model', async () => {
    expect(await ask([...GREETED, user('what do I drink?')])).toMatchObject({ call: { memory_search: '{"query":"what do I drink?"}' } });
    const { text, call } = await ask([...GREETED, user('what do I drink?'), result('memory_search', '- you like tea')]);
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
    const image: ModelMessage = {
      role: 'user',
      parts: [
        { type: 'text', text: 'see' },
        { type: 'image', name: 'cat.png', mediaType: 'image/png', data: new Uint8Array() },
      ],
    };
    expect((await ask([image], [])).text).toContain('cannot look into cat.png');
  });

  it('quotes a long message in part, without breaking characters', async () => {
    const { text } = await ask([user('😀'.repeat(50_000))], []);
    expect(text.length).toBeLessThan(1_000);
    expect(text.isWellFormed()).toBe(true);
  });

  it('comes in pieces that a person can watch, a pause between any two', async () => {
    const pauses: number[] = [];
    const pieces: string[] = [];
    const model = new OfflineModel({ pauseMs: 40, clock: { sleep: (ms) => Promise.resolve(void pauses.push(ms)) } });
    for await (const event of model.stream({ messages: [user('/help')], tools: TOOLS }, new AbortController().signal))
      if (event.type === 'text') pieces.push(event.text);
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.length).toBeLessThanOrEqual(12);
    expect(pauses).toEqual(pieces.slice(1).map(() => 40));
    expect(pieces.slice(1).every((piece) => piece.startsWith(' '))).toBe(true);
    expect(pieces.join('')).toBe((await ask([user('/help')])).text);
  });

  it('stops in a pause', async () => {
    const stopping = new AbortController();
    const model = new OfflineModel({
      pauseMs: 40,
      clock: { sleep: (_ms, signal) => (stopping.abort(new Error('stopped')), signal.throwIfAborted(), Promise.resolve()) },
    });
    await expect(Array.fromAsync(model.stream({ messages: [user('/help')], tools: [] }, stopping.signal))).rejects.toThrow('stopped');
  });

  it.each(['a'.repeat(20_000), ' '.repeat(20_000), '👩‍👩‍👧'.repeat(3_000), '\t\n'.repeat(10_000)])(
    'tells a result of any kind whole, in few pieces',
    async (text) => {
      const told = await ask([...GREETED, user('/recall x'), result('recall', text)]);
      expect(told.text).toBe(text);
      expect(told.events.length).toBeLessThan(15);
      expect(told.events.every((event) => event.type !== 'text' || event.text.isWellFormed())).toBe(true);
    },
  );

  it('asks for one tool per question, whatever the window and however long the question is', async () => {
    const long = `/remember ${'"'.repeat(99_000)}`;
    const model = new OfflineModel({ pauseMs: 0, clock: CLOCK });
    const messages = [...GREETED, user(long), { role: 'assistant' as const, text: '', calls: [] }, result('remember', 'too long', true)];
    const events = await Array.fromAsync(model.stream({ messages, tools: TOOLS, fit: () => [user(long)] }, new AbortController().signal));
    expect(events.filter((event) => event.type === 'tool_call')).toEqual([]);
  });

  it('is deterministic, costs nothing and ends in one finish', async () => {
    const [first, again] = [await ask([user('hello')], []), await ask([user('hello')], [])];
    expect(first).toEqual(again);
    expect(first.events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop', provider: 'builtin', model: 'offline', costUsd: 0 });
  });
});

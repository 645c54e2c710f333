import { expect, it } from '@jest/globals';
import type { ModelClient, ModelEvent, ModelMessage, ModelRequest, ToolDefinition } from '@openclaw/language-model';
import { redSquare } from './red-square.fixture.js';
import type { WireReply, WireRequest } from './wire.types.js';

/** Something that claims to be a ModelClient. */
export interface Subject {
  /** A client that answers the next request like that. A real provider is asked so that it will. */
  readonly client: (reply: WireReply) => ModelClient;
  /** What came over the wire with the newest request; null where nobody can look. */
  readonly received: () => WireRequest | null;
  /** What it can do beyond text and tools. */
  readonly can: { readonly refuse: boolean; readonly see: boolean; readonly count: boolean };
}

const USAGE = { input: 40, output: 7 };
const WEATHER: ToolDefinition = {
  name: 'get_weather',
  description: 'The weather in a city',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
};

/** What every ModelClient does, whoever is behind it. To be called within a `describe`. */
export function itConforms(subject: () => Subject): void {
  it('streams text in order and ends in exactly one finish', async () => {
    const client = subject().client({ pieces: ['one ', 'two ', 'three'].map((text) => ({ text })), stop: 'stop', usage: USAGE });
    const events = await all(client, {
      messages: [system('You repeat what you are told.'), user('Reply with exactly: one two three')],
      tools: [],
    });
    expect(textOf(events)).toMatch(/one two three/i);
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
    expect(finishOf(events)).toMatchObject({ type: 'finish', reason: 'stop', provider: client.provider, model: client.model });
  });

  it('sends the system prompt, the tools and the limit of the reply', async () => {
    const { client, received } = subject();
    const messages = [system('You are a parrot.'), user('Say hello')];
    await all(client({ pieces: [{ text: 'hello' }], stop: 'stop', usage: USAGE }), { messages, tools: [WEATHER], maxOutputTokens: 64 });
    const request = received();
    if (request) expect(request).toMatchObject({ system: 'You are a parrot.', tools: ['get_weather'], maxTokens: 64 });
  });

  it('reports usage, never a negative or missing count', async () => {
    const events = await all(subject().client({ pieces: [{ text: 'hi' }], stop: 'stop', usage: USAGE }), {
      messages: [user('Say hi')],
      tools: [],
    });
    const { usage, costUsd } = finishOf(events);
    if (subject().can.count) expect(usage.input * usage.output).toBeGreaterThan(0);
    if (subject().received()) expect(usage).toEqual(USAGE);
    expect(costUsd === null || costUsd >= 0).toBe(true);
  });

  it('gives parallel tool calls one by one, each with its own id and whole arguments', async () => {
    const events = await askForWeather(subject());
    const calls = callsOf(events);
    expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_weather']);
    expect(calls.map(({ argumentsJson }): unknown => JSON.parse(argumentsJson))).toEqual([{ city: 'Paris' }, { city: 'Rome' }]);
    expect(new Set(calls.map(({ callId }) => callId)).size).toBe(2);
    expect(finishOf(events).reason).toBe('tool_calls');
  });

  it('takes results back, failed ones too', async () => {
    const asked = await askForWeather(subject());
    const calls = callsOf(asked);
    const { state } = finishOf(asked);
    const results = calls.map(({ callId, name }, index): ModelMessage => ({
      role: 'tool',
      callId,
      name,
      text: index === 0 ? '21 degrees' : 'no such station',
      failed: index === 1,
    }));
    const messages: ModelMessage[] = [user(QUESTION), { role: 'assistant', text: '', calls, ...(state ? { state } : {}) }, ...results];
    const { client, received } = subject();
    const events = await all(client({ pieces: [{ text: 'It is 21 degrees in Paris.' }], stop: 'stop', usage: USAGE }), {
      messages,
      tools: [WEATHER],
    });
    expect(textOf(events)).toContain('21');
    const request = received();
    if (request) expect(request.results.join('\n')).toMatch(/21 degrees[\s\S]*no such station/);
  });

  it('gives the model its own thinking back with the results, and shows it to nobody', async () => {
    const { client, received } = subject();
    const pieces = [
      { thinking: 'hm, let me look', proof: 'proof-1' },
      { call: { id: 'call_a', name: 'get_weather', fragments: ['{"city":"Paris"}'] } },
    ];
    const asked = await all(client({ pieces, stop: 'tool_calls', usage: USAGE }), {
      messages: [user('What is the weather in Paris? Use get_weather.')],
      tools: [WEATHER],
    });
    if (received()) expect(textOf(asked)).toBe('');
    const { state } = finishOf(asked);
    const calls = callsOf(asked);
    const results = calls.map(({ callId, name }): ModelMessage => ({ role: 'tool', callId, name, text: '21 degrees', failed: false }));
    const messages: ModelMessage[] = [
      user('What is the weather in Paris? Use get_weather.'),
      { role: 'assistant', text: '', calls, ...(state ? { state } : {}) },
      ...results,
    ];
    await all(client({ pieces: [{ text: 'It is 21 degrees.' }], stop: 'stop', usage: USAGE }), { messages, tools: [WEATHER] });
    const request = received();
    if (request) expect(request.thinking.join()).toMatch(/proof-1|hm, let me look/);
  });

  it('shows images, or says that they are missing', async () => {
    const { client, received, can } = subject();
    const parts = [
      { type: 'text', text: 'Which colour is this? One word.' },
      { type: 'image', name: 'square.png', mediaType: 'image/png', data: redSquare() },
    ] as const;
    const events = await all(client({ pieces: [{ text: 'Red' }], stop: 'stop', usage: USAGE }), {
      messages: [{ role: 'user', parts }],
      tools: [],
    });
    const request = received();
    if (can.see) expect(textOf(events)).toMatch(/red/i);
    if (request) expect(request.images).toEqual(can.see ? [Buffer.from(redSquare()).toString('base64')] : []);
  });

  it('tells a refusal from an answer', async () => {
    const { client, can } = subject();
    if (!can.refuse) return;
    const events = await all(client({ pieces: [{ refusal: 'I cannot help with that.' }], stop: 'refusal', usage: USAGE }), {
      messages: [user('…')],
      tools: [],
    });
    expect(textOf(events)).toBe('I cannot help with that.');
    expect(finishOf(events).reason).toBe('content_filter');
  });

  it('tells a reply that was cut at the limit', async () => {
    const client = subject().client({ pieces: [{ text: '1 2 3' }], stop: 'length', usage: USAGE });
    const events = await all(client, { messages: [user('Count from 1 to 1000, separated by spaces.')], tools: [], maxOutputTokens: 16 });
    expect(finishOf(events).reason).toBe('length');
  });

  it('repairs a conversation that was cut: no orphaned result, no call without one, a user first', async () => {
    const call = { callId: 'call_lost', name: 'get_weather', argumentsJson: '{"city":"Oslo"}' };
    const messages: ModelMessage[] = [
      { role: 'tool', callId: 'call_gone', name: 'get_weather', text: 'orphan', failed: false },
      { role: 'assistant', text: '', calls: [call] },
      user('Never mind. Say hi.'),
    ];
    const { client, received } = subject();
    const events = await all(client({ pieces: [{ text: 'hi' }], stop: 'stop', usage: USAGE }), { messages, tools: [WEATHER] });
    expect(textOf(events)).toMatch(/hi/i);
    const request = received();
    if (request) expect(request.results).toEqual([expect.stringContaining('no record')]);
  });

  it('throws the abort reason, at once and also midway', async () => {
    const reason = new Error('enough');
    const client = subject().client({ pieces: [{ text: 'one ' }, { text: 'two' }], stop: 'stop', usage: USAGE });
    await expect(all(client, { messages: [user('Say one two')], tools: [] }, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const events = subject()
      .client({ pieces: [{ text: 'one ' }, { text: 'two' }], stop: 'stop', usage: USAGE })
      .stream({ messages: [user('Count to one hundred')], tools: [] }, controller.signal);
    const read = async (): Promise<void> => {
      for await (const event of events) if (event.type === 'text') controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
  });
}

const QUESTION =
  'What is the weather in Paris and in Rome? Call get_weather for both, in this order, in one turn, without any words before.';

async function askForWeather({ client }: Subject): Promise<ModelEvent[]> {
  const call = (id: string, fragments: string[]): WireReply['pieces'][number] => ({ call: { id, name: 'get_weather', fragments } });
  const pieces = [call('call_a', ['{"ci', 'ty":"Paris"}']), call('call_b', ['{"city":', '"Rome"}'])];
  return all(client({ pieces, stop: 'tool_calls', usage: USAGE }), { messages: [user(QUESTION)], tools: [WEATHER] });
}

async function all(client: ModelClient, request: ModelRequest, signal: AbortSignal = new AbortController().signal): Promise<ModelEvent[]> {
  return Array.fromAsync(client.stream(request, signal));
}

function textOf(events: readonly ModelEvent[]): string {
  return events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('');
}

function callsOf(events: readonly ModelEvent[]): Extract<ModelEvent, { type: 'tool_call' }>['call'][] {
  return events.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));
}

function finishOf(events: readonly ModelEvent[]): Extract<ModelEvent, { type: 'finish' }> {
  const last = events.at(-1);
  if (last?.type !== 'finish') throw new Error(`the stream ended with ${String(last?.type)}`);
  return last;
}

function user(text: string): ModelMessage {
  return { role: 'user', parts: [{ type: 'text', text }] };
}

function system(text: string): ModelMessage {
  return { role: 'system', text };
}

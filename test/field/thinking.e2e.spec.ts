import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@openclaw/words';
import { WIRES } from '../conformance/providers/providers.fixture.js';
import { at } from '../conformance/providers/sse.js';
import { streams } from '../conformance/providers/wire-server.fixture.js';
import { TestSocket } from '../support/test-socket.js';
import { framesOf, type FieldStage, startField } from './field-stage.js';

const THINKING = { include: ['thinking'] };

describe.each(WIRES)('what a model thinks, over the wire of $type', (wire) => {
  let field: FieldStage;

  beforeAll(async () => {
    field = await startField(wire, { OPENCLAW_PROVIDERS__PRIMARY__THINKING: 'medium' });
    const thinks = wire.frames({
      pieces: [{ thinking: 'First, 2 and 2. ', proof: 'proof' }, { text: '<think>Then 4.</think>' }, { text: 'Four.' }],
      stop: 'stop',
      usage: { input: 1, output: 1 },
    });
    field.say(streams(thinks));
  });
  afterAll(() => field.close());

  const eventsOf = async (id: string): Promise<RunEvent[]> => {
    const text = await (await field.gateway.request(`/api/v1/message/${id}/events`)).text();
    return [...text.matchAll(/^data: (.*)$/gm)].map(([, line = '']) => JSON.parse(line) as RunEvent); // the gateway wrote it by its schema
  };
  const told = (events: readonly RunEvent[], type: 'thinking' | 'token'): string =>
    events.flatMap((event) => (event.type === type ? [event.content] : [])).join('');

  it('is told to whom asked for it, before what it says, and is no part of the reply', async () => {
    const { id, content } = await field.ask('How much is 2 and 2?', THINKING);
    const events = await eventsOf(id);
    expect(told(events, 'thinking')).toBe('First, 2 and 2. Then 4.');
    expect([content, told(events, 'token'), events.at(-1)]).toEqual([
      'Four.',
      'Four.',
      expect.objectContaining({ type: 'end', content: 'Four.' }),
    ]);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it('is told to nobody else', async () => {
    const { id, conversation_id } = await field.ask('How much is 2 and 2?');
    expect((await eventsOf(id)).map(({ type }) => type)).not.toContain('thinking');
    expect(JSON.stringify(await field.thread(conversation_id))).not.toContain('2 and 2. ');
  });

  it('is told over the WebSocket too', async () => {
    const socket = await TestSocket.login(field.gateway.url);
    socket.send({ type: 'message', content: 'How much is it?', stream: true, ...THINKING });
    await socket.next({ type: 'response', content: 'Four.' });
    expect(
      socket
        .all({ type: 'thinking' })
        .map((frame) => frame['content'])
        .join(''),
    ).toBe('First, 2 and 2. Then 4.');
    socket.socket.close();
  });

  it('400: something that cannot be included', async () => {
    const { details } = await field.fail('A question', { include: ['secrets'], status: 400 });
    expect(details).toMatchObject({ issues: [{ path: 'include.0' }] });
  });

  it('as much of it as the configuration says is asked for', () => {
    const body = field.replies().at(-1);
    const asked = {
      anthropic: at(body, 'thinking'),
      openai: at(body, 'reasoning'),
      google: at(body, 'generationConfig', 'thinkingConfig'),
      ollama: at(body, 'reasoning_effort'),
      'openai-compatible': at(body, 'reasoning_effort'),
    }[wire.type];
    expect(asked).toEqual(
      {
        anthropic: { type: 'enabled', budget_tokens: 8192 },
        openai: { effort: 'medium', summary: 'auto' },
        google: { thinkingBudget: 8192, includeThoughts: true },
        ollama: 'medium',
        'openai-compatible': 'medium',
      }[wire.type],
    );
  });

  it('that is all there is: the thoughts of both tries are told, and that there is no answer', async () => {
    field.say(streams(framesOf(wire, '<think>Hm.</think>')));
    const { id, content } = await field.ask('And now?', THINKING);
    expect(content).toBe('The model had nothing to say.');
    expect(told(await eventsOf(id), 'thinking')).toBe('Hm.Hm.');
  });
});

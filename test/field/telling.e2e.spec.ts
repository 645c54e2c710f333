import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Reply, Warning } from '@openclaw/words';
import { chatCompletionsWire } from '../conformance/providers/chat-completions-wire.fixture.js';
import { anthropicWire } from '../conformance/providers/anthropic-wire.fixture.js';
import { SECOND, WIRES } from '../conformance/providers/providers.fixture.js';
import { repliesJson, streams, WireServer } from '../conformance/providers/wire-server.fixture.js';
import { at, items } from '../conformance/providers/sse.js';
import { post } from '../support/api.js';
import { TestSocket } from '../support/test-socket.js';
import { type FieldStage, framesOf, startField, withField } from './field-stage.js';

const SMALL = { OPENCLAW_PROVIDERS__MODELS: JSON.stringify({ small: { context_tokens: 4096 } }) };
const PIXEL = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const attaching = (...attachments: readonly object[]): Readonly<Record<string, unknown>> => ({ metadata: { attachments } });

/** The same stands in the reply, in its last event, in its status and in its conversation. */
async function toldWith(field: FieldStage, { id, conversation_id, warnings }: Reply): Promise<readonly Warning[]> {
  const events = await (await field.gateway.request(`/api/v1/message/${id}/events`)).text();
  const end: unknown = JSON.parse(/^data: (.*"type":"end".*)$/m.exec(events)?.[1] ?? '{}');
  const status: unknown = await (await field.gateway.request(`/api/v1/message/${id}/status`)).json();
  const stored = (await field.thread(conversation_id)).messages.find((message) => message.id === id);
  expect([at(end, 'warnings'), at(status, 'response', 'warnings'), stored?.warnings]).toEqual([warnings, warnings, warnings]);
  return warnings ?? [];
}

describe('what was not done as asked', () => {
  let field: FieldStage;

  beforeAll(async () => {
    field = await startField(chatCompletionsWire('openai-compatible', 'small'), SMALL);
  });
  afterAll(() => field.close());

  it('message_shortened: a message that is longer than the model takes, which gets its beginning and its end', async () => {
    const words = '天气很好。'.repeat(9_900);
    const reply = await field.ask(`密码一 ${words} 密码二 ${words} 密码三`);
    expect(await toldWith(field, reply)).toEqual([
      { code: 'message_shortened', message: expect.stringContaining('its middle was left out') },
    ]);
    const sent = JSON.stringify(field.replies().at(-1));
    expect([sent.includes('密码一'), sent.includes('密码二'), sent.includes('密码三'), sent.includes('[…]')]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('attachment_unreadable: a file that is no text, broken or empty, each with its name and why', async () => {
    const noText = `data:text/csv;base64,${Buffer.from([0, 1, 2, 255, 0, 254]).toString('base64')}`;
    const reply = await field.ask(
      'What is in it?',
      attaching(
        { name: 'table.csv', url: noText },
        { name: 'broken.pdf', url: 'data:application/pdf;base64,JVBERi0=' },
        { name: 'good.txt', text: 'fine' },
      ),
    );
    const warnings = await toldWith(field, reply);
    expect(warnings.map(({ code }) => code)).toEqual(['attachment_unreadable', 'attachment_unreadable']);
    expect(warnings.map(({ message }) => /^The attachment "(table\.csv|broken\.pdf)" could not be read: .+\.$/.exec(message)?.[1])).toEqual(
      ['table.csv', 'broken.pdf'],
    );
  });

  it('attachment_left_out: a picture for a model that sees none, and a text for which there is no room, each once', async () => {
    const reply = await field.ask(
      'What is this?',
      attaching({ name: 'dot.png', url: PIXEL }, { name: 'long.txt', text: 'filler '.repeat(20_000) }),
    );
    const warnings = await toldWith(field, reply);
    expect(warnings.map(({ code }) => code)).toEqual(['attachment_left_out', 'attachment_left_out']);
    for (const name of ['dot.png', 'long.txt']) expect(warnings.filter(({ message }) => message.includes(`"${name}"`))).toHaveLength(1);
  });

  it('is told over the WebSocket too', async () => {
    const socket = await TestSocket.login(field.gateway.url);
    socket.send({ type: 'message', content: 'What is this?', metadata: { attachments: [{ name: 'dot.png', url: PIXEL }] } });
    expect((await socket.next({ type: 'response' }))['warnings']).toEqual([
      { code: 'attachment_left_out', message: expect.stringContaining('"dot.png"') },
    ]);
    socket.socket.close();
  });

  it('where all was done, nothing is said of it', async () => {
    const reply = await field.ask('Hello?', attaching({ name: 'good.txt', text: 'fine' }));
    expect(reply).not.toHaveProperty('warnings');
    expect(await toldWith(field, reply)).toEqual([]);
  });
});

it.each(WIRES)('provider_changed: another one than the first answered, which was $type', async (wire) => {
  const second = await WireServer.start();
  second.will(streams(framesOf(SECOND, 'From the second.')));
  const secondary = { TYPE: SECOND.type, MODEL: SECOND.model, API_KEY: 'test-key-0123456789', BASE_URL: SECOND.baseUrl(second.origin) };
  const overrides = Object.fromEntries(Object.entries(secondary).map(([key, value]) => [`OPENCLAW_PROVIDERS__SECONDARY__${key}`, value]));
  await withField(wire, overrides, async (field) => {
    field.say(repliesJson(500, wire.errorBody(500, 'broken')));
    const reply = await field.ask('Hello?');
    expect(reply.content).toBe('From the second.');
    expect(await toldWith(field, reply)).toEqual([
      { code: 'provider_changed', message: `${wire.type}/${wire.model} could not answer; ${SECOND.type}/${SECOND.model} did.` },
    ]);
  });
  await second.stop();
});

describe('a message that fails', () => {
  it('names itself, its conversation and where to look; its conversation says why', () =>
    withField(anthropicWire, {}, async (field) => {
      field.say(repliesJson(400, anthropicWire.errorBody(400, 'The moon is too bright.')));
      const response = await post(field.gateway, { message: 'Hello?' });
      const body: unknown = await response.json();
      const conversationId = String(at(body, 'details', 'conversation_id'));
      const id = String(at(body, 'details', 'id'));
      expect([response.status, response.headers.get('location')]).toEqual([502, `/api/v1/message/${id}/status`]);
      expect(at(body, 'details', 'reason')).toBe('The moon is too bright.');
      const { messages } = await field.thread(conversationId);
      expect(messages.map(({ role, status, error }) => [role, status, error?.error])).toEqual([
        ['user', 'completed', undefined],
        ['assistant', 'failed', 'upstream_error'],
      ]);
      expect(messages[1]?.error?.details).toMatchObject({ reason: 'The moon is too bright.', upstream_status: 400 });
    }));

  it('and is sent again under the same key gets the same failure, which says that it is one and how to send anew', () =>
    withField(anthropicWire, {}, async (field) => {
      const send = async (): Promise<Response> => post(field.gateway, { message: 'Hello?' }, { headers: { 'idempotency-key': 'once' } });
      field.say(repliesJson(400, anthropicWire.errorBody(400, 'The moon is too bright.')), 'Fine.');
      const first = await send();
      const again = await send();
      const [one, other]: unknown[] = [await first.json(), await again.json()];
      expect([first.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([502, 502, 'true']);
      expect(at(other, 'details', 'id')).toBe(at(one, 'details', 'id'));
      expect(at(other, 'message')).toMatch(/The moon|refused.*send the message with a new one to have it tried again\.$/s);
      expect(field.replies()).toHaveLength(1);
      expect(items(at(one, 'details', 'attempted')).length).toBeLessThanOrEqual(1);
    }));
});

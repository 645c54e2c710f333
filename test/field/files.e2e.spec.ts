import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anthropicWire } from '../conformance/providers/anthropic-wire.fixture.js';
import { chatCompletionsWire } from '../conformance/providers/chat-completions-wire.fixture.js';
import { WIRES } from '../conformance/providers/providers.fixture.js';
import { neverAnswers, streams } from '../conformance/providers/wire-server.fixture.js';
import { leave, MESSAGE, untilOver } from '../support/api.js';
import { until } from '../support/until.js';
import { type FieldStage, framesOf, startField, withField } from './field-stage.js';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const dataUrl = (bytes: Uint8Array, type: string): string => `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
const asked = (attachments: readonly unknown[], conversationId?: string): Readonly<Record<string, unknown>> => ({
  metadata: { attachments },
  ...(conversationId === undefined ? {} : { conversation_id: conversationId }),
});

describe.each(WIRES)('files of a conversation over the wire of $type', (wire) => {
  let field: FieldStage;
  const newest = (): string => JSON.stringify(field.replies().at(-1));

  beforeAll(async () => {
    field = await startField(wire);
  });
  afterAll(() => field.close());

  it('texts and pictures stay with the turn that they came with', async () => {
    const { conversation_id } = await field.ask(
      'What is this?',
      asked([
        { name: 'notes.txt', text: 'The code word is ZEBRA-42.' },
        { name: 'dot.png', url: `data:image/png;base64,${PIXEL}` },
      ]),
    );
    await field.ask('What was the code word again?', { conversation_id });
    expect(newest()).toContain('ZEBRA-42');
    const sees = wire.type !== 'ollama' && wire.type !== 'openai-compatible';
    expect(newest().includes(PIXEL)).toBe(sees);
    if (!sees) expect(newest()).toContain('dot.png (image/png) was attached, but you cannot be shown it');
    expect(field.refused).toEqual([]);
  });
});

describe('files of a conversation', () => {
  let field: FieldStage;
  const newest = (): string => JSON.stringify(field.replies().at(-1));

  beforeAll(async () => {
    field = await startField(anthropicWire);
  });
  afterAll(() => field.close());

  it('stay also where their own message was cancelled before anybody read them', async () => {
    field.say(neverAnswers, 'Fine.');
    const before = field.server.requests.length;
    const first = await leave(field.gateway, 'Wait.');
    await until('the model is asked', () => field.server.requests.length > before);
    const second = await leave(
      field.gateway,
      'Look at this.',
      asked([{ name: 'late.txt', text: 'The word is LATE-7.' }], first.conversation_id),
    );
    await field.gateway.request(`${MESSAGE}/${second.id}/cancel`, { method: 'POST' });
    await field.gateway.request(`${MESSAGE}/${first.id}/cancel`, { method: 'POST' });
    await untilOver(field.gateway, second.id);
    await field.ask('What was in it?', { conversation_id: first.conversation_id });
    expect(newest()).toContain('LATE-7');
  });

  it('are read once: what they said then is what they say later, also when a question is answered again', async () => {
    const first = await field.ask('What is this?', asked([{ name: 'notes.txt', text: 'The code word is ZEBRA-42.' }]));
    await field.system.services.sql(
      `UPDATE messages SET metadata = '{"attachments":[{"name":"notes.txt","text":"something else"}]}' WHERE conversation_id = (SELECT conversation_id FROM runs ORDER BY created_at DESC LIMIT 1) AND role = 'user'`,
    );
    await field.gateway.request(`${MESSAGE}/${first.id}/regenerate`, { method: 'POST', json: {} });
    expect(newest()).toContain('ZEBRA-42');
    expect(newest()).not.toContain('something else');
  });

  it('go with their conversation', async () => {
    const { conversation_id } = await field.ask('What is this?', asked([{ name: 'gone.txt', text: 'gone' }]));
    const kept = async (): Promise<unknown> => field.system.services.sql(`SELECT name FROM attachments WHERE name = 'gone.txt'`);
    expect(await kept()).toHaveLength(1);
    await field.gateway.request(`/api/v1/conversations/${conversation_id}`, { method: 'DELETE' });
    expect(await kept()).toEqual([]);
  });

  it.each([
    ['UTF-16 with a byte order mark', Buffer.from('\ufeffname;größe\n', 'utf16le'), 'text/csv'],
    ['UTF-16, the other way round', Buffer.from('\ufeffname;größe\n', 'utf16le').swap16(), 'text/csv'],
    ['Windows-1252', Buffer.from('name;größe\nMüller;schöne Grüße\n', 'latin1'), 'text/csv'],
    ['Windows-1252, as declared', Buffer.from('name;größe\n', 'latin1'), 'text/csv;charset=windows-1252'],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffname;größe\n'), 'text/csv'],
  ])('are read in %s', async (_name, bytes, type) => {
    await field.ask('What is in it?', asked([{ name: 'table.csv', url: dataUrl(bytes, type) }]));
    expect(newest()).toContain('name;größe');
  });
});

describe('files in a small window', () => {
  it('old ones are named, and read again by a tool', async () => {
    const wire = chatCompletionsWire('openai-compatible', 'small');
    const field = await startField(wire, { OPENCLAW_PROVIDERS__MODELS: JSON.stringify({ small: { context_tokens: 4096 } }) });
    const { conversation_id } = await field.ask(
      'What is this?',
      asked([{ name: 'old.txt', text: `The code word is ZEBRA-42. ${'filler '.repeat(1500)}` }]),
    );
    await field.ask(
      'And this?',
      asked([{ name: 'new.txt', text: `The other word is OTTER-7. ${'filler '.repeat(1500)}` }], conversation_id),
    );
    field.say(streams(framesOf(wire, '', { call: { id: 'own_1', name: 'read_file', fragments: ['{"name":"old.txt"}'] } })), 'ZEBRA-42.');
    const { content } = await field.ask('What was the first code word?', { conversation_id });
    const [question, followed] = field
      .replies()
      .slice(-2)
      .map((body) => JSON.stringify(body));
    expect(question).toContain('Attached: \\"old.txt\\" (text/plain');
    expect(question).not.toContain('ZEBRA-42');
    expect(followed).toContain('The code word is ZEBRA-42.');
    expect(content).toBe('ZEBRA-42.');
    expect(field.refused).toEqual([]);
    await field.close();
  });

  it('a picture that is only named is shown again by a tool', async () => {
    await withField(anthropicWire, {}, async (field) => {
      const pictures = (from: number): object[] =>
        Array.from({ length: 8 }, (_, index) => ({ name: `${String(from + index)}.png`, url: `data:image/png;base64,${PIXEL}` }));
      const { conversation_id } = await field.ask('Look.', asked(pictures(0)));
      await field.ask('Look.', asked(pictures(8), conversation_id));
      await field.ask('Look.', asked(pictures(16), conversation_id));
      field.say(
        streams(framesOf(anthropicWire, '', { call: { id: 'own_1', name: 'read_file', fragments: ['{"name":"3.png"}'] } })),
        'A dot.',
      );
      await field.ask('What was on 3.png?', { conversation_id });
      const [before, after] = field
        .replies()
        .slice(-2)
        .map((body) => JSON.stringify(body).split(PIXEL).length - 1);
      expect([before, after]).toEqual([16, 17]);
      expect(field.refused).toEqual([]);
    });
  });
});

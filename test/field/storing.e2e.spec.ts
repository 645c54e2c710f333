import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anthropicWire } from '../conformance/providers/anthropic-wire.fixture.js';
import { chatCompletionsWire } from '../conformance/providers/chat-completions-wire.fixture.js';
import { captureLog } from '../support/captured-log.js';
import { until } from '../support/until.js';
import { type FieldStage, startField, withField } from './field-stage.js';

const wire = chatCompletionsWire('openai-compatible', 'field');
const words = (count: number, word: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => word(index)).join(' ');
const rare = (index: number): string => String.fromCodePoint(0x20000 + (index % 40_000));

describe('what a model said, in the database', () => {
  let field: FieldStage;
  const log = captureLog();

  beforeAll(async () => {
    field = await startField(wire, {}, log.logger);
  });
  afterAll(() => field.close());

  it.each([
    ['960 KB of words that are all different', words(120_000, (index) => `xqqq${String(index).padStart(3, '0')}`)],
    [
      'the text that a search index takes worst',
      words(30_000, (index) => `${rare(index)}${rare(index * 3)}-${rare(index * 7 + 1)}${rare(index * 11 + 2)}`),
    ],
    ['one word without an end', 'x'.repeat(900_000)],
  ])('200: %s is stored whole, and asked for once', async (_name, text) => {
    field.say(text);
    field.server.requests.length = 0;
    const { content, conversation_id } = await field.ask('Write a lot.');
    expect(content === text).toBe(true);
    expect(field.replies()).toHaveLength(1);
    expect((await field.thread(conversation_id)).messages[1]?.content === text).toBe(true);
    field.say('The next reply.');
    expect((await field.ask('And now?', { conversation_id })).content).toBe('The next reply.');
  });

  it('200: a reply in which there is U+0000 or half a character is stored without', async () => {
    field.say('zero\0 and \ud83d half');
    expect((await field.ask('Say something odd.')).content).toBe('zero and \ufffd half');
  });

  it('500: what the database refuses for good fails at once, says why, and is not asked for again', async () => {
    await field.system.services.sql(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '54000'; END $$`,
    );
    await field.system.services.sql(
      `CREATE TRIGGER refuse BEFORE UPDATE ON messages FOR EACH ROW WHEN (new.content LIKE '%unstorable%') EXECUTE FUNCTION refuse()`,
    );
    field.say('an unstorable reply');
    field.server.requests.length = 0;
    const error = await field.fail('Say what cannot be stored.', { status: 500 });
    expect(error).toMatchObject({ error: 'internal_error', details: { reason: 'SQLSTATE 54000' } });
    expect(error.message).toContain('refused to store it');
    expect(field.replies()).toHaveLength(1);
    const [run] = await field.system.services.sql<{ attempt: number; status: string; events: string }>(
      'SELECT attempt, status, events FROM runs ORDER BY created_at DESC LIMIT 1',
    );
    expect(run).toMatchObject({ attempt: 1, status: 'failed' });
    expect(JSON.parse(run?.events ?? '[]')).toMatchObject([
      { type: 'start' },
      { type: 'token', content: 'an unstorable reply' },
      { type: 'error', seq: 3 },
    ]);
  });
});

describe('titles and summaries, in the database', () => {
  it('a title that the database would refuse is cleaned, and the summary is made all the same', () =>
    withField(anthropicWire, {}, async (field) => {
      field.describe('Zero\0byte \ud83d title');
      let conversation_id: string | undefined;
      for (let turn = 0; turn < 35; turn += 1) ({ conversation_id } = await field.ask(`Note ${String(turn)}`, { conversation_id }));
      const described = await until('title and summary', async () => {
        const found = await field.thread(String(conversation_id));
        return found.title !== 'Note 0' && found.summary !== null ? found : null;
      });
      expect(described).toMatchObject({ title: 'Zerobyte \ufffd title', summary: 'Zerobyte \ufffd title' });
    }));

  it('a title that cannot be saved costs no summary', () =>
    withField(anthropicWire, {}, async (field) => {
      await field.system.services.sql(`ALTER TABLE conversations ADD CONSTRAINT own CHECK (title LIKE 'Note 0%')`);
      let conversation_id: string | undefined;
      for (let turn = 0; turn < 35; turn += 1) ({ conversation_id } = await field.ask(`Note ${String(turn)}`, { conversation_id }));
      const { title } = await until('a summary', async () => {
        const found = await field.thread(String(conversation_id));
        return found.summary === null ? null : found;
      });
      expect(title).toBe('Note 0');
    }));
});

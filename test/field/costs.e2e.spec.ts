import { describe, expect, it } from '@jest/globals';
import { SECOND, WIRES } from '../conformance/providers/providers.fixture.js';
import { until } from '../support/until.js';
import { type FieldStage, withField } from './field-stage.js';

const TITLES = 'OPENCLAW_AGENT__TITLES';

/** Waits until nothing is left to do in the background, and counts what the provider was asked. */
async function asked(field: FieldStage): Promise<{ replies: number; descriptions: number }> {
  await until(
    'nothing is left to do',
    async () =>
      (await field.system.services.sql(`SELECT FROM work WHERE key IS DISTINCT FROM 'schedule' AND status IN ('waiting', 'working')`))
        .length === 0,
    60_000,
  );
  return { replies: field.replies().length, descriptions: field.descriptions().length };
}

describe.each(WIRES)('what is asked of a provider of $type', (wire) => {
  it(
    'one message of a program is one request, also where memory has something on it; a title costs nothing until there is a second question',
    () =>
      withField(wire, {}, async (field) => {
        await field.ask('The garage code of my aunt is 4711, remember that.');
        const { conversation_id } = await field.ask('What was the garage code of my aunt?');
        expect(JSON.stringify(field.replies().at(-1))).toContain('From memory');
        expect(await asked(field)).toEqual({ replies: 2, descriptions: 0 });
        expect((await field.thread(conversation_id)).title).toBe('What was the garage code of my aunt?');
        field.describe('Garage code');
        for (const question of ['And hers?', 'And his?', 'And ours?']) await field.ask(question, { conversation_id });
        expect(await asked(field)).toEqual({ replies: 5, descriptions: 1 });
        expect((await field.thread(conversation_id)).title).toBe('Garage code');
      }),
    90_000,
  );
});

describe('what titles and summaries cost', () => {
  const wire = SECOND;

  it.each([
    ['extract', 'Hello number 0'],
    ['off', null],
  ])(
    'titles %s: no request, ever',
    (mode, title) =>
      withField(wire, { [TITLES]: mode }, async (field) => {
        let conversation_id: string | undefined;
        for (let turn = 0; turn < 4; turn += 1)
          ({ conversation_id } = await field.ask(`Hello number ${String(turn)}`, { conversation_id }));
        expect(await asked(field)).toEqual({ replies: 4, descriptions: 0 });
        expect((await field.thread(String(conversation_id))).title).toBe(title);
      }),
    90_000,
  );

  it(
    'a conversation of 40 turns costs one title and one summary beside its replies',
    () =>
      withField(wire, {}, async (field) => {
        let conversation_id: string | undefined;
        for (let turn = 0; turn < 40; turn += 1) ({ conversation_id } = await field.ask(`Note ${String(turn)}`, { conversation_id }));
        expect(await asked(field)).toEqual({ replies: 40, descriptions: 2 });
        expect((await field.thread(String(conversation_id))).summary).toBe('A description');
      }),
    120_000,
  );
});

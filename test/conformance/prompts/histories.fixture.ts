import type { ModelMessage, ProviderState, ToolCall, UserPart } from '@openclaw/language-model';
import { pickInteger } from '../../support/seeded-random.js';

type Random = () => number;

/** Texts as people, models, tools and broken servers write them. */
const TEXTS = [
  'Good morning.',
  'What is this?',
  '',
  ' ',
  ' \n',
  '\u200b',
  '\ufeff\u00a0',
  '\0',
  'nul\0inside',
  'half \ud83d',
  '\udc00 half',
  '👩‍👩‍👧 שלום 天気',
  '<think>hm</think>',
  '```\ncode\n```',
  '{"a":1}',
  '\u2028',
  'x'.repeat(3000),
  '天'.repeat(500),
  '[no reply]',
  '\n\nlate start',
  '.',
];
const NAMES = [
  'recall',
  'remember',
  'current_time',
  '',
  'my tool!',
  '9lives',
  'a.b.c',
  'functions.recall:0',
  'ü',
  'n'.repeat(100),
  ' recall ',
];
const IDS = [
  'call_1',
  'call_1',
  'call_2',
  '',
  ' ',
  'functions.recall:0',
  'toolu_01A',
  'i'.repeat(200),
  'ü-1',
  'call_\ud83d',
  'a b',
  'abcdefghi',
];
/** What a reader wrote itself, it wants back; where it is no id on its wire, it gets another. */
const OWN_IDS = ['own_1', 'own_1', 'own_2', 'ownfunctions.x:1', `own${'i'.repeat(200)}`, '', ' ', 'own ü'];
const ARGUMENTS = [
  '{}',
  '',
  '{"query":"x"}',
  '{"a":',
  '[1]',
  '"text"',
  'null',
  '{"q":"\\ud83d"}',
  '{"q":"\\u0000"}',
  '{"\\udc00":1}',
  '{"deep":{"list":[1,{"x":" "}]}}',
];
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

export function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[pickInteger(random, 0, values.length - 1)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

export function randomText(random: Random): string {
  return pick(random, TEXTS);
}

function times<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: pickInteger(random, 0, most) }, make);
}

export function randomPart(random: Random): UserPart {
  const dice = random();
  if (dice < 0.6) return { type: 'text', text: randomText(random) };
  const stub = random() < 0.5 ? { stub: '[a file]' } : {};
  if (dice < 0.8) return { type: 'text', text: `<attachment>${randomText(random)}</attachment>`, ...stub };
  return {
    type: random() < 0.8 ? 'image' : 'file',
    name: 'a.png',
    mediaType: pick(random, ['image/png', 'application/pdf', 'text/plain', 'image/tiff']),
    data: PIXEL,
    ...stub,
  };
}

function randomCall(random: Random, ids: readonly string[]): ToolCall {
  return { callId: pick(random, ids), name: pick(random, NAMES), argumentsJson: pick(random, ARGUMENTS) };
}

/** What a provider of that name might have left behind. */
function randomState(random: Random, model: string, calls: readonly ToolCall[]): { state?: ProviderState } {
  if (calls.length === 0 || random() < 0.5) return {};
  const parts = [
    ...(random() < 0.5 ? [{ type: 'text', text: randomText(random) }] : []),
    ...calls.slice(random() < 0.1 ? 1 : 0).map((call) => ({ type: 'tool-call', toolCallId: call.callId, toolName: call.name })),
  ];
  return { state: { model, json: JSON.stringify(parts) } };
}

/**
 * The turns of a run: calls with results that are there, missing, twice, late or without a call.
 * @param models writers, `provider/model`; the first is the reader
 */
export function randomTurns(random: Random, models: readonly string[], most = 4): ModelMessage[] {
  return times(random, most, (): ModelMessage[] => {
    const model = pick(random, models);
    const isOwn = model === models[0];
    const calls = times(random, 3, () => randomCall(random, isOwn ? OWN_IDS : IDS));
    const results = calls.flatMap(({ callId, name }): ModelMessage[] => {
      const result: ModelMessage = { role: 'tool', callId, name, text: randomText(random), failed: random() < 0.3 };
      return random() < 0.2 ? [] : random() < 0.1 ? [result, result] : [result];
    });
    const turn: ModelMessage = {
      role: 'assistant',
      text: randomText(random),
      calls,
      ...(isOwn && random() < 0.2 ? {} : { model }),
      ...randomState(random, model, calls),
    };
    const stray: ModelMessage[] =
      random() < 0.1 ? [{ role: 'tool', callId: 'stray', name: 'recall', text: 'nobody asked', failed: false }] : [];
    return [turn, ...(random() < 0.2 ? results.toReversed() : results), ...stray];
  }).flat();
}

/** A question with or without what the house adds to it. */
export function randomQuestion(random: Random, parts: readonly UserPart[]): ModelMessage {
  return {
    role: 'user',
    parts,
    ...(random() < 0.5 ? { note: randomText(random) } : {}),
    ...(random() < 0.3 ? { finds: randomText(random) } : {}),
  };
}

/** Anything at all in any order. */
export function randomMessages(random: Random, models: readonly string[]): ModelMessage[] {
  return times(random, 10, (): ModelMessage[] => {
    const dice = random();
    if (dice < 0.15) return [{ role: 'system', text: randomText(random) }];
    if (dice < 0.5)
      return [
        randomQuestion(
          random,
          times(random, 3, () => randomPart(random)),
        ),
      ];
    if (dice < 0.8) return [{ role: 'assistant', text: randomText(random), calls: [] }];
    return randomTurns(random, models, 2);
  }).flat();
}

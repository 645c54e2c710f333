import { describe, expect, it } from '@jest/globals';
import { type Split, ThinkSplitter } from './think-splitter.js';

interface Told {
  speech: string;
  thought: string;
}

function split(pieces: readonly string[], { assumes = false, isCut = false } = {}): Told & { readonly hasLoneEnd: boolean | null } {
  const splitter = new ThinkSplitter(assumes);
  const told: Told = { speech: '', thought: '' };
  const take = ({ speech, thought, voids }: Split): void => {
    if (voids) told.speech = '';
    told.speech += speech;
    told.thought += thought;
  };
  for (const piece of pieces) take(splitter.passes(piece) ? { speech: piece, thought: '' } : splitter.push(piece));
  take(splitter.end(isCut));
  return { ...told, hasLoneEnd: splitter.hasLoneEnd };
}

/** Whole, character by character, and in two pieces split anywhere. */
function everySplit(text: string): string[][] {
  return [
    [text],
    Array.from(text),
    ...Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => [text.slice(0, at + 1), text.slice(at + 1)]),
  ];
}

describe('thoughts in the text of a turn', () => {
  it.each<[string, string, string]>([
    ['<think>\nSECRET</think>\n\n408', '408', '\nSECRET'],
    ['\n <thinking>a</thinking>b', 'b', 'a'],
    ['<THOUGHT>a</Thought>b', 'b', 'a'],
    ['<reasoning>a < b</reasoning>  b', 'b', 'a < b'],
    ['[THINK]a[/THINK]b', 'b', 'a'],
    ['<think></think>b', 'b', ''],
    ['<think>a</think><think>b</think>c', 'c', 'ab'],
    ['<think>never closed', '', 'never closed'],
    ['<think>closed</think>', '', 'closed'],
    ['<think>İstanbul</think>b', 'b', 'İstanbul'],
    ['</think>\n\nb', 'b', ''],
    ['Use <think>a</think> to think', 'Use <think>a</think> to think', ''],
    ['```\n<think>a</think>\n```', '```\n<think>a</think>\n```', ''],
    ['`<think>` is a tag', '`<think>` is a tag', ''],
    ['<thin ice>', '<thin ice>', ''],
    ['<thinkpad> is a laptop', '<thinkpad> is a laptop', ''],
    ['<', '<', ''],
    ['  indented', '  indented', ''],
    ['a </think> b', 'a </think> b', ''],
    [' \n ', '', ''],
    ['<mm:think>a</mm:think>b', 'b', 'a'],
    ['<seed:think>a</seed:think>b', 'b', 'a'],
    ['◁think▷a◁/think▷b', 'b', 'a'],
    ['<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>', 'b', 'a'],
    ['<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>b<|end_of_solution|>', 'b', 'a'],
    ['<think>\na</think>\n<answer>\nb</answer>\n', 'b', '\na'],
    ['<answer>b</answer>', '<answer>b</answer>', ''],
    ['<|channel>thought\na<channel|>b', 'b', '\na'],
    ['<unused94>thought\na<unused95>b', 'b', '\na'],
    ['<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>', 'b', 'a'],
    [
      '<|channel|>commentary<|message|>I look. <|end|><|start|>assistant<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b',
      'I look. b',
      'a',
    ],
    ['<|channel|>final<|message|>b', 'b', ''],
    ['analysisWe need 2+2.assistantfinalFour.', 'Four.', 'We need 2+2.'],
    ['analysisWe have no end', 'analysisWe have no end', 'We have no end'],
    ['analysis of it', 'analysis of it', ''],
    ['Here is my thought process:\na\nHere is my response:\nb', 'b', '\na\n'],
    ['Here is my thought process: first I look.', 'Here is my thought process: first I look.', ' first I look.'],
  ])('%j, split anywhere', (text, speech, thought) => {
    for (const pieces of everySplit(text)) expect(split(pieces)).toMatchObject({ speech, thought });
  });

  it.each<[string, string, string]>([
    ['Two and two.\n</think>\n\nFour.', 'Four.', 'Two and two.\n'],
    ['Two and two.</think>Four.', 'Four.', 'Two and two.'],
    ['that is 4</think>\n4', '4', 'that is 4'],
    ['好的</think>四', '四', '好的'],
    ['"I see."</think> Four.', 'Four.', '"I see."'],
    ['Hm. [/THINK]Four.', 'Four.', 'Hm. '],
    ['Hm.\n◁/think▷Four.', 'Four.', 'Hm.\n'],
    ['Hm.<|END_THINKING|><|START_RESPONSE|>Four.<|END_RESPONSE|>', 'Four.', 'Hm.'],
    [
      'In `<b>`: two.\n```\n2+2\n```\n</think>\nFour. Say </think> after it.',
      'Four. Say </think> after it.',
      'In `<b>`: two.\n```\n2+2\n```\n',
    ],
    ['All of it</think>', '', 'All of it'],
    ['All of it.\n</think>\n', '', 'All of it.\n'],
  ])('an end without a beginning makes a thought of what was said: %j', (text, speech, thought) => {
    for (const pieces of everySplit(text)) expect(split(pieces)).toEqual({ speech, thought, hasLoneEnd: true });
    for (const pieces of everySplit(text)) expect(split(pieces, { assumes: true })).toEqual({ speech, thought, hasLoneEnd: true });
  });

  it.each([
    'a </think> b',
    'To end it, write </think>',
    'Write `</think>` then.',
    'Write "</think>" then.',
    'The mark **</think>** ends it.',
    '```xml\n<a>\n</think>\n```',
    'Between <think> and\n</think>\nit thinks.',
    'A list: [1], <b>, a < b, </b>',
  ])('an end that is only spoken of is text: %j', (text) => {
    for (const pieces of everySplit(text)) expect(split(pieces)).toEqual({ speech: text, thought: '', hasLoneEnd: null });
  });

  it('where thoughts are assumed and have no end, they were speech; cut off in their midst they were not', () => {
    for (const pieces of everySplit('Just four, <b>.')) {
      expect(split(pieces, { assumes: true })).toMatchObject({ speech: 'Just four, <b>.', hasLoneEnd: false });
      expect(split(pieces, { assumes: true, isCut: true })).toEqual({ speech: '', thought: 'Just four, <b>.', hasLoneEnd: null });
    }
    for (const pieces of everySplit('<think>a</think>b'))
      expect(split(pieces, { assumes: true })).toMatchObject({ speech: 'b', thought: 'a' });
  });

  it('what is taken back is bounded', () => {
    const long = 'so much. '.repeat(40_000);
    expect(split([long, '\n</think>\n', 'Four.']).speech).toBe(`${long}\n</think>\nFour.`);
    expect(split([long, long, 'x'], { assumes: true })).toMatchObject({ speech: `${long}${long}x`, hasLoneEnd: false });
  });

  it('speech is not held once it is known to be speech', () => {
    const splitter = new ThinkSplitter();
    expect(splitter.push('<t')).toEqual({ speech: '', thought: '' });
    expect(splitter.push('able>')).toEqual({ speech: '<table>', thought: '' });
    expect(splitter.push('<think>')).toEqual({ speech: '<think>', thought: '' });
  });
});

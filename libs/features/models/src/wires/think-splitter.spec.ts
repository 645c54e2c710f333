import { describe, expect, it } from '@jest/globals';
import { ThinkSplitter } from './think-splitter.js';

function split(...pieces: readonly string[]): { speech: string; thought: string } {
  const splitter = new ThinkSplitter();
  const all = [...pieces.map((piece) => splitter.push(piece)), splitter.end()];
  return { speech: all.map(({ speech }) => speech).join(''), thought: all.map(({ thought }) => thought).join('') };
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
  ])('%j, split anywhere', (text, speech, thought) => {
    expect(split(text)).toEqual({ speech, thought });
    expect(split(...Array.from(text))).toEqual({ speech, thought });
    for (let at = 1; at < text.length; at += 1) expect(split(text.slice(0, at), text.slice(at))).toEqual({ speech, thought });
  });

  it('speech is not held once it is known to be speech', () => {
    const splitter = new ThinkSplitter();
    expect(splitter.push('<t')).toEqual({ speech: '', thought: '' });
    expect(splitter.push('able>')).toEqual({ speech: '<table>', thought: '' });
    expect(splitter.push('<think>')).toEqual({ speech: '<think>', thought: '' });
  });
});

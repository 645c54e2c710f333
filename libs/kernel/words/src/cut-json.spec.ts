import { describe, expect, it } from '@jest/globals';
import { cutJson } from './cut-json.js';
import { shareOut } from './share-out.js';

describe('JSON cut for somebody to look at', () => {
  it('is the value itself where it fits', () => {
    const value = { path: 'a.txt', lines: [1, 2, null, true], text: 'x '.repeat(1000) };
    expect(cutJson(value, 8000)).toBe(value);
    expect(cutJson('', 10)).toBe('');
  });

  it('shortens the longest strings and leaves the short ones whole', () => {
    const cut = cutJson({ path: 'a.txt', content: 'word '.repeat(50_000), note: 'note '.repeat(20) }, 8000);
    const content: unknown = expect.stringMatching(/^(word )+\[… 24\d{4} characters left out …\]( word)* $/);
    expect(cut).toEqual({ path: 'a.txt', content, note: 'note '.repeat(20) });
    expect(JSON.stringify(cut).length).toBeLessThan(8200);
  });

  it.each([
    ['a list', Array.from({ length: 100_000 }, (_, index) => index)],
    ['fields', Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${String(index)}`, 1]))],
    ['long keys', Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${String(index)}${'k'.repeat(10_000)}`, 1]))],
    ['strings', Array.from({ length: 10_000 }, () => 'some text')],
    ['levels', Array.from({ length: 12 }).reduce<unknown>((inner) => [inner, inner, 'x'], 'deep')],
  ])('bounds %s without end and says what is missing', (_name, value) => {
    const text = JSON.stringify(cutJson(value, 4000));
    expect(text.length).toBeLessThan(16_000);
    expect(text).toContain('left out');
  });

  it('invariant 11: does not leave half of a word at a cut: a secret would not be known by it', () => {
    const secret = `sk-${'a1B2'.repeat(12)}`;
    for (let offset = 0; offset < 60; offset += 1) {
      const text = `${'y '.repeat(2950)}${' '.repeat(offset)}${secret} ${'z '.repeat(5000)}`;
      const cut = JSON.stringify(cutJson(text, 8000));
      expect(cut.includes(secret) || !cut.includes('sk-')).toBe(true);
    }
  });

  it('never divides a character', () => {
    for (let max = 300; max < 330; max += 1) expect(String(cutJson('👩‍👩‍👧'.repeat(500), max)).isWellFormed()).toBe(true);
  });
});

describe('a share for each', () => {
  it.each([
    [[1, 2, 3], 6, Infinity],
    [[1, 2, 3], 5, 2],
    [[10, 10], 10, 5],
    [[1, 100, 1], 12, 10],
    [[], 5, Infinity],
    [[3], 0, 0],
    [[3], -1, 0],
  ])('of %j within %i is %d', (sizes, total, share) => {
    expect(shareOut(sizes, total)).toBe(share);
  });
});

import { describe, expect, it } from '@jest/globals';
import { cutParts } from './cut-parts.js';

describe('cutParts', () => {
  it('leaves a text of up to 2,000 characters whole, and makes nothing of nothing', () => {
    expect(cutParts('x'.repeat(2000))).toEqual(['x'.repeat(2000)]);
    expect(cutParts('')).toEqual([]);
    expect(cutParts(' \n ')).toEqual([]);
    expect(cutParts(' '.repeat(5000))).toEqual([]);
  });

  it('cuts a longer one between paragraphs, sentences or words, and loses nothing', () => {
    const text = Array.from(
      { length: 40 },
      (_, index) => `Sentence number ${String(index)} has some words. And then another one follows it.`,
    ).join('\n\n');
    const parts = cutParts(text);
    expect(parts.join('')).toBe(text);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts.slice(0, -1)) expect(part).toMatch(/\n\n$/);
  });

  it.each([['x'.repeat(100_000)], ['上海。'.repeat(30_000)], ['👩‍👩‍👧'.repeat(20_000)], ['word '.repeat(79_999)]])(
    'never ends within a character, and makes at most 128 parts',
    (text) => {
      const parts = cutParts(text);
      expect(parts.join('')).toBe(text);
      expect(parts.length).toBeLessThanOrEqual(128);
      for (const part of parts) expect(part.isWellFormed()).toBe(true);
    },
  );

  it('reads 400,000 characters and no more', () => {
    expect(cutParts('word '.repeat(200_000)).join('').length).toBe(400_000);
  });
});

import { describe, expect, it } from '@jest/globals';
import { printable, toJson } from './printable.js';
import { cutTo, widthOf, wrapTo } from './text-width.js';
import { toSpan } from './to-facts.js';
import { toTable } from './to-table.js';

describe('text on a screen', () => {
  it.each([
    ['日本語', 6],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['e\u0301', 1],
    ['❤️', 2],
    ['❤', 1],
    ['abc', 3],
    ['한국어', 6],
    ['ｆｕｌｌ', 8],
    ['', 0],
    ['…', 1],
    ['a\u200bb', 2],
  ])('%s is %i columns wide (J5)', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it('is cut with …, never inside a grapheme', () => {
    expect(cutTo('日本語', 5)).toBe('日本…');
    expect(cutTo('日本語', 4)).toBe('日…');
    expect(cutTo('👩‍👩‍👧👩‍👩‍👧', 3)).toBe('👩‍👩‍👧…');
    expect(cutTo('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
    expect(cutTo('abc', 3)).toBe('abc');
  });

  it('is wrapped at words, and a word that is too long where it must be', () => {
    expect(wrapTo('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapTo('日本語日本語', 5)).toEqual(['日本', '語日', '本語']);
    expect(wrapTo('', 5)).toEqual(['']);
  });

  it('a table stands straight at 40 columns, whatever is in it (J5)', () => {
    const rows = ['日本語', '👩‍👩‍👧', '🇩🇪', 'e\u0301', '❤️'].map((name) => [
      name,
      'a description that is longer than there is room for it',
      '1',
    ]);
    const lines = toTable(['NAME', 'DESCRIPTION', 'COUNT'], rows, 40).trimEnd().split('\n');
    expect(lines).toEqual([
      'NAME    DESCRIPTION                COUNT',
      '日本語  a description that is lo…  1',
      '👩‍👩‍👧      a description that is lo…  1',
      '🇩🇪      a description that is lo…  1',
      'e\u0301       a description that is lo…  1',
      '❤️      a description that is lo…  1',
    ]);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(40);
  });

  it('a cell cannot leave its row, nor do anything to the terminal', () => {
    expect(toTable(['NAME'], [['a\nb\u001b[2J\tc']])).toBe('NAME\na b␛[2J c\n');
  });

  it('is a picture of each control character, and JSON has none raw', () => {
    expect(printable('\u0000\u0007\b\u007f\u0085\u2066\t\r\n')).toBe('␀␇␈␡\\u0085\\u2066\t\n');
    expect(toJson({ a: '\u009b\u202e\u2028\u0007' })).toBe(String.raw`{"a":"\u009b\u202e\u2028\u0007"}`);
  });

  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [3725, '1 h 2 min'],
    [86_400, '1 d'],
    [90_061, '1 d 1 h'],
  ])('%i seconds are %s', (seconds, text) => {
    expect(toSpan(seconds)).toBe(text);
  });
});

import { describe, expect, it } from '@jest/globals';
import { boundaryAfter, boundaryBefore, cutGraphemes } from './cut-graphemes.js';
import { isBlank, toPlainText } from './plain-text.js';

const FAMILY = '👩‍👩‍👧';
const graphemes = (text: string): string[] => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);

describe('text that is cut', () => {
  it('stays as it is where it fits, and ends in … where it does not', () => {
    expect(cutGraphemes('12345', 5)).toBe('12345');
    expect(cutGraphemes('123456', 5)).toBe('1234…');
    expect(cutGraphemes('天'.repeat(150), 80)).toBe(`${'天'.repeat(79)}…`);
  });

  it('never ends within a character as people see it', () => {
    expect(cutGraphemes(`${'a'.repeat(79)}😀 tail`, 80)).toBe(`${'a'.repeat(79)}…`);
    expect(cutGraphemes(`${'a'.repeat(78)}😀 tail`, 80)).toBe(`${'a'.repeat(78)}…`);
    expect(cutGraphemes(`${'a'.repeat(76)}${FAMILY} tail`, 80)).toBe(`${'a'.repeat(76)}…`);
    expect(cutGraphemes('e\u0301'.repeat(50), 80)).toBe(`${'e\u0301'.repeat(39)}…`);
  });

  it.each(['a😀b', FAMILY, '🇩🇪🇫🇷', 'e\u0301', 'नमस्ते', '각', 'กำ', '👍🏽 ok', 'x '])('at every place of a long text of %j', (unit) => {
    const text = unit.repeat(Math.ceil(1500 / unit.length));
    const whole = new Set([0, text.length]);
    graphemes(text).reduce((at, grapheme) => {
      whole.add(at + grapheme.length);
      return at + grapheme.length;
    }, 0);
    for (let index = 0; index <= text.length; index += 1) {
      const [before, after] = [boundaryBefore(text, index), boundaryAfter(text, index)];
      expect([index, whole.has(before), whole.has(after), before <= index && index <= after]).toEqual([index, true, true, true]);
    }
  });

  it('is cut even where one character has no end, and between code points then', () => {
    const cut = cutGraphemes(`a${'\u0301'.repeat(100_000)}`, 1000);
    expect([cut.length, cut.isWellFormed()]).toEqual([1000, true]);
    expect(cutGraphemes('\u200d😀'.repeat(10_000), 500).isWellFormed()).toBe(true);
  });
});

describe('plain text', () => {
  it('has no U+0000 and no lone surrogate', () => {
    expect(toPlainText('a\0b\ud83dc😀')).toBe('ab\ufffdc😀');
  });

  it.each(['', ' \n', '\t\u00a0\u3000\u2028', '\ufeff\u200b\u200d\u0085\u001c', '\0'])('%j shows nothing', (text) => {
    expect(isBlank(text)).toBe(true);
  });

  it.each(['.', ' x', '天', '😀', '\u0301', '\ufffd'])('%j shows something', (text) => {
    expect(isBlank(text)).toBe(false);
  });
});

import { describe, expect, it } from '@jest/globals';
import { piecesOf, PlainText, shorten } from './plain-text.js';

describe('plain text', () => {
  it('joins a surrogate pair that was split, wherever the text is cut', () => {
    const text = 'a😀b\ud83dc😀';
    for (let at = 0; at <= text.length; at += 1) {
      const plain = new PlainText();
      const out = plain.next(text.slice(0, at)) + plain.next(text.slice(at)) + plain.end();
      expect(out).toBe('a😀b\ufffdc😀');
    }
  });

  it('cut into pieces: all of it, no piece too long, none ending in half a character', () => {
    const text = `${'😀'.repeat(9)}x${'😀'.repeat(9)}`;
    for (let most = 2; most < 9; most += 1) {
      const pieces = piecesOf(text, most);
      expect(pieces.join('')).toBe(text);
      expect(pieces.every((piece) => piece.length <= most && piece.isWellFormed())).toBe(true);
    }
  });

  it('shortened: what fits stays as it is; else beginning, count and end', () => {
    expect(shorten('12345678', 8)).toBe('12345678');
    expect(shorten('1234567890', 8)).toBe('123456\n[… 2 characters left out …]\n90');
  });
});

import { describe, expect, it } from '@jest/globals';
import { newId } from '@openclaw/words';
import { digestOf, makeToken, readTokenId } from './token-text.js';

describe('a token', () => {
  it('names its id, is of one length and of word characters, and never the same twice', () => {
    const id = newId('tok');
    const tokens = Array.from({ length: 200 }, () => makeToken(id));
    for (const token of tokens) {
      expect(token).toMatch(/^oclaw_\w{75}$/);
      expect(readTokenId(token)).toBe(id);
    }
    expect(new Set(tokens).size).toBe(200);
  });

  it('is known for broken, wherever one character is another', () => {
    const token = makeToken(newId('tok'));
    for (let at = 0; at < token.length; at += 1) {
      expect(readTokenId(token.slice(0, at) + (token[at] === '7' ? '8' : '7') + token.slice(at + 1))).toBeNull();
    }
  });

  it.each(['', 'oclaw_', 'k7Qv2mXw9ZrT4bNc8LsD', `oclaw_${'0'.repeat(75)}`, 'x'.repeat(100_000), `oclaw_${'é'.repeat(75)}`])(
    'is not %.20p',
    (text) => {
      expect(readTokenId(text)).toBeNull();
    },
  );

  it('is kept as 32 bytes', () => {
    expect(digestOf('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

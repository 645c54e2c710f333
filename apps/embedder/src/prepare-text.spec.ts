import { describe, expect, it } from '@jest/globals';
import { prepareText } from './prepare-text.js';

describe('prepareText', () => {
  it('leaves no sign that stands for more than four per byte of it: the engine has no room for those', () => {
    for (let code = 0; code <= 0x10_ff_ff; code += 1) {
      const prepared = prepareText(String.fromCodePoint(code));
      for (const sign of prepared) {
        const grown = Array.from(sign.normalize('NFKC')).length;
        if (grown > Buffer.byteLength(sign) * 4) throw new Error(`U+${code.toString(16)} is left as ${prepared}`);
      }
      if (prepared.normalize('NFKC') !== prepared) throw new Error(`U+${code.toString(16)} would change again`);
    }
    expect(prepareText('\uFDFA'.repeat(3000))).toHaveLength(2000);
  });

  it('has neither U+0000 nor half a pair in it, and is short', () => {
    expect(prepareText('a\0b')).toBe('a b');
    expect(prepareText('a\uD83D')).toBe('a\uFFFD');
    expect(prepareText(`${'x'.repeat(1999)}😀`).isWellFormed()).toBe(true);
    expect(prepareText('x'.repeat(1_000_000))).toHaveLength(2000);
  });
});

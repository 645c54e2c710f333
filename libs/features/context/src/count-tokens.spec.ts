import { describe, expect, it } from '@jest/globals';
import { countTokens as countWithTokenizer } from 'gpt-tokenizer/encoding/o200k_base';
import { seededRandom } from '../../../../test/support/seeded-random.js';
import { boundTokens, countTokens } from './count-tokens.js';

const CHARACTERS = 20_000;
const random = seededRandom(7);
const ofCodes = (from: number, count: number): string => String.fromCharCode(from + Math.floor(random() * count));
const many = (next: () => string): string => Array.from({ length: CHARACTERS }, next).join('').slice(0, CHARACTERS);

/** In pieces: of one long word the tokenizer makes minutes of work. */
function countAll(text: string): number {
  let count = 0;
  for (let start = 0; start < text.length; start += 400) count += countWithTokenizer(text.slice(start, start + 400));
  return count;
}

const TEXTS: readonly (readonly [string, string])[] = [
  ['prose', many(() => 'The ferry to the island leaves at nine, and nobody knows when it comes back. ')],
  ['code', many(() => 'export const value = Object.fromEntries(entries.map(([key, inner]) => [key, inner]));\n')],
  ['letters', many(() => ofCodes(97, 26))],
  ['digits', many(() => ofCodes(48, 10))],
  ['Chinese', many(() => ofCodes(0x4e00, 20_000))],
  ['Korean', many(() => ofCodes(0xac00, 11_000))],
  ['Arabic', many(() => ofCodes(0x620, 40))],
  ['emoji', many(() => String.fromCodePoint(0x1f300 + Math.floor(random() * 700)))],
  ['marks upon marks', many(() => `a${Array.from({ length: 9 }, () => ofCodes(0x300, 100)).join('')}`)],
  ['one letter', 'a'.repeat(CHARACTERS)],
  ['blanks', ' '.repeat(CHARACTERS)],
  ['control characters', '\u0001'.repeat(CHARACTERS)],
  ['two halves', `${'word '.repeat(2000)}${many(() => ofCodes(0x4e00, 20_000)).slice(0, 10_000)}`],
  ['two kinds by turns', many(() => `${'word '.repeat(60)}${Array.from({ length: 300 }, () => ofCodes(0x4e00, 20_000)).join('')}`)],
];

describe('counting tokens', () => {
  it.each(TEXTS)('of a long text of %s, from a part of it, comes near what all of it has', (_name, text) => {
    const exact = countAll(text);
    expect(countTokens(text)).toBeGreaterThan(exact * 0.95);
    expect(countTokens(text)).toBeLessThan(exact * 2 + 200);
  });

  it.each(TEXTS)('of a short text of %s is never too low', (_name, text) => {
    for (const length of [1, 50, 127, 128, 129, 500, 1024]) {
      expect(countTokens(text.slice(0, length))).toBeGreaterThanOrEqual(countWithTokenizer(text.slice(0, length)));
    }
  });

  it.each(TEXTS)('of %s is never above what its bytes allow', (_name, text) => {
    expect(countTokens(text)).toBeLessThanOrEqual(boundTokens(text));
  });

  it('invariant 9: does not grow with the text', () => {
    const text = many(() => ofCodes(0x4e00, 20_000));
    const costOf = (characters: number): number => {
      const long = text.repeat(Math.ceil(characters / CHARACTERS)).slice(0, characters);
      const before = process.threadCpuUsage();
      for (let round = 0; round < 10; round += 1) countTokens(long);
      return process.threadCpuUsage(before).user;
    };
    costOf(CHARACTERS);
    expect(costOf(2_000_000)).toBeLessThan(costOf(CHARACTERS) * 5);
  });

  it('counts what is empty, and what names special tokens, as text', () => {
    expect(countTokens('')).toBe(8);
    expect(countTokens('<|endoftext|>')).toBeGreaterThan(10);
  });
});

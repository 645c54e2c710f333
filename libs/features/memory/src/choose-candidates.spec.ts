import { describe, expect, it } from '@jest/globals';
import { chooseCandidates, type CountedWord, rarest, weightOf, wordQuery, WORDS_MAX } from './choose-candidates.js';

const word = (text: string, entries: number): CountedWord => ({ text, forms: [[text]], entries });

describe('chooseCandidates', () => {
  it('takes the rarest words alone as long as the budget lasts, then pairs of the others', () => {
    const words = [word('common', 50_000), word('rare', 10), word('usual', 40_000), word('seldom', 2000)];
    expect(chooseCandidates(words, 1_000_000, 6000)).toBe("('rare') | ('seldom') | ((('usual')) & (('common')))");
  });

  it('never requires all words, and gives up where each is everywhere', () => {
    expect(chooseCandidates([word('a', 10), word('b', 20)], 1000, 100)).toBe("('a') | ('b')");
    expect(chooseCandidates([word('a', 50_000)], 1_000_000, 6000)).toBe(null);
    expect(chooseCandidates([], 1000, 100)).toBe(null);
  });

  it('what it promises to find stays within the budget', () => {
    const words = Array.from({ length: 12 }, (_, index) => word(`w${String(index)}`, 30_000 + index));
    const query = chooseCandidates(words, 1_000_000, 6000) ?? '';
    expect(query.match(/&/g)?.length).toBe(6);
  });

  it('looks for words that are counted nowhere: they may be new', () => {
    expect(chooseCandidates([word('new', 0), word('b', 20)], 1000, 100)).toBe("('new') | ('b')");
  });
});

it('rarest keeps as many words as a mask has bits, those that are nowhere last', () => {
  const words = [word('nowhere', 0), ...Array.from({ length: 20 }, (_, index) => word(`w${String(index)}`, 20 - index))];
  const kept = rarest(words);
  expect(kept).toHaveLength(WORDS_MAX);
  expect(kept[0]?.entries).toBe(1);
  expect(rarest([word('nowhere', 0), word('known', 3)]).map(({ text }) => text)).toEqual(['known', 'nowhere']);
});

it('a rarer word weighs more, and no word weighs less than nothing', () => {
  expect(weightOf(word('a', 1), 1000)).toBeGreaterThan(weightOf(word('b', 100), 1000));
  expect(weightOf(word('a', 1000), 1000)).toBeGreaterThan(0);
  expect(weightOf(word('a', 5), 0)).toBeGreaterThan(0);
});

it('a word is quoted, whatever it is made of', () => {
  expect(wordQuery({ text: 'x', forms: [["o'b\\", 'c'], ['c++']] })).toBe(String.raw`('o''b\\' & 'c') | ('c++')`);
});

import { describe, expect, it } from '@jest/globals';
import { lettersWrong, nearestTerms } from './nearest-terms.js';

describe('lettersWrong', () => {
  it.each([
    ['same', 'same', 0],
    ['same', 'sane', 1],
    ['same', 'sme', 1],
    ['same', 'samee', 1],
    ['same', 'smae', 1],
    ['restuarant', 'restaurant', 1],
    ['caroline', 'karolina', 2],
    ['abc', 'xyz', 3],
    ['abc', 'abcdefgh', 3],
    ['', 'ab', 2],
    ['größe', 'grösse', 2],
  ])('between %s and %s are %d', (left, right, wrong) => {
    expect(lettersWrong(left, right, 2)).toBe(Math.min(wrong, 3));
    expect(lettersWrong(right, left, 2)).toBe(Math.min(wrong, 3));
  });
});

describe('nearestTerms', () => {
  const near = (term: string, entries = 1) => ({ term, entries, holds: false });

  it('takes terms that hold the word before those that look like it', () => {
    const holding = { term: 'strassenfest', entries: 1, holds: true };
    expect(nearestTerms('fest', [near('west'), holding])).toEqual([holding]);
  });

  it('takes those with the fewest letters wrong: one in a short word, two in a long one', () => {
    expect(nearestTerms('wiliam', [near('william'), near('walim')]).map(({ term }) => term)).toEqual(['william']);
    expect(nearestTerms('carolne', [near('carlton'), near('caroline')]).map(({ term }) => term)).toEqual(['caroline']);
    expect(nearestTerms('cat', [near('cow')])).toEqual([]);
    expect(nearestTerms('cat', [])).toEqual([]);
  });
});

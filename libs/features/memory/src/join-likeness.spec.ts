import { describe, expect, it } from '@jest/globals';
import { joinLikeness } from './join-likeness.js';

const alone = (count: number): number[][] => Array.from({ length: count }, () => []);
const order = (scores: readonly number[]): number[] =>
  scores
    .map((score, index) => ({ score, index }))
    .sort((a, b) => b.score - a.score)
    .map(({ index }) => index);

describe('joinLikeness', () => {
  it('breaks a tie of words by meaning, and a tie of meaning by words', () => {
    expect(order(joinLikeness([2, 2, 2], alone(3), [0.1, 0.9, 0.5]))).toEqual([1, 2, 0]);
    expect(order(joinLikeness([1, 3, 2], alone(3), [0.5, 0.5, 0.5]))).toEqual([1, 2, 0]);
  });

  it('the scale of a model does not count: only by how much one stands out', () => {
    const [words, wide] = [
      [4, 1, 0, 2],
      [0.1, 0.9, 0.95, 0.2],
    ];
    const narrow = wide.map((likeness) => 0.8 + likeness / 50);
    joinLikeness(words, alone(4), narrow).forEach((score, index) => {
      expect(score).toBeCloseTo(joinLikeness(words, alone(4), wide)[index] ?? 0, 6);
    });
  });

  it('what has no word must stand out; what has one is found however far it is, behind what is near', () => {
    const scores = joinLikeness([0, 0, 0.1, 5, 5], alone(5), [0.9, 0.5, 0.1, 0.5, 0.5]);
    expect(scores[0]).toBeGreaterThan(0);
    expect(scores[1]).toBe(0);
    expect(scores[2]).toBeGreaterThan(0);
    expect(scores[2]).toBeLessThan(Math.min(scores[0] ?? 0, scores[3] ?? 0));
  });

  it('where no word is anywhere, meaning alone decides', () => {
    expect(order(joinLikeness([0, 0, 0, 0], alone(4), [0.1, 0.1, 0.9, 0.1]))[0]).toBe(2);
  });

  it('an entry without a vector is neither raised nor lowered', () => {
    const [a, b, c] = joinLikeness([3, 3, 3], alone(3), [0.9, null, 0.1]);
    expect([(a ?? 0) > (b ?? 0), (b ?? 0) > (c ?? 0), b]).toEqual([true, true, 3]);
  });

  it('a turn has something of what those next to it mean', () => {
    const likeness = [0.9, 0.2, 0.2, 0.2];
    const next = [[1], [0], [3], [2]];
    const [, beside, apart] = joinLikeness([1, 1, 1, 1], next, likeness);
    expect(beside).toBeGreaterThan(apart ?? Infinity);
  });

  it('no candidates, one, and none with a vector', () => {
    expect(joinLikeness([], [], [])).toEqual([]);
    expect(joinLikeness([2], alone(1), [0.5])).toEqual([2]);
    expect(joinLikeness([2, 1], alone(2), [null, null])).toEqual([2, 1]);
  });
});

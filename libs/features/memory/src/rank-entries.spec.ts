import { describe, expect, it } from '@jest/globals';
import { type Candidate, FLAG, type RankedQuestion, rankEntries } from './rank-entries.js';

const DAY_MS = 86_400_000;
const question = (more: Partial<RankedQuestion> = {}): RankedQuestion => ({
  weights: [3, 1],
  averageLength: 10,
  names: () => false,
  spans: [],
  asksWhen: false,
  ...more,
});
let made = 0;
const entry = (mask: number, more: Partial<Candidate> = {}): Candidate => {
  made += 1;
  return { id: String(made), thread: null, position: 0, session: 0, author: 'Ann', at: 0, length: 10, flags: 0, mask, ...more };
};
const turn = (mask: number, position: number, more: Partial<Candidate> = {}): Candidate =>
  entry(mask, { thread: 't', position, session: 1, ...more });
/** Positions of the candidates, best first. */
function order(candidates: readonly Candidate[], asked = question()): number[] {
  const scores = rankEntries(candidates, asked);
  return candidates.map((_candidate, index) => index).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}

describe('rankEntries', () => {
  it('a rare word counts more than a common one, both more than either', () => {
    expect(order([entry(0b10), entry(0b01), entry(0b11), entry(0)])).toEqual([2, 1, 0, 3]);
    expect(rankEntries([entry(0)], question())).toEqual([0]);
  });

  it('of equal matches the shorter one is better, and not by much', () => {
    const [long = 0, short = 0] = rankEntries([entry(1, { length: 40 }), entry(1, { length: 5 })], question());
    expect(short).toBeGreaterThan(long);
    expect(short).toBeLessThan(long * 1.5);
  });

  it('a turn next to a match is worth more than one far from it, and nothing in another thread', () => {
    const scores = rankEntries(
      [turn(1, 10), turn(0, 11), turn(0, 12), turn(0, 14, { session: 14 }), turn(0, 11, { thread: 'u' })],
      question(),
    );
    expect(scores[1]).toBeGreaterThan(scores[2] ?? 0);
    expect(scores[2]).toBeGreaterThan(0);
    expect(scores.slice(3)).toEqual([0, 0]);
  });

  it('the turn after a question that matches is its answer', () => {
    const [, plain = 0] = rankEntries([turn(1, 1), turn(0, 2)], question());
    const [, answer = 0] = rankEntries([turn(1, 1, { flags: FLAG.asks }), turn(0, 2)], question());
    expect(answer).toBeGreaterThan(plain * 1.2);
  });

  it('a session with the words in many turns lifts all of it, less with each more', () => {
    const lift = (matches: number): number =>
      rankEntries([turn(0, 50), ...Array.from({ length: matches }, (_, index) => turn(1, index + 1))], question())[0] ?? 0;
    expect(lift(2)).toBeGreaterThan(lift(1));
    expect(lift(3) - lift(2)).toBeLessThan(lift(2) - lift(1));
  });

  it('who is named, when it was, and what tells a time for a question after one', () => {
    const both = [entry(1), entry(1, { author: 'Bo', at: 5 * DAY_MS, flags: FLAG.tellsWhen })];
    expect(order(both, question({ names: (author) => author === 'Bo' }))[0]).toBe(1);
    expect(order(both, question({ spans: [{ from: 4 * DAY_MS, to: 4 * DAY_MS }] }))[0]).toBe(1);
    expect(
      order(
        both,
        question({
          spans: [
            { from: 20 * DAY_MS, to: 21 * DAY_MS },
            { from: 4 * DAY_MS, to: 6 * DAY_MS },
          ],
        }),
      )[0],
    ).toBe(1);
    expect(order(both, question({ asksWhen: true }))[0]).toBe(1);
  });

  it('what only asks comes after what tells the same', () => {
    expect(order([entry(1, { flags: FLAG.endsAsking }), entry(1)])).toEqual([1, 0]);
  });

  it('an entry of the time asked for is found without a word, behind those with one', () => {
    const asked = question({ spans: [{ from: 0, to: DAY_MS }] });
    expect(order([entry(0), entry(0, { at: 30 * DAY_MS }), entry(1)], asked)).toEqual([2, 0, 1]);
    expect(rankEntries([entry(0)], { ...asked, weights: [] })[0]).toBeGreaterThan(0);
  });

  it('ten thousand candidates of one session are ranked', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => turn(index % 4, index));
    expect(rankEntries(many, question()).every((score) => Number.isFinite(score))).toBe(true);
  });
});

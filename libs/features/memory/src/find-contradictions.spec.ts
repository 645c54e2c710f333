import { describe, expect, it } from '@jest/globals';
import { findContradictions } from './find-contradictions.js';

const found = (...bodies: string[]): (readonly [string, string])[] => findContradictions(bodies.map((body) => ({ id: body, body })));

describe('findContradictions', () => {
  it.each([
    ['My dentist is Doctor Wu', 'My dentist is Doctor Chen.'],
    ['my  DENTIST is Doctor Wu!', 'My dentist is Doctor Chen'],
    ['My sister lives in Bergen', 'My sister lives in Oslo'],
    ['Mein Zahnarzt ist Dr. Wu', 'Mein Zahnarzt ist Dr. Chen'],
    ['Ma voiture est rouge', 'Ma voiture est bleue'],
    ['我的牙医是吴医生', '我的牙医是陈医生'],
    ['私の歯医者は呉先生です', '私の歯医者は陳先生です'],
  ])('%s, then %s: the newer wins', (older, newer) => {
    expect(found(older, newer)).toEqual([[older, newer]]);
  });

  it.each([
    ['My dentist is Doctor Wu', 'My dentist is doctor wu.'],
    ['My dentist is Doctor Wu', 'My doctor is Doctor Chen'],
    ['I like apples', 'I like pears'],
    ['Bo is a dog', 'Bo is brown'],
    ['', '?'],
    ['A friend is Ann', 'A friend is Bo'],
  ])('%s and %s do not contradict each other', (one, other) => {
    expect(found(one, other)).toEqual([]);
  });

  it('of three the newest wins over both, and time is linear in the text', () => {
    expect(found('The code is 1', 'The code is 2', 'The code is 3')).toEqual([['The code is 1', 'The code is 3'], ['The code is 2', 'The code is 3']]);
    expect(found(`my ${'a '.repeat(50_000)}`, `the ${' '.repeat(50_000)}is`)).toEqual([]);
  });
});

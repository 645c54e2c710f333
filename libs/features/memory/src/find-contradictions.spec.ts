import { describe, expect, it } from '@jest/globals';
import { findContradictions } from './find-contradictions.js';

const found = (...bodies: string[]): (readonly [string, string])[] => findContradictions(bodies.map((body) => ({ id: body, body })));

describe('findContradictions', () => {
  it.each([
    ['My dentist is Doctor Wu', 'My dentist is Doctor Chen.'],
    ['my  DENTIST is Doctor Wu!', 'My dentist is Doctor Chen'],
    ['The garage code of my aunt is 4711', 'The garage code of my aunt is 0815'],
    ['My favourite band is Abba', 'My favourite band is Queen'],
    ['My dog is called Bo', 'My dog is called Rex'],
    ['My sister lives in Bergen', 'My sister lives in Oslo'],
    ['My sister lives in Bergen', 'My sister moved to Oslo'],
    ['Mein Zahnarzt ist Dr. Wu', 'Mein Zahnarzt ist Dr. Chen'],
    ['Der Schlüssel liegt bei Vera', 'Der Schlüssel ist im Büro'],
    ['Ma voiture est rouge', 'Ma voiture est bleue'],
    ['Mi número de teléfono es 555 12', 'Mi número de teléfono es 555 13'],
    ['我的牙医是吴医生', '我的牙医是陈医生'],
    ['私の歯医者は呉先生です', '私の歯医者は陳先生です'],
  ])('%s, then %s: the newer wins', (older, newer) => {
    expect(found(older, newer)).toEqual([[older, newer]]);
  });

  it.each([
    ['I live in Bergen', 'I moved to Oslo'],
    ['I’ve just moved to Bergen.', 'I’m now living in Oslo'],
    ['I work for Acme', 'I started a new job at Globex'],
    ['My name is Ann', 'Call me Annie'],
    ['Ich wohne in Bergen', 'Ich bin nach Oslo gezogen'],
    ['Ich arbeite bei Bosch', 'Ich arbeite jetzt bei Siemens'],
    ['Ich heiße Anna', 'Mein Name ist Hanna'],
    ["J'habite à Lyon", "J'ai déménagé à Paris"],
    ['Vivo en Madrid', 'Me mudé a Sevilla'],
    ['Me llamo Ana', 'Mi nombre es Eva'],
    ['我住在上海', '我搬到了北京'],
    ['我在华为工作', '我现在在小米上班'],
    ['東京に住んでいます', '大阪に引っ越しました'],
  ])('%s, then in other words %s: the newer wins', (older, newer) => {
    expect(found(older, newer)).toEqual([[older, newer]]);
  });

  it.each([
    ['My friend is Ann', 'My friend is Bo'],
    ['My friend lives in Oslo', 'My friend lives in Bergen'],
    ['Mein Kollege heißt Jan', 'Mein Kollege heißt Tim'],
    ['Mon ami est Luc', 'Mon ami est Paul'],
    ['Mi amiga es Ana', 'Mi amiga es Eva'],
    ['我的朋友是小王', '我的朋友是小李'],
    ['私の友達は健です', '私の友達は翔です'],
    ['My sister is Ann', 'My sister is a doctor'],
    ['My dog is old', 'My dog is brown'],
    ['My car is red', 'My car is fast'],
    ['My boss is Ann', 'My boss is kind'],
    ['My mother is Eva', 'My mother is a teacher'],
    ['Meine Schule ist groß', 'Meine Schule ist neu'],
    ['私の母は元気です', '私の母は教師です'],
    ['I live in Bergen', 'I live in Bergen, Norway'],
    ['I moved to Bergen', 'I live in Bergen'],
    ['I live in Bergen', 'I moved to Oslo in 2019'],
    ['I live in Bergen', 'I moved to Oslo when I was ten'],
    ['I live in Bergen', 'My sister lives in Oslo'],
    ['My dentist is Doctor Wu', 'My dentist is doctor wu.'],
    ['My dentist is Doctor Wu', 'My doctor is Doctor Chen'],
    ['I like apples', 'I like pears'],
    ['I have been to Oslo', 'I have been to Bergen'],
    ['Bo is a dog', 'Bo is brown'],
    ['', '?'],
    ['A friend is Ann', 'A friend is Bo'],
  ])('%s and %s do not contradict each other', (one, other) => {
    expect(found(one, other)).toEqual([]);
  });

  it('of three the newest wins over both, and time is linear in the text', () => {
    expect(found('The code is 1', 'The code is 2', 'The code is 3')).toEqual([
      ['The code is 1', 'The code is 3'],
      ['The code is 2', 'The code is 3'],
    ]);
    expect(found(`my ${'a '.repeat(50_000)}`, `the ${' '.repeat(50_000)}is`, `i moved to ${'a'.repeat(200)}`)).toEqual([]);
  });
});

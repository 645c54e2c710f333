import { describe, expect, it } from '@jest/globals';
import { indexTerms } from './index-terms.js';
import { readQuery } from './read-query.js';

/** As search decides it: all terms of any form of a word. */
function finds(query: string, text: string): boolean {
  const terms = new Set(indexTerms(text, 4000));
  const words = readQuery(query);
  return words.length > 0 && words.some(({ forms }) => forms.some((form) => form.every((term) => terms.has(term))));
}

describe('what is looked for as it was said', () => {
  it.each([
    ['cafe', 'Am Café vorbei'],
    ['CAFÉ', 'am cafe vorbei'],
    ['straße', 'DIE STRASSE'],
    ['strasse', 'die Straße'],
    ['上海', '我家在上海东边，今天天气真好。'],
    ['海', '我家在上海东边'],
    ['病院', '病院は機能していない'],
    ['コーヒー', 'ブラックコーヒーをください'],
    ['เชียงใหม่', 'ฉันอยากไปเที่ยวเชียงใหม่'],
    ['서울', '서울에서 살아요'],
    ['물', '물을 마셔요'],
    ['ירושלים', 'אני גר בירושלים'],
    ['בירושלים', 'ירושלים יפה'],
    ['كتاب', 'قرأت الكتاب'],
    ['والكتاب', 'كتاب جديد'],
    ['ann.lee', 'mail ann.lee@example.com now'],
    ['ann lee', 'mail ann.lee@example.com now'],
    ['Ann.Lee', 'Ann Lee wrote'],
    ['annlee', 'mail ann.lee@example.com now'],
    ['example.com', 'see https://www.example.com/path?q=1'],
    ['24.9.0', 'node 24.9.0 is out'],
    ['24.9', 'node v24.9.0 is out'],
    ['192.168.1.10', 'ping 192.168.1.10!'],
    ['2026-11-25', 'due 2026-11-25T10:00Z'],
    ['1000', 'it costs 1,000 euros'],
    ['C++', 'written in C++.'],
    ['c#', 'C# and F#'],
    ['node.js', 'we use node.js'],
    ['nodejs', 'we use node.js'],
    ['node.js', 'we use NodeJS'],
    ['getUserName', 'call getUserName()'],
    ['username', 'call getUserName()'],
    ['getusername', 'call getUserName()'],
    ['user_name', 'the column user_name'],
    ['GPT-4', 'gpt4 said'],
    ['gpt4', 'GPT-4 said'],
    ['e-mail', 'my email'],
    ['email', 'my e-mail'],
    ['self care', 'about self-care'],
    ['🎉', 'we won 🎉🎉'],
    ['👍', 'ok 👍🏽'],
    ['👩', 'us 👩‍👩‍👧'],
    ['🇩🇪', 'in 🇩🇪 now'],
    ['❤️', 'I ❤ it'],
    ['€', '5 € each'],
    ['Caroline', 'Caroline’s book'],
    ["caroline's", 'Caroline said'],
    ['running', 'he runs'],
    ['２４', 'room 24'],
    ['٢٤', 'room 24'],
    ['москва', 'МОСКВА'],
    ['The Who', 'the who played'],
  ])('%s is found in %s', (query, text) => {
    expect(finds(query, text)).toBe(true);
  });

  it.each([
    ['C++', 'vitamin c'],
    ['24.9.0', '249 0'],
    ['北京', '我家在上海'],
    ['lee', 'sleep well'],
    ['ann.lee', 'lee only'],
    ['🎂', '🎉'],
    ['the cat', 'the dog'],
  ])('%s is not found in %s', (query, text) => {
    expect(finds(query, text)).toBe(false);
  });

  it.each(['', ' ', '-'.repeat(200), '!!! & | :* () "', '\u0301\u0301', '\ufeff', '...', '\ud83d'])('%j looks for nothing', (query) => {
    expect(readQuery(query)).toEqual([]);
  });

  it.each([
    ['one word', 'wörd'.repeat(25_000)],
    ['no spaces', '上海'.repeat(50_000)],
    ['an endless chain', 'a.'.repeat(50_000)],
    ['apostrophes', "a'".repeat(50_000)],
    ['humps', 'aB'.repeat(50_000)],
    ['distinct words', Array.from({ length: 30_000 }, (_, index) => `x${String(index)}`).join(' ')],
    ['distinct chains', Array.from({ length: 30_000 }, (_, index) => `x${String(index)}y`).join('-')],
    ['emoji', '👩‍👩‍👧'.repeat(12_000)],
    ['marks', '\u0301'.repeat(100_000)],
    ['digits', '7'.repeat(100_000)],
  ])('a text of %s has a bounded number of terms of bounded length', (_what, text) => {
    const terms = indexTerms(text, 4000);
    expect(terms.length).toBeLessThanOrEqual(4000);
    expect(Math.max(0, ...terms.map((term) => term.length))).toBeLessThanOrEqual(256);
    expect(readQuery(text).length).toBeLessThanOrEqual(64);
  });

  it('a query leaves out what says nothing, unless it says nothing else', () => {
    expect(readQuery('What is the name of the cat?').map(({ text }) => text)).toEqual(['name', 'cat']);
    expect(readQuery('to be or not to be').length).toBeGreaterThan(0);
  });
});

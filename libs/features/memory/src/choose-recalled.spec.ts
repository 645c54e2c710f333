import { describe, expect, it } from '@jest/globals';
import { chooseRecalled } from './choose-recalled.js';

const found = (...contents: string[]): { content: string }[] => contents.map((content) => ({ content }));
const choose = (contents: string[], question: string, texts: string[] = [question], max = 3): string[] =>
  chooseRecalled(found(...contents), { question, texts }, max).map(({ content }) => content);

describe('chooseRecalled', () => {
  it('leaves out what says nothing beside the question or a better one', () => {
    expect(
      choose(['My dog is called what?', 'The dog is called Bo', 'The dog is called Bo!', 'Bo barks at night'], 'What is my dog called?'),
    ).toEqual(['The dog is called Bo', 'Bo barks at night']);
    expect(choose(['我家在上海东边', '我家在上海东边。', '上海很大'], '上海')).toEqual(['我家在上海东边', '上海很大']);
  });

  it('leaves out what the thread holds already', () => {
    expect(
      choose(['My sister is Ann', 'My brother is Jim'], 'Who is in my family?', ['Hello. My sister is Ann.', 'Who is in my family?']),
    ).toEqual(['My brother is Jim']);
  });

  it('takes no more than wanted, and nothing without words', () => {
    expect(choose(['one apple', 'two pears', 'three plums', 'four figs'], 'fruit?', [], 2)).toEqual(['one apple', 'two pears']);
    expect(choose(['?!', '   '], 'fruit?')).toEqual([]);
  });
});

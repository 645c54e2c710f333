import { describe, expect, it } from '@jest/globals';
import { expandReferences } from './expand-references.js';

const env = { NAME: 'value', EMPTY: '', DOLLAR: '${NAME}', _x1: 'odd' };
const expand = (text: string): unknown => expandReferences({ key: text }, env).tree['key'];

describe('references', () => {
  it.each([
    ['${NAME}', 'value'],
    ['a ${NAME} b${NAME}', 'a value bvalue'],
    ['${_x1}', 'odd'],
    ['${UNSET}', ''],
    ['${EMPTY}', ''],
    ['${UNSET:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${NAME:-fallback}', 'value'],
    ['${UNSET:-}', ''],
    ['${UNSET:-http://x:80/?a=b:-c}', 'http://x:80/?a=b:-c'],
    ['$${NAME}', '${NAME}'],
    ['$$${NAME}', '$${NAME}'],
    ['$NAME $ {NAME} 100$', '$NAME $ {NAME} 100$'],
    ['${DOLLAR}', '${NAME}'],
    ['no reference', 'no reference'],
  ])('%j becomes %j', (text, expanded) => {
    expect(expand(text)).toBe(expanded);
  });

  it.each(['${', '${NAME', '${}', '${NA ME}', '${1ST}', '${NAME-x}', '${NAME:+x}', '${NAME:x}'])('names %j as no reference', (text) => {
    expect(expandReferences({ a: { list: ['fine', text] } }, env).problems).toEqual([
      { path: 'a.list.1', message: expect.stringContaining('${NAME:-default}') },
    ]);
  });

  it('reaches every string and leaves keys, numbers and flags alone', () => {
    const { tree } = expandReferences({ '${NAME}': [{ deep: '${NAME}' }, 5, true, null] }, env);
    expect(tree).toEqual({ '${NAME}': [{ deep: 'value' }, 5, true, null] });
  });
});

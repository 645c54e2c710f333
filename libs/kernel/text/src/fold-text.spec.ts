import { describe, expect, it } from '@jest/globals';
import { foldText } from './fold-text.js';

describe('foldText', () => {
  it.each([
    ['Café', 'cafe'],
    ['cafe\u0301', 'cafe'],
    ['STRASSE', 'strasse'],
    ['straße', 'strasse'],
    ['GROẞ', 'gross'],
    ['İstanbul', 'istanbul'],
    ['ISTANBUL', 'istanbul'],
    ['ısı', 'isi'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['οδός', 'οδοσ'],
    ['Łódź Øre Æsir', 'lodz ore aesir'],
    ['ﬁne', 'fine'],
    ['ＡＢＣ　１２３', 'abc 123'],
    ['٢٠٢٦ ๒๕๖๗ १२', '2026 2567 12'],
    ['ещё', 'еще'],
    ['בְּרֵאשִׁית', 'בראשית'],
    ['مُحَمَّد', 'محمد'],
    ['أحمد إلى ٱلكتاب', 'احمد الي الكتاب'],
    ['Donau\u00addampf', 'donaudampf'],
    ['\ufeffword', 'word'],
    ['ｶﾞｲﾄﾞ', 'ガイド'],
    ['한국어', '한국어'],
    ['หมาป่า', 'หมาป่า'],
    ['हिन्दी', 'हिन्दी'],
  ])('%s is %s', (written, folded) => {
    expect(foldText(written)).toBe(folded.normalize('NFKC'));
  });

  it('folds what is folded to itself', () => {
    for (const text of ['Straße Ångström İ', 'ΣΊΣΥΦΟΣ', '上海 カフェ', 'ﷺ ㎏ ½', '\ud83d broken'])
      expect(foldText(foldText(text))).toBe(foldText(text));
  });
});

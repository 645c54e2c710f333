import { describe, expect, it } from '@jest/globals';
import { stemEnglish } from './stem-english.js';

/** What Postgres 17's ts_lexize('english_stem', word) says. */
const STEMS: readonly (readonly [string, string])[] = [
  ['caresses', 'caress'],
  ['ties', 'tie'],
  ['cries', 'cri'],
  ['gas', 'gas'],
  ['kiwis', 'kiwi'],
  ['agreed', 'agre'],
  ['feed', 'feed'],
  ['plastered', 'plaster'],
  ['hopping', 'hop'],
  ['hoping', 'hope'],
  ['luxuriating', 'luxuri'],
  ['happy', 'happi'],
  ['say', 'say'],
  ['by', 'by'],
  ['relational', 'relat'],
  ['conditional', 'condit'],
  ['hesitancy', 'hesit'],
  ['digitizer', 'digit'],
  ['radically', 'radic'],
  ['analogously', 'analog'],
  ['vietnamization', 'vietnam'],
  ['operator', 'oper'],
  ['feudalism', 'feudal'],
  ['hopefulness', 'hope'],
  ['sensitivity', 'sensit'],
  ['triplicate', 'triplic'],
  ['electrical', 'electr'],
  ['goodness', 'good'],
  ['revival', 'reviv'],
  ['adjustable', 'adjust'],
  ['replacement', 'replac'],
  ['adoption', 'adopt'],
  ['effective', 'effect'],
  ['probate', 'probat'],
  ['cease', 'ceas'],
  ['controlling', 'control'],
  ['rolled', 'roll'],
  ['generously', 'generous'],
  ['communities', 'communiti'],
  ['arsenal', 'arsenal'],
  ['playful', 'play'],
  ['enjoyable', 'enjoy'],
  ['youth', 'youth'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['news', 'news'],
  ['succeeded', 'succeed'],
  ['outings', 'outing'],
  ['proceed', 'proceed'],
  ['running', 'run'],
  ['runs', 'run'],
  ['geology', 'geolog'],
  ['apology', 'apolog'],
];

describe('stemEnglish', () => {
  it.each(STEMS)('%s stems to %s, as Postgres has it', (word, stem) => {
    expect(stemEnglish(word)).toBe(stem);
  });

  it.each(['', 'a', 'be', 'yy', 'yyyyyyyy', 'eed', 'ing', 'ies', 's', 'ss', 'zzz'])('ends on %j', (word) => {
    expect(stemEnglish(word).length).toBeLessThanOrEqual(word.length);
  });
});

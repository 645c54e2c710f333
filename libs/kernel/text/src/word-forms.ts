import { stemEnglish } from './stem-english.js';

const LATIN = /^[a-z]+$/;
const DIGITS = /^\d+$/;
const HEBREW = /^[\u05d0-\u05ea]+$/;
/** And, the, in, as, to, from, that: written together with the word they go before, up to three of them. */
const HEBREW_PREFIX = /^[והבכלמש]/;
const ARABIC = /^[\u0621-\u064a]+$/;
const ARABIC_PREFIXES = [/^[وف]?[بك]?ال/, /^[وف]?لل/, /^[وف]/, /^[بكل]/];
const STEM_LETTERS_MIN = 3;

/** The forms under which a word is found, the one that it is looked for by first. */
export function formsOf(word: string): readonly string[] {
  if (LATIN.test(word)) return [stemEnglish(word)];
  if (HEBREW.test(word)) return hebrewForms(word);
  if (ARABIC.test(word)) return arabicForms(word);
  return [word];
}

/** `ann.lee` and `annlee`, `e-mail` and `email` are one; of numbers the joint is kept: 24.9 is not 249. */
export function joinParts(left: string, joint: string, right: string): string {
  if (DIGITS.test(left) && DIGITS.test(right)) return joint === ',' ? left + right : `${left}.${right}`;
  const joined = left + right;
  return LATIN.test(joined) ? stemEnglish(joined) : joined;
}

function hebrewForms(word: string): string[] {
  const forms = [word];
  let rest = word;
  while (forms.length < 4 && HEBREW_PREFIX.test(rest) && rest.length > STEM_LETTERS_MIN) {
    rest = rest.slice(1);
    forms.push(rest);
  }
  return forms;
}

function arabicForms(word: string): string[] {
  const shorter = ARABIC_PREFIXES.map((prefix) => word.replace(prefix, '')).filter((rest) => rest.length >= STEM_LETTERS_MIN);
  return [...new Set([word, ...shorter])];
}

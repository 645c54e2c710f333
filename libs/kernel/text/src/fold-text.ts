/**
 * Marks that searchers leave out: accents, Hebrew points, Arabic vowels and the tatweel; and what is not seen: soft hyphens, joiners,
 * variation selectors, byte order marks. Vowel signs of Indic and Thai script are letters to their readers and stay.
 */
/* eslint-disable no-misleading-character-class -- each of them alone is meant */
const LEFT_OUT =
  /[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]|[\u1ab0-\u1aff\u1dc0-\u1dff]|[\u200b-\u200f\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]/g;
/* eslint-enable no-misleading-character-class */
const ASCII = /^[\0-\x7f]*$/;

/** Letters with a stroke and the like, which no normalisation takes apart, and Arabic letters that are written in two ways. */
const ALIKE: ReadonlyMap<string, string> = new Map(
  ['ßss', 'øo', 'łl', 'đd', 'ðd', 'ħh', 'ŧt', 'æae', 'œoe', 'þth', 'ςσ', 'ةه', 'ىي', 'یي', 'کك', 'ٱا'].map((pair) => [
    pair.slice(0, 1),
    pair.slice(1),
  ]),
);
const ALIKE_LETTERS = /[ßøłđðħŧæœþςةىیکٱ]/g;
const FOREIGN_DIGITS = /(?![0-9])\p{Nd}/gu;

/** NFKC without accents and invisible marks; case is kept. Linear in the length of the text. */
export function plainText(text: string): string {
  return ASCII.test(text) ? text : text.normalize('NFKD').replace(LEFT_OUT, '').normalize('NFKC');
}

/** Of plain text, the one form that stands for all its spellings: no case (ß is ss), every script's digits as 0 to 9. */
export function foldPlain(plain: string): string {
  if (ASCII.test(plain)) return plain.toLowerCase();
  // To capitals first: that takes ß and its kind apart.
  const small = plain
    .toUpperCase()
    .toLowerCase()
    .replace(ALIKE_LETTERS, (letter) => ALIKE.get(letter) ?? letter);
  return small.replace(FOREIGN_DIGITS, westernDigit);
}

/** What two spellings of one word have in common: `Café` and `cafe`, `STRASSE` and `straße`, `２４` and `24` come out the same. */
export function foldText(text: string): string {
  return foldPlain(plainText(text));
}

/** Each script has its ten digits in a row that begins at …0 or at …6. */
function westernDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const row = code - (code % 16);
  const zero = /\p{Nd}/u.test(String.fromCodePoint(row)) ? row : row + 6;
  return String(code - zero);
}

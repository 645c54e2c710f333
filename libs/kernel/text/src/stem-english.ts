/**
 * The English stemmer of the Snowball project ("Porter2", https://snowballstem.org/algorithms/english/stemmer.html), as Postgres'
 * `english_stem` has it: `running`, `runs` and `run` come out the same. Other languages' words pass through it changed little, and
 * always in the same way.
 */
export function stemEnglish(word: string): string {
  if (word.length < 3) return word;
  const known = EXCEPTIONS.get(word);
  if (known !== undefined) return known;
  // Capital Y: one that is a consonant.
  const marked = word.replace(/^y|(?<=[aeiouy])y/g, 'Y');
  const [from1, from2] = regions(marked);
  const plural = step1a(marked);
  if (INVARIANT.has(plural)) return plural;
  const base = step1c(step1b(plural, from1));
  return step5(step4(step3(step2(base, from1), from1, from2), from2), from1, from2).toLowerCase();
}

const VOWEL = /[aeiouy]/;
const DOUBLE = /(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/;
const SHORT_END = /(^[aeiouy][^aeiouy]|[^aeiouy][aeiouy][^aeiouywxY])$/;
const EXCEPTIONS = new Map(
  Object.entries({
    skis: 'ski',
    skies: 'sky',
    dying: 'die',
    lying: 'lie',
    tying: 'tie',
    idly: 'idl',
    gently: 'gentl',
    ugly: 'ugli',
    early: 'earli',
    only: 'onli',
    singly: 'singl',
    sky: 'sky',
    news: 'news',
    howe: 'howe',
    atlas: 'atlas',
    cosmos: 'cosmos',
    bias: 'bias',
    andes: 'andes',
  }),
);
const INVARIANT = new Set(['inning', 'outing', 'canning', 'herring', 'earring', 'proceed', 'exceed', 'succeed']);

/** Where R1 and R2 begin: after the first consonant that follows a vowel, and after the next such. */
function regions(word: string): [number, number] {
  const prefix = /^(gener|commun|arsen)/.exec(word)?.[0].length;
  const from1 = prefix ?? afterVowelConsonant(word, 0);
  return [from1, afterVowelConsonant(word, from1)];
}

function afterVowelConsonant(word: string, from: number): number {
  const found = /[aeiouy][^aeiouy]/.exec(word.slice(from));
  return found ? from + found.index + 2 : word.length;
}

function isShort(word: string, from1: number): boolean {
  return from1 >= word.length && SHORT_END.test(word);
}

function step1a(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (/(ied|ies)$/.test(word)) return word.length > 4 ? word.slice(0, -2) : word.slice(0, -1);
  if (/(us|ss)$/.test(word) || !word.endsWith('s')) return word;
  return VOWEL.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function step1b(word: string, from1: number): string {
  const agreed = /(eedly|eed)$/.exec(word);
  if (agreed) return agreed.index >= from1 ? word.slice(0, agreed.index + 2) : word;
  const found = /(ingly|edly|ing|ed)$/.exec(word);
  if (!found) return word;
  const rest = word.slice(0, found.index);
  if (!VOWEL.test(rest)) return word;
  if (/(at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (DOUBLE.test(rest)) return rest.slice(0, -1);
  return isShort(rest, from1) ? `${rest}e` : rest;
}

function step1c(word: string): string {
  return /.[^aeiouy][yY]$/.test(word) ? `${word.slice(0, -1)}i` : word;
}

const ENDINGS_2: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['iveness', 'ive'],
  ['ization', 'ize'],
  ['ousness', 'ous'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['tional', 'tion'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ation', 'ate'],
  ['entli', 'ent'],
  ['fulli', 'ful'],
  ['iviti', 'ive'],
  ['ousli', 'ous'],
  ['abli', 'able'],
  ['alli', 'al'],
  ['anci', 'ance'],
  ['ator', 'ate'],
  ['enci', 'ence'],
  ['izer', 'ize'],
  ['bli', 'ble'],
];
const ENDINGS_3: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
];
const ENDING_4 = /(ement|ance|ence|able|ible|ment|ant|ent|ism|ate|iti|ous|ive|ize|al|er|ic)$/;

function step2(word: string, from1: number): string {
  for (const [ending, instead] of ENDINGS_2) {
    if (word.endsWith(ending)) return word.length - ending.length >= from1 ? word.slice(0, -ending.length) + instead : word;
  }
  if (/ogi$/.test(word)) return word.length - 3 >= from1 && /logi$/.test(word) ? word.slice(0, -1) : word;
  return /[cdeghkmnrt]li$/.test(word) && word.length - 2 >= from1 ? word.slice(0, -2) : word;
}

function step3(word: string, from1: number, from2: number): string {
  for (const [ending, instead] of ENDINGS_3) {
    if (word.endsWith(ending)) return word.length - ending.length >= from1 ? word.slice(0, -ending.length) + instead : word;
  }
  return word.endsWith('ative') && word.length - 5 >= from2 ? word.slice(0, -5) : word;
}

function step4(word: string, from2: number): string {
  const found = ENDING_4.exec(word);
  if (found) return found.index >= from2 ? word.slice(0, found.index) : word;
  return /[st]ion$/.test(word) && word.length - 3 >= from2 ? word.slice(0, -3) : word;
}

function step5(word: string, from1: number, from2: number): string {
  const last = word.length - 1;
  if (word.endsWith('ll') && last >= from2) return word.slice(0, -1);
  if (!word.endsWith('e')) return word;
  if (last >= from2) return word.slice(0, -1);
  return last >= from1 && !SHORT_END.test(word.slice(0, -1)) ? word.slice(0, -1) : word;
}

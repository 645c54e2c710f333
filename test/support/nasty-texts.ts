import { pickInteger } from './seeded-random.js';

type Random = () => number;
/** Writes at least one character and at most about as many as it is told. */
type Kind = (random: Random, characters: number) => string;

const BASE64 = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
/** Beginnings that patterns, parsers and queries wait for the end of. */
const OPENERS = [
  '-eyJ',
  'eyJaaaaaaaa.',
  'a.',
  'a-',
  'a_',
  'a:',
  'a1-',
  '://',
  'a://b:',
  'Bearer ',
  'sk-',
  '?key=',
  '&token=',
  '123456789:',
  '<',
  '<!--',
  '</attachment',
  '{',
  '[',
  '(',
  '"',
  "'",
  '`',
  '```',
  '{{',
  '${',
  '%',
  '%E0%',
  '/*',
  '\\',
  '\\u',
  '&amp;',
  '=',
  '==',
  '--',
  '-',
  '- ',
  '!',
  '!(',
  '&',
  '|',
  ':*',
  '<->',
  'or ',
  'not ',
  '/',
  '//',
  '../',
  '#',
  '**',
  '_',
  '~~',
  '![](',
  '|-',
  'data:;base64,',
  ';',
  ';charset=',
  ',',
  '.',
  '...',
  '0',
  '1e9',
  '-1',
];
/** Characters that stand for nothing, turn the writing round, or join what is not one. */
const INVISIBLE = [
  '\u200b',
  '\u200d',
  '\u200e',
  '\u202e',
  '\u2066',
  '\u2069',
  '\ufeff',
  '\u00ad',
  '\u034f',
  '\u180e',
  '\u2028',
  '\u2029',
  '\u0085',
  '\u00a0',
  '\u3000',
  '\ufe0f',
  '\u{e0001}',
  '\u{1f3fb}',
];
const CONTROL = ['\u0001', '\u0007', '\b', '\t', '\n', '\u000b', '\f', '\r', '\r\n', '\u001b', '\u001b[31m', '\u007f', '\u009b'];
const CLUSTERS = ['👩‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪', '🇩', '👍🏿', '🧑🏽‍🚀', '☠️', '1️⃣', 'க்ஷி', 'ก็็็'];

/** Seeded: the same texts for the same numbers. None holds U+0000 or half of a surrogate pair, which no door lets in. */
export const NASTY_KINDS: Readonly<Record<string, Kind>> = {
  'one character': (random, characters) =>
    pick(random, [
      'a',
      'A',
      '0',
      ' ',
      '.',
      '"',
      "'",
      '\\',
      '/',
      '<',
      '{',
      '[',
      '(',
      '-',
      '_',
      '=',
      '~',
      '漢',
      'é',
      '\t',
      '\n',
      '\u0001',
      '😀',
    ]).repeat(characters),
  'openers without ends': (random, characters) => fill(characters, () => pick(random, OPENERS), pickInteger(random, 1, 3) === 1),
  'one opener': (random, characters) => repeat(pick(random, OPENERS) + pick(random, ['', '', 'a', ' ', '\n', '"']), characters),
  'brackets within brackets': (random, characters) => {
    const [open, close] = pick(random, [
      ['{"a":', '}'],
      ['[', ']'],
      ['(', ')'],
      ['<b>', '</b>'],
      ['"(', ')"'],
    ] as const);
    return repeat(open, characters / 2) + repeat(close, characters / 2);
  },
  'control characters': (random, characters) => fill(characters, () => pick(random, CONTROL)),
  'white space': (random, characters) =>
    fill(characters, () => pick(random, [' ', '\t', '\n', '\r\n', '\u00a0', '\u3000', '\u2028', '\f'])),
  Chinese: (random, characters) => fill(characters, () => codeIn(random, 0x4e00, 0x9fff)),
  'Korean and Japanese': (random, characters) => fill(characters, () => codeIn(random, 0x3040, 0xd7a3)),
  'right to left': (random, characters) =>
    fill(characters, () => (random() < 0.1 ? pick(random, INVISIBLE) : codeIn(random, 0x5d0, 0x6d3))),
  emoji: (random, characters) => fill(characters, () => codeIn(random, 0x1f300, 0x1f9ff)),
  'clusters of emoji and letters': (random, characters) => fill(characters, () => pick(random, CLUSTERS)),
  'one endless flag': (random, characters) => fill(characters, () => codeIn(random, 0x1f1e6, 0x1f1ff)),
  'marks upon marks': (random, characters) => fill(characters, () => (random() < 0.02 ? 'a' : codeIn(random, 0x300, 0x36f))),
  'joined for ever': (random, characters) => fill(characters, () => `${codeIn(random, 0x1f400, 0x1f4ff)}\u200d`),
  'nothing to be seen': (random, characters) => fill(characters, () => pick(random, INVISIBLE)),
  base64: (random, characters) => fill(characters, () => pick(random, BASE64)),
  'tokens of strangers': (random, characters) =>
    fill(
      characters,
      () =>
        `${pick(random, ['eyJ', 'sk-', 'ghp_', 'xoxb-', 'AIza', '9:'])}${fill(pickInteger(random, 1, 60), () => pick(random, BASE64.slice(0, 62)))}${pick(random, ['.', ' ', '-', ''])}`,
    ),
  addresses: (random, characters) =>
    fill(characters, () => pick(random, ['http://', 'a:b@', 'user:', '@', 'x.', '/', '?key=', '&sig=', '#', '[::1]', ':80', ' '])),
  'quotes and backslashes': (random, characters) => fill(characters, () => pick(random, ['"', '\\', "'", '\\"', '\\\\', '"\\', '\n'])),
  'JSON in a string': (random, characters) => {
    let text = pick(random, ['"', 'x', '\n', '漢']);
    while (text.length < characters / 2) text = JSON.stringify({ [pick(random, ['a', 'token', '__proto__', 'constructor'])]: text });
    return text;
  },
  markup: (random, characters) =>
    fill(characters, () =>
      pick(random, [
        '<a href="',
        '</attachment>',
        '<attachment name="',
        '<!--',
        '-->',
        '<![CDATA[',
        ']]>',
        '&lt;',
        '&#x0;',
        '<script>',
        '"',
        '>',
      ]),
    ),
  SQL: (random, characters) =>
    fill(characters, () =>
      pick(random, ["'; DROP TABLE runs; --", "' OR 1=1", '$1', '$$', ':name', '::uuid', '\\x', "E'\\", 'NULL', '/*', '*/']),
    ),
  digits: (random, characters) => fill(characters, () => pick(random, ['0', '1', '2', '5', '9', '.', '-', 'e'])),
  'long words': (random, characters) => fill(characters, () => codeIn(random, 97, 122)),
  'any character at all': (random, characters) => fill(characters, () => codeIn(random, 1, 0x1ffff)),
};

const KINDS = Object.keys(NASTY_KINDS);
/** Most are short, some fill what a door lets in. */
const LENGTHS = [1, 10, 100, 1000, 10_000, 100_000];

/** A text of any kind, or of several after one another, at most `charactersMax` UTF-16 units long and never empty. */
export function nastyText(random: Random, charactersMax: number): string {
  const characters = Math.min(charactersMax, pick(random, LENGTHS));
  const kinds = Array.from({ length: pick(random, [1, 1, 1, 2, 4]) }, () => pick(random, KINDS));
  const text = kinds.map((kind) => NASTY_KINDS[kind]?.(random, Math.max(1, Math.floor(characters / kinds.length))) ?? '').join('');
  return cut(text, charactersMax) || 'a';
}

/** A text that no door may let in: with U+0000, or half of a surrogate pair. */
export function unlawfulText(random: Random, charactersMax: number): string {
  const text = nastyText(random, charactersMax - 1);
  const at = pickInteger(random, 0, text.length);
  return text.slice(0, at) + pick(random, ['\0', '\ud800', '\udfff']) + text.slice(at);
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function codeIn(random: Random, from: number, to: number): string {
  return String.fromCodePoint(pickInteger(random, from, to)).toWellFormed();
}

function repeat(piece: string, characters: number): string {
  return piece.repeat(Math.max(1, Math.ceil(characters / piece.length)));
}

/** Of a long text a thousand pieces are chosen and come again and again. */
function fill(characters: number, next: () => string, same = false): string {
  const pieces: string[] = [];
  for (let length = 0; length < characters && pieces.length < (same ? 1 : 1000);) {
    const piece = next();
    pieces.push(piece);
    length += piece.length;
  }
  const text = pieces.join('');
  return text.length >= characters ? text : repeat(text, characters);
}

function cut(text: string, characters: number): string {
  const short = text.slice(0, characters);
  return short.isWellFormed() ? short : short.slice(0, -1);
}

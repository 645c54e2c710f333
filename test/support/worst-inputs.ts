import { type AST, RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';

/** `before`, then `pump` again and again, then `after`. */
export interface WorstInput {
  readonly before: string;
  readonly pump: string;
  readonly after: string;
}

type Unit = readonly AST.Element[];

/** Letters of every kind that patterns tell apart; each stands between two pumps, or ends the text so that what went before fails. */
const NEIGHBOURS = ['', 'a', 'A', '0', '_', '-', '.', ':', '/', '@', '"', ' ', '\n'];
const ENDS = ['', '\u0001'];
const SETS: Readonly<Record<string, readonly string[]>> = {
  digit: ['0'],
  space: ['\t', '\n'],
  word: ['a', 'Z', '0', '_'],
  any: ['a', '-'],
  property: ['é', 'a'],
};
const NOT_IN_SET: Readonly<Record<string, readonly string[]>> = {
  digit: ['a', '-'],
  space: ['a', '-'],
  word: ['-', ' '],
  property: ['a', '-'],
};
/** What a negated class may still take; the parser does not say. */
const OTHERS = ['a', '0', '-', '.', ':', ' ', '"', '漢'];
const PIECES_MAX = 24;
/** What repeats itself within a text is seldom made of more parts of a pattern. */
const UNITS_MAX = 4;

/**
 * Texts that cost a pattern more than they should, if any do: what each part of it takes, over and over, between neighbours of every
 * kind, with and without what must stand before, ended by what does not fit. Backtracking that grows faster than its text needs just
 * that: a way to begin again at each repetition, or two ways to read it, and a failure at the end.
 */
export function* worstInputs({ source, flags }: RegExp): Generator<WorstInput> {
  const sequences: (readonly Unit[])[] = [];
  const pattern = new RegExpParser().parsePattern(source, 0, source.length, {
    unicode: flags.includes('u'),
    unicodeSets: flags.includes('v'),
  });
  visitRegExpAST(pattern, { onAlternativeEnter: ({ elements }) => sequences.push(toUnits(elements)) });
  for (const units of sequences) {
    for (const { from, to } of slices(units.length)) {
      const before = exampleOf(units.slice(0, from).flat());
      for (const piece of examplesOf(units.slice(from, to).flat())) yield* repeated(piece, before);
    }
  }
}

export function write({ before, pump, after }: WorstInput, characters: number): string {
  return before + pump.repeat(Math.ceil(characters / pump.length)) + after;
}

function* repeated(piece: string, before: string): Generator<WorstInput> {
  for (const neighbour of NEIGHBOURS) {
    const pump = neighbour + piece;
    if (pump === '') continue;
    for (const after of ENDS) for (const start of new Set(['', '\u0001', before])) yield { before: start, pump, after };
  }
}

/** A word of the pattern is one part: nothing is gained by taking it apart. */
function toUnits(elements: readonly AST.Element[]): Unit[] {
  return elements.reduce<Unit[]>((units, element) => {
    const last = units.at(-1);
    return element.type === 'Character' && last?.at(-1)?.type === 'Character' ? units.with(-1, [...last, element]) : [...units, [element]];
  }, []);
}

/** Neighbouring parts, a few at a time, and all of them. */
function slices(length: number): { from: number; to: number }[] {
  const few = Array.from({ length }, (_, from) =>
    Array.from({ length: Math.min(UNITS_MAX, length - from) }, (_none, count) => ({ from, to: from + count + 1 })),
  );
  return [...few.flat(), ...(length > UNITS_MAX ? [{ from: 0, to: length }] : [])];
}

function exampleOf(elements: readonly AST.Element[]): string {
  return examplesOf(elements)[0] ?? '';
}

/** Some of the texts that a sequence takes: each part's choices are tried with the first choice of the others. */
function examplesOf(elements: readonly AST.Element[]): string[] {
  const choices = elements.map((element) => choicesOf(element));
  const firsts = choices.map(([first = '']) => first);
  const texts = choices.flatMap((each, at) => each.map((choice) => firsts.with(at, choice).join('')));
  return [...new Set(texts)].slice(0, PIECES_MAX);
}

function choicesOf(element: AST.Element): readonly string[] {
  switch (element.type) {
    case 'Quantifier':
      return [...new Set(choicesOf(element.element).map((choice) => choice.repeat(Math.max(1, element.min))))];
    case 'Group':
    case 'CapturingGroup':
      return element.alternatives.flatMap(({ elements }) => examplesOf(elements));
    case 'Character':
    case 'CharacterSet':
    case 'CharacterClass':
      return charactersOf(element);
    default:
      return ['']; // asserts, or repeats what stands before
  }
}

function charactersOf(element: AST.Character | AST.CharacterSet | AST.CharacterClass): readonly string[] {
  if (element.type === 'Character') return [String.fromCodePoint(element.value)];
  if (element.type === 'CharacterClass') return element.negate ? OTHERS : element.elements.flatMap((member) => membersOf(member));
  return ('negate' in element && element.negate ? NOT_IN_SET : SETS)[element.kind] ?? [];
}

function membersOf(member: AST.CharacterClass['elements'][number]): readonly string[] {
  if (member.type === 'CharacterClassRange') return [String.fromCodePoint(member.min.value), String.fromCodePoint(member.max.value)];
  return member.type === 'ExpressionCharacterClass' || member.type === 'ClassStringDisjunction' ? [] : charactersOf(member);
}

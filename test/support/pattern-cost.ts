import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type WorstInput, worstInputs, write } from './worst-inputs.js';

/** A regular expression as it stands in a source. */
export interface PatternInSource {
  readonly file: string;
  readonly literal: string;
}

export interface PatternCost {
  readonly milliseconds: number;
  readonly characters: number;
  readonly input: WorstInput;
}

/** In steps so small that the worst pattern ends soon after it has shown what it is: by each character, then by half as many again. */
const LENGTHS = [16, 20, 24, 28, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192];
/** A linear pattern takes a hundredth of this for the longest of them. */
const SUSPICIOUS_MS = 3;
/** Below it only what is worse than a square costs so much. */
const SQUARE_FROM = 2048;
const LENGTH_MAX = 32_768;
/** What the longest text may cost: a linear pattern takes under 1 ms, a quadratic one more than half a second. */
const COST_MAX_MS = 60;

/** Every regular expression literal in the TypeScript sources below `folders`, tests and generated code apart. */
export function findPatterns(folders: readonly string[]): PatternInSource[] {
  return folders
    .flatMap((folder) => sourcesIn(folder))
    .flatMap((file) => literalsIn(file, readFileSync(file, 'utf8')).map((literal) => ({ file, literal })));
}

export function literalsIn(file: string, text: string): string[] {
  const literals: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) literals.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return literals;
}

export function toRegExp(literal: string): RegExp {
  const end = literal.lastIndexOf('/');
  return new RegExp(literal.slice(1, end), literal.slice(end + 1));
}

/** What the pattern costs on its worst input: null where that grows with the text and no faster. In time of this thread's processor. */
export function findExcess(pattern: RegExp): PatternCost | null {
  const everywhere = new RegExp(pattern.source, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`);
  for (const input of worstInputs(pattern)) {
    const cost = climb(everywhere, input);
    if (cost) return cost;
  }
  return null;
}

function climb(pattern: RegExp, input: WorstInput): PatternCost | null {
  const suspicious = LENGTHS.find((characters) => measure(pattern, input, characters) > SUSPICIOUS_MS);
  if (suspicious === undefined) return null;
  if (suspicious < SQUARE_FROM) return { milliseconds: measure(pattern, input, suspicious), characters: suspicious, input };
  const milliseconds = measure(pattern, input, LENGTH_MAX);
  return milliseconds > COST_MAX_MS ? { milliseconds, characters: LENGTH_MAX, input } : null;
}

/** Twice, and the lesser of the two: the first may have compiled the pattern, or swept up after others. */
function measure(pattern: RegExp, input: WorstInput, characters: number): number {
  const text = write(input, characters);
  const first = run(pattern, text);
  return first > SUSPICIOUS_MS && first < COST_MAX_MS ? Math.min(first, run(pattern, text)) : first;
}

function run(pattern: RegExp, text: string): number {
  const before = process.threadCpuUsage();
  text.replace(pattern, '');
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !/(^|\/)(node_modules|dist|generated)\//.test(path))
    .map((path) => join(folder, path));
}

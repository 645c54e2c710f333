import { findUnsafeJson, type Issue } from '@openclaw/words';
import { isScalar, parseDocument } from 'yaml';
import { type FrontMatter, frontMatterSchema, meantKey } from './front-matter.schema.js';
import type { Finding } from './skill.schema.js';

/** What SKILL.md says. */
export interface SkillText {
  readonly frontMatter: FrontMatter;
  /** The Markdown below. */
  readonly body: string;
  readonly findings: readonly Finding[];
}

const CHARACTERS_MAX = 16_384;
const DEPTH_MAX = 20;
const FENCE = '---';
/** Values that YAML reads as something other than plain text. */
const NOT_PLAIN = /^["'[{|>&*!%@`#-]/;
const SHORT_VERSION = /^\d{1,9}(?:\.\d{1,9})?$/;

type YamlDocument = ReturnType<typeof parseDocument>;

/**
 * SKILL.md ─► YAML between its first two lines of hyphens ─► once more with plain texts quoted, where it is none ─► our own keys checked
 *
 * The issues where it is not good, all that can be told at once.
 */
export function readFrontMatter(text: string): SkillText | readonly Issue[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === FENCE);
  const written = lines.slice(1, Math.max(end, 1));
  const problem = lines[0]?.trimEnd() !== FENCE || end < 0 ? 'must begin with front matter between two lines of ---' : boundsOf(written);
  if (problem !== null) return bad(problem);
  const read = parse(written);
  if (!('value' in read)) return read;
  const { success, data, error } = frontMatterSchema.safeParse(read.value);
  if (!success) return error.issues.map(({ path, message }) => ({ path: path.join('.') || 'front matter', message }));
  return { frontMatter: data, body: lines.slice(end + 1).join('\n'), findings: [...read.quoted.map(toFinding), ...nearMisses(read.value)] };
}

function boundsOf(lines: readonly string[]): string | null {
  if (lines.join('\n').length > CHARACTERS_MAX) return `must be at most ${String(CHARACTERS_MAX)} characters`;
  return lines.some((line) => nestingOf(line) > DEPTH_MAX) ? `must be at most ${String(DEPTH_MAX)} levels deep` : null;
}

interface Parsed {
  readonly value: Readonly<Record<string, unknown>>;
  /** Lines that were quoted. */
  readonly quoted: readonly number[];
}

function parse(lines: readonly string[]): Parsed | readonly Issue[] {
  const { document, quoted } = toRepaired(lines);
  const [error] = document.errors;
  if (error)
    return bad(
      `is no YAML: ${whereOf(error.linePos?.[0])}${error.message.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? ''}`,
    );
  const value = valueOf(document);
  if (value === null) return bad('must be keys with values, without aliases');
  const unsafe = findUnsafeJson(value);
  return unsafe ? [unsafe] : { value, quoted };
}

/** The most common fault by far is a plain text with a colon in it: such texts are quoted, and it is tried once more. */
function toRepaired(lines: readonly string[]): { readonly document: YamlDocument; readonly quoted: readonly number[] } {
  const document = toDocument(lines);
  if (document.errors.length === 0) return { document, quoted: [] };
  const quoted: number[] = [];
  const again = lines.map((line, index) => {
    const at = line.indexOf(': ');
    const [key, value] = [line.slice(0, at), line.slice(at + 2).trim()];
    if (at < 1 || !/^[A-Za-z][\w-]*$/.test(key) || NOT_PLAIN.test(value) || !value.includes(':')) return line;
    quoted.push(index);
    return `${key}: ${JSON.stringify(value)}`;
  });
  const repaired = toDocument(again);
  return repaired.errors.length === 0 ? { document: repaired, quoted } : { document, quoted: [] };
}

function toDocument(lines: readonly string[]): YamlDocument {
  return parseDocument(lines.join('\n'), { uniqueKeys: true, schema: 'core', merge: false, prettyErrors: true });
}

/** Names for values that are used again could be made to stand for a great deal: they are not looked up. null where it is no map. */
function valueOf(document: YamlDocument): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return { ...value, ...versionOf(document) };
  } catch (thrown) {
    if (thrown instanceof ReferenceError) return null;
    throw thrown;
  }
}

/** As it is written: 1.10 is another version than 1.1, and YAML reads both as one number. */
function versionOf(document: YamlDocument): { readonly version?: string } {
  const node: unknown = document.get('version', true);
  if (!isScalar(node) || node.source === undefined || node.source === '' || typeof node.value === 'boolean') return {};
  const written = node.source.replace(/^v(?=\d)/, '');
  return { version: SHORT_VERSION.test(written) ? `${written}${written.includes('.') ? '.0' : '.0.0'}` : written };
}

/** Brackets that are open at once on a line: what a reader of YAML goes down by. */
function nestingOf(line: string): number {
  let [open, most] = [0, 0];
  for (const letter of line) {
    if (letter === '[' || letter === '{') open += 1;
    if (letter === ']' || letter === '}') open -= 1;
    most = Math.max(most, open);
  }
  return most;
}

function nearMisses(value: Readonly<Record<string, unknown>>): Finding[] {
  return Object.keys(value).flatMap((key) => {
    const meant = meantKey(key);
    return meant === null
      ? []
      : [{ level: 'warning' as const, where: 'SKILL.md', message: `${key} is no key of ours and has no effect; was ${meant} meant?` }];
  });
}

function toFinding(index: number): Finding {
  return {
    level: 'info',
    where: `SKILL.md:${String(index + 2)}`,
    message: 'is text with a colon and without quotes, which is no YAML; read as the text that was meant',
  };
}

function whereOf(at: { readonly line: number; readonly col: number } | undefined): string {
  return at === undefined ? '' : `line ${String(at.line + 1)}, column ${String(at.col)}: `;
}

function bad(message: string): Issue[] {
  return [{ path: 'front matter', message }];
}

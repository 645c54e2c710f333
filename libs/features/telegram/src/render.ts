/**
 * Markdown as models write it ─► blocks ─► lines ─► segments of Telegram's HTML, each whole in itself ─► pieces
 *
 * Protects: a piece is never longer than Telegram takes, counted as it counts (UTF-16 units after its tags are taken for formatting),
 * never ends inside a character, and its tags are closed.
 */
import type { Piece } from '@openclaw/chats';

/** Telegram's own limit of a message. */
export const MESSAGE_UNITS_MAX = 4096;
/** Telegram takes about a hundred formatted parts of a message; the rest it shows as they are. */
const ENTITIES_MAX = 90;
/** Of a fence: what its frame is to leave free, so that a piece has something in it. */
const LINE_UNITS_MAX = 3500;

/** Something that is not cut any more. */
interface Segment {
  readonly html: string;
  readonly plain: string;
  readonly entities: number;
  /** What stands between it and the one before. */
  readonly gap: '' | '\n' | '\n\n';
}

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]{0,30})/;
const HEADING = /^#{1,6} +(\S.*)$/;
const BULLET = /^(\s{0,20})[-*+] +(.*)$/;

/** Cuts and formats a reply. At least one piece. */
export function toPieces(text: string, unitsMax = MESSAGE_UNITS_MAX): readonly Piece[] {
  const pieces: Piece[] = [];
  let held: Segment[] = [];
  const flush = (): void => {
    if (held.length > 0) pieces.push(joined(held));
    held = [];
  };
  for (const segment of segmentsOf(text, unitsMax)) {
    if (!fits([...held, segment], unitsMax)) {
      const rest = cutAtBlock(held);
      held = held.slice(0, held.length - rest.length);
      flush();
      held = fits([...rest, segment], unitsMax) ? rest : (flushed(rest, pieces), []);
    }
    held.push(segment);
  }
  flush();
  return pieces.length > 0 ? pieces : [{ text: '…', plain: '…' }];
}

/** Begins the next piece where a block begins, if that is in the second half of this one. @returns what goes along to the next */
function cutAtBlock(held: readonly Segment[]): Segment[] {
  const at = held.findLastIndex(({ gap }, index) => gap === '\n\n' && index * 2 > held.length);
  return at <= 0 ? [] : held.slice(at);
}

function flushed(rest: readonly Segment[], pieces: Piece[]): void {
  if (rest.length > 0) pieces.push(joined(rest));
}

function fits(segments: readonly Segment[], unitsMax: number): boolean {
  const units = segments.reduce((sum, { plain, gap }, index) => sum + plain.length + (index === 0 ? 0 : gap.length), 0);
  return units <= unitsMax && segments.reduce((sum, { entities }) => sum + entities, 0) <= ENTITIES_MAX;
}

function joined(segments: readonly Segment[]): Piece {
  const join = (part: 'html' | 'plain'): string =>
    segments.map((segment, index) => (index === 0 ? '' : segment.gap) + segment[part]).join('');
  return { text: join('html'), plain: join('plain') };
}

function segmentsOf(text: string, unitsMax: number): Segment[] {
  const segments: Segment[] = [];
  let fence: { mark: string; language: string; lines: string[] } | null = null;
  let blank = false;
  const add = (more: readonly Omit<Segment, 'gap'>[]): void => {
    for (const [index, each] of more.entries()) segments.push({ ...each, gap: blank && index === 0 ? '\n\n' : '\n' });
    if (more.length > 0) blank = false;
  };
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    if (fence) {
      if (line.trimStart().startsWith(fence.mark)) {
        add(renderFence(fence));
        fence = null;
      } else fence.lines.push(line);
      continue;
    }
    const [, mark, language = ''] = FENCE.exec(line) ?? [];
    if (mark !== undefined) fence = { mark, language, lines: [] };
    else if (line.trim() === '') blank = segments.length > 0;
    else add(cutLine(line, Math.min(unitsMax, LINE_UNITS_MAX)).map(renderLine));
  }
  if (fence) add(renderFence(fence));
  return segments;
}

/** A fence longer than a piece is several, each with its frame and language. */
function renderFence({ language, lines }: { readonly language: string; readonly lines: readonly string[] }): Omit<Segment, 'gap'>[] {
  const parts: string[][] = [[]];
  let units = 0;
  for (const line of lines.flatMap((each) => cutLine(each, LINE_UNITS_MAX))) {
    if (units + line.length + 1 > LINE_UNITS_MAX && units > 0) {
      parts.push([]);
      units = 0;
    }
    parts.at(-1)?.push(line);
    units += line.length + 1;
  }
  const frame = language === '' ? ['<pre>', '</pre>'] : [`<pre><code class="language-${escapeHtml(language)}">`, '</code></pre>'];
  return parts.map((part) => {
    const code = part.join('\n');
    return {
      html: frame.join(escapeHtml(code)).length > 0 ? `${frame[0] ?? ''}${escapeHtml(code)}${frame[1] ?? ''}` : '',
      plain: code === '' ? ' ' : code,
      entities: 1,
    };
  });
}

/** At white space where there is some, and never inside what a reader takes for one character. */
function cutLine(line: string, unitsMax: number): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > unitsMax) {
    const space = rest.lastIndexOf(' ', unitsMax);
    const at = space > unitsMax / 2 ? space : characterBefore(rest, unitsMax);
    parts.push(rest.slice(0, at));
    rest = rest.slice(at).replace(/^ /, '');
  }
  return [...parts, rest];
}

/** The end of the last whole character within that many units. */
function characterBefore(text: string, unitsMax: number): number {
  const window = text.slice(0, unitsMax + 64);
  let end = 0;
  for (const { index, segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(window)) {
    if (index + segment.length > unitsMax) break;
    end = index + segment.length;
  }
  if (end > 0) return end;
  const code = text.charCodeAt(unitsMax - 1);
  return code >= 0xd800 && code <= 0xdbff ? unitsMax - 1 : unitsMax; // one character that is longer than a message
}

function renderLine(line: string): Omit<Segment, 'gap'> {
  const [, heading] = HEADING.exec(line) ?? [];
  if (heading !== undefined) {
    const { html, plain, entities } = renderInline(heading, 0);
    return { html: `<b>${html}</b>`, plain, entities: entities + 1 };
  }
  const [, indent = '', item] = BULLET.exec(line) ?? [];
  const { html, plain, entities } = renderInline(item === undefined ? line : `${indent}• ${item}`, 0);
  return { html, plain, entities };
}

interface Inline {
  readonly html: string;
  readonly plain: string;
  readonly entities: number;
}

const MARKS: readonly (readonly [mark: string, tag: string])[] = [
  ['**', 'b'],
  ['__', 'b'],
  ['~~', 's'],
  ['*', 'i'],
  ['_', 'i'],
];
const DEPTH_MAX = 4;
const LINK = /^(?:https?:\/\/|mailto:|tg:\/\/)/i;

/** What is not closed stays as it was written. Each mark is looked for no further once it was looked for in vain. */
function renderInline(text: string, depth: number): Inline {
  const vain = new Set<string>();
  let [html, plain, entities, at] = ['', '', 0, 0];
  const put = (inner: Inline, tag: string, end: number, open = `<${tag}>`): void => {
    html += `${open}${inner.html}</${tag}>`;
    plain += inner.plain;
    entities += inner.entities + 1;
    at = end;
  };
  while (at < text.length) {
    const found = depth < DEPTH_MAX ? findSpan(text, at, vain) : null;
    if (found?.kind === 'code') put({ html: escapeHtml(found.inner), plain: found.inner, entities: 0 }, 'code', found.end);
    else if (found?.kind === 'link') put(renderInline(found.inner, depth + 1), 'a', found.end, `<a href="${escapeHtml(found.url)}">`);
    else if (found) put(renderInline(found.inner, depth + 1), found.tag, found.end);
    else {
      const next = nextMark(text, at + 1);
      html += escapeHtml(text.slice(at, next));
      plain += text.slice(at, next);
      at = next;
    }
  }
  return { html, plain, entities };
}

type Span =
  | { readonly kind: 'code'; readonly inner: string; readonly end: number }
  | { readonly kind: 'link'; readonly inner: string; readonly url: string; readonly end: number }
  | { readonly kind: 'mark'; readonly tag: string; readonly inner: string; readonly end: number };

function nextMark(text: string, from: number): number {
  let at = from;
  while (at < text.length && !'`*_~['.includes(text.charAt(at))) at += 1;
  return at;
}

function findSpan(text: string, at: number, vain: Set<string>): Span | null {
  const first = text.charAt(at);
  if (first === '`') return findCode(text, at, vain);
  if (first === '[') return findLink(text, at, vain);
  for (const [mark, tag] of MARKS) {
    const span = text.startsWith(mark, at) ? findMark(text, at, { mark, tag }, vain) : null;
    if (span) return span;
  }
  return null;
}

function findCode(text: string, at: number, vain: Set<string>): Span | null {
  let width = 1;
  while (text.charAt(at + width) === '`') width += 1;
  const mark = '`'.repeat(width);
  const end = closing(text, mark, at + width, vain);
  return end <= at + width ? null : { kind: 'code', inner: text.slice(at + width, end), end: end + width };
}

function findLink(text: string, at: number, vain: Set<string>): Span | null {
  const middle = closing(text, '](', at + 1, vain);
  const end = middle < 0 ? -1 : closing(text, ')', middle + 2, vain);
  const url = end < 0 ? '' : text.slice(middle + 2, end).trim();
  const inner = middle < 0 ? '' : text.slice(at + 1, middle);
  return LINK.test(url) && inner.trim() !== '' && !inner.includes('[') ? { kind: 'link', inner, url, end: end + 1 } : null;
}

/** An underscore inside a word is none, and neither opens before a space nor closes after one. */
function findMark(
  text: string,
  at: number,
  { mark, tag }: { readonly mark: string; readonly tag: string },
  vain: Set<string>,
): Span | null {
  const from = at + mark.length;
  const isWord = (index: number): boolean => /[\p{L}\p{N}]/u.test(text.charAt(index));
  if (text.charAt(from).trim() === '' || (mark.startsWith('_') && isWord(at - 1))) return null;
  const end = closing(text, mark, from + 1, vain);
  if (end < 0 || text.charAt(end - 1).trim() === '' || (mark.startsWith('_') && isWord(end + mark.length))) return null;
  return { kind: 'mark', tag, inner: text.slice(from, end), end: end + mark.length };
}

function closing(text: string, mark: string, from: number, vain: Set<string>): number {
  if (vain.has(mark)) return -1;
  const at = text.indexOf(mark, from);
  if (at < 0) vain.add(mark);
  return at;
}

/** Telegram takes these three and the quotes of its own attributes. */
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

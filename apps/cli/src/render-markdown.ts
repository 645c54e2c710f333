import { styleText } from 'node:util';
import type { Screen } from './command.types.js';
import { type Span, spansOf } from './markdown-spans.js';
import { printable } from './printable.js';
import { widthOf, wrapTo } from './text-width.js';
import { toTable } from './to-table.js';

const ITEM = /^(\s*)([-*+]|\d{1,9}[.)]) (.*)$/;
const RULE = /^ {0,3}(\*{3,}|-{3,}|_{3,})$/;
const HEADING = /^ {0,3}(#{1,6}) (.*)$/;
const BETWEEN = /^\|?[ :|-]+$/;
const WIDEST = 100;
/** How each kind looks without colours: as it is written. */
const MARKED: Readonly<Record<Span['kind'], string>> = { plain: '', strong: '**', emphasis: '*', code: '`', link: '' };
const STYLES = { strong: 'bold', emphasis: 'italic', code: 'cyan', link: 'underline' } as const;

/** A block of Markdown as lines for a screen, a line end after each. Nothing in it can do anything to the terminal but be read. */
export function renderBlock(block: string, screen: Screen): string {
  const text = printable(block);
  const lines = text.split('\n');
  const [first = ''] = lines;
  const width = Math.max(1, Math.min(screen.columns(), WIDEST));
  if (/^ {0,3}(`{3}|~{3})/.test(first)) return fenced(lines, screen);
  if (RULE.test(text)) return `${'─'.repeat(Math.min(width, 40))}\n`;
  const heading = HEADING.exec(text)?.[2];
  if (heading !== undefined) return `${screen.hasColors ? styled({ text: heading, kind: 'strong' }, screen) : text}\n`;
  if (first.includes('|') && BETWEEN.test(lines[1] ?? '')) return table(lines, width);
  return groups(lines)
    .flatMap(({ lead, rest, words }) => paragraph(words, { lead, rest, width }, screen))
    .map((line) => `${line}\n`)
    .join('');
}

/** As it is, so that it can be copied; the marks step back. */
function fenced(lines: readonly string[], screen: Screen): string {
  const dim = (line: string): string => (screen.hasColors ? styleText('dim', line, { validateStream: false }) : line);
  return lines
    .map((line, index) => `${index === 0 || (index === lines.length - 1 && /^\s*(`{3}|~{3})/.test(line)) ? dim(line) : line}\n`)
    .join('');
}

function table(lines: readonly string[], width: number): string {
  const cells = (line: string): string[] =>
    line
      .replace(/^\s*\|/, '')
      .replace(/\|\s*$/, '')
      .split('|')
      .map((cell) => plain(cell.trim()));
  const [head = '', , ...rows] = lines;
  return rows.length === 0 ? `${cells(head).join('  ')}\n` : toTable(cells(head), rows.map(cells), width);
}

function plain(text: string): string {
  return spansOf(text)
    .map((span) => span.text)
    .join('');
}

/** What stands together: a paragraph, an item of a list, a quotation. */
interface Group {
  readonly lead: string;
  /** What its further lines begin with. */
  readonly rest: string;
  readonly words: string;
}

function groups(lines: readonly string[]): Group[] {
  const found: Group[] = [];
  for (const line of lines) {
    const group = groupOf(line);
    const before = found.at(-1);
    const isBreak = / {2}$|\\$/.test(before?.words ?? '');
    const goesOn = before !== undefined && (group.lead === '' ? !isBreak : group.lead === '│ ' && before.lead === '│ ');
    if (goesOn) found[found.length - 1] = { ...before, words: `${before.words} ${group.words.trimStart()}` };
    else found.push(group);
  }
  return found;
}

function groupOf(line: string): Group {
  const [, indent = '', mark, words = ''] = ITEM.exec(line) ?? [];
  if (mark !== undefined) {
    const lead = `${indent}${/\d/.test(mark) ? mark : '•'} `;
    return { lead, rest: ' '.repeat(lead.length), words };
  }
  if (line.startsWith('>')) return { lead: '│ ', rest: '│ ', words: line.slice(1).trimStart() };
  return { lead: '', rest: '', words: line };
}

/** A style never reaches over the end of a line. */
function paragraph(words: string, margins: Margins, screen: Screen): string[] {
  const lines = new WrappedLines(margins, screen);
  for (const { text, kind } of spansOf(words.replace(/\\$/, '').trimEnd())) {
    for (const [index, word] of text.split(' ').entries()) {
      if (index > 0) lines.blank();
      lines.add({ text: word, kind });
    }
  }
  return lines.end();
}

interface Margins {
  readonly lead: string;
  readonly rest: string;
  readonly width: number;
}

/** Lines that are filled word by word. */
class WrappedLines {
  readonly #margins: Margins;
  readonly #screen: Screen;
  readonly #lines: string[] = [];
  #line = '';
  #used = 0;
  #isBlankDue = false;

  constructor(margins: Margins, screen: Screen) {
    this.#margins = margins;
    this.#screen = screen;
  }

  /** Before the next word, where it is on the same line. */
  blank(): void {
    this.#isBlankDue = this.#used > 0;
  }

  /** A word, or a piece of one that goes on in another style. */
  add(word: Span): void {
    const wide = widthOf(this.#screen.hasColors ? word.text : styled(word, this.#screen));
    const room = Math.max(1, this.#margins.width - widthOf(this.#margins.lead));
    const gap = this.#isBlankDue ? 1 : 0;
    if (this.#used > 0 && this.#used + gap + wide > room) this.#break();
    else if (gap > 0) this.#append(' ', 1);
    this.#isBlankDue = false;
    if (wide <= room) this.#append(styled(word, this.#screen), wide);
    else for (const piece of wrapTo(word.text, room)) this.#squeeze({ ...word, text: piece });
  }

  end(): string[] {
    if (this.#used > 0 || this.#lines.length === 0) this.#break();
    return this.#lines;
  }

  /** A piece of a word that is longer than a line. */
  #squeeze(piece: Span): void {
    if (this.#used > 0) this.#break();
    this.#append(styled(piece, this.#screen), widthOf(piece.text));
  }

  #append(text: string, wide: number): void {
    this.#line += text;
    this.#used += wide;
  }

  #break(): void {
    this.#lines.push(`${this.#lines.length === 0 ? this.#margins.lead : this.#margins.rest}${this.#line}`.trimEnd());
    [this.#line, this.#used] = ['', 0];
  }
}

function styled({ text, kind }: Span, { hasColors }: Screen): string {
  if (text === '' || kind === 'plain') return text;
  return hasColors ? styleText(STYLES[kind], text, { validateStream: false }) : `${MARKED[kind]}${text}${MARKED[kind]}`;
}

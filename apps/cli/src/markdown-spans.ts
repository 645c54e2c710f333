/** A piece of text with what it is: the words of a paragraph are made of them. */
export interface Span {
  readonly text: string;
  readonly kind: 'plain' | 'strong' | 'emphasis' | 'code' | 'link';
}

const WORD = /[\p{L}\p{N}]/u;
const ESCAPABLE = /[\\`*_[\](){}#+.!|>~-]/;

/** Reads emphasis, code and links of one paragraph; what is not closed is plain. Linear: a mark without an end is looked for once. */
export function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  const missing = new Set<string>();
  let plain = '';
  const push = (span: Span): void => {
    if (plain !== '') spans.push({ text: plain, kind: 'plain' });
    plain = '';
    spans.push(span);
  };
  for (let at = 0; at < text.length;) {
    const found = spanAt(text, at, missing);
    if (found === null) {
      const isEscaped = text[at] === '\\' && ESCAPABLE.test(text[at + 1] ?? '');
      plain += text[isEscaped ? at + 1 : at] ?? '';
      at += isEscaped ? 2 : 1;
    } else {
      push(found.span);
      at = found.end;
    }
  }
  if (plain !== '') spans.push({ text: plain, kind: 'plain' });
  return spans;
}

interface Found {
  readonly span: Span;
  readonly end: number;
}

const MARKS = [
  ['**', 'strong'],
  ['__', 'strong'],
  ['*', 'emphasis'],
  ['_', 'emphasis'],
] as const;

function spanAt(text: string, at: number, missing: Set<string>): Found | null {
  const character = text[at];
  if (character === '`') return codeAt(text, at, missing);
  if (character === '[') return linkAt(text, at, missing);
  if (character === '_' && WORD.test(text[at - 1] ?? '')) return null; // within a name
  for (const [mark, kind] of MARKS) {
    const found = text.startsWith(mark, at) ? emphasisAt(text, at + mark.length, { mark, kind }, missing) : null;
    if (found !== null) return found;
  }
  return null;
}

/** @param from where the words begin */
function emphasisAt(
  text: string,
  from: number,
  { mark, kind }: { readonly mark: string; readonly kind: Span['kind'] },
  missing: Set<string>,
): Found | null {
  if (isBlank(text[from])) return null;
  const end = closing(text, mark, from, missing);
  return end > from && !isBlank(text[end - 1]) ? { span: { text: text.slice(from, end), kind }, end: end + mark.length } : null;
}

function codeAt(text: string, at: number, missing: Set<string>): Found | null {
  let from = at;
  while (text[from] === '`') from += 1;
  const mark = text.slice(at, from);
  const end = closing(text, mark, from, missing);
  return end < 0 ? null : { span: { text: text.slice(from, end).trim(), kind: 'code' }, end: end + mark.length };
}

/** `[words](address)` is both; the address once where they are the same. */
function linkAt(text: string, at: number, missing: Set<string>): Found | null {
  const middle = closing(text, '](', at + 1, missing);
  const end = middle < 0 ? -1 : closing(text, ')', middle + 2, missing);
  if (end < 0) return null;
  const [words, address] = [text.slice(at + 1, middle), text.slice(middle + 2, end)];
  return { span: { text: words === address || words === '' ? address : `${words} (${address})`, kind: 'link' }, end: end + 1 };
}

function closing(text: string, mark: string, from: number, missing: Set<string>): number {
  if (missing.has(mark)) return -1;
  const end = text.indexOf(mark, from);
  if (end < 0) missing.add(mark);
  return end;
}

function isBlank(character: string | undefined): boolean {
  return character === undefined || character.trim() === '';
}

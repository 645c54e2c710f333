/** A longer cluster than this is no character that anybody reads; it is cut between its code points. */
const CLUSTER_UNITS_MAX = 64;
/** Where a segmenter may begin without what came before: a line end or a space before a visible ASCII character. */
const SAFE_START = /[\n ](?=[!-~])/g;
const REGIONAL = /^\p{Regional_Indicator}$/u;
const FLAGS_UNITS_MAX = 65_536;
const segmenter = new Intl.Segmenter();

/**
 * The beginning of `text` in at most `unitsMax` UTF-16 units, at least 1, with `…` as its last where something was left out. Never ends
 * within a character as people see it (a grapheme cluster, UAX 29). Its cost does not grow with the text.
 */
export function cutGraphemes(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text;
  return `${text.slice(0, boundaryBefore(text, unitsMax - 1))}…`;
}

/** The largest index up to `index` at which no character of `text` is divided. */
export function boundaryBefore(text: string, index: number): number {
  if (index <= 0 || index >= text.length) return Math.max(0, Math.min(index, text.length));
  const from = safeStart(text, index);
  const window = text.slice(from, index + CLUSTER_UNITS_MAX);
  const cluster = segmenter.segment(window).containing(index - from);
  const start = from + (cluster?.index ?? 0);
  if (index - start <= CLUSTER_UNITS_MAX) return start;
  return isLowSurrogate(text.charCodeAt(index)) ? index - 1 : index;
}

/** The smallest index from `index` on at which no character of `text` is divided. */
export function boundaryAfter(text: string, index: number): number {
  const before = boundaryBefore(text, index);
  if (before >= index) return before;
  const rest = text.slice(before, before + 2 * CLUSTER_UNITS_MAX);
  const [cluster] = segmenter.segment(rest);
  const after = before + (cluster?.segment.length ?? 0);
  return after >= index ? after : index;
}

function safeStart(text: string, index: number): number {
  const from = Math.max(0, index - 4 * CLUSTER_UNITS_MAX);
  if (from === 0) return 0;
  const starts = [...text.slice(from, index).matchAll(SAFE_START)];
  const last = starts.at(-1);
  if (last) return from + last.index + 1;
  return beforeFlags(text, isLowSurrogate(text.charCodeAt(from)) ? from + 1 : from);
}

/** Flags are pairs of letters that only their number from the first one on tells apart. */
function beforeFlags(text: string, index: number): number {
  let start = index;
  while (start >= 2 && index - start < FLAGS_UNITS_MAX && REGIONAL.test(text.slice(start - 2, start))) start -= 2;
  return start;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

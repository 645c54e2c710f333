/** {before, after, context?, ignore_white_space?} ─► {added, removed, diff}: longest common subsequence of lines, as a unified diff. */
import { readFileSync } from 'node:fs';

const LINES_MAX = 3000;

/** Every line of both in order, each with its mark: what both begin and end with is set aside first. */
function compare(a, b, same) {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && same(a[start], b[start])) start += 1;
  let end = 0;
  while (end < most - start && same(a[a.length - 1 - end], b[b.length - 1 - end])) end += 1;
  const kept = (lines) => lines.map((text) => [' ', text]);
  const middle = walk(a.slice(start, a.length - end), b.slice(start, b.length - end), same);
  return [...kept(a.slice(0, start)), ...middle, ...kept(a.slice(a.length - end))];
}

/** For each pair of places, how many lines the rests have in common. */
function commonLengths(a, b, same) {
  const width = b.length + 1;
  const length = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const [below, beside, across] = [length[(i + 1) * width + j], length[i * width + j + 1], length[(i + 1) * width + j + 1]];
      length[i * width + j] = same(a[i], b[j]) ? across + 1 : Math.max(below, beside);
    }
  }
  return (i, j) => length[i * width + j];
}

function walk(a, b, same) {
  const common = commonLengths(a, b, same);
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (same(a[i], b[j])) {
      lines.push([' ', b[j]]);
      [i, j] = [i + 1, j + 1];
    } else if (common(i + 1, j) >= common(i, j + 1)) lines.push(['-', a[i++]]);
    else lines.push(['+', b[j++]]);
  }
  return [...lines, ...a.slice(i).map((text) => ['-', text]), ...b.slice(j).map((text) => ['+', text])];
}

/** Changes with lines around them; those that touch are one. */
function toHunks(lines, context) {
  const hunks = [];
  for (const [index, [mark]] of lines.entries()) {
    if (mark === ' ') continue;
    const last = hunks.at(-1);
    if (last && index - context <= last.to) last.to = Math.min(lines.length, index + context + 1);
    else hunks.push({ from: Math.max(0, index - context), to: Math.min(lines.length, index + context + 1) });
  }
  return hunks;
}

function render(lines, { from, to }) {
  const count = (part, mark) => part.filter(([each]) => each === ' ' || each === mark).length;
  const [before, within] = [lines.slice(0, from), lines.slice(from, to)];
  const at = (mark) => {
    const many = count(within, mark);
    return `${count(before, mark) + (many === 0 ? 0 : 1)},${many}`;
  };
  return [`@@ -${at('-')} +${at('+')} @@`, ...within.map(([mark, text]) => `${mark}${text}`)].join('\n');
}

const toLines = (text) => (text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/));

try {
  const { before, after, context = 3, ignore_white_space: ignoring = false } = JSON.parse(readFileSync(0, 'utf8'));
  const [a, b] = [toLines(before), toLines(after)];
  if (a.length > LINES_MAX || b.length > LINES_MAX) throw new Error(`at most ${LINES_MAX} lines each`);
  const bare = (text) => text.split(/\s+/).filter(Boolean).join(' ');
  const lines = compare(a, b, ignoring ? (one, other) => bare(one) === bare(other) : (one, other) => one === other);
  const [added, removed] = ['+', '-'].map((mark) => lines.filter(([each]) => each === mark).length);
  console.log(
    JSON.stringify({
      added,
      removed,
      diff: toHunks(lines, context)
        .map((hunk) => render(lines, hunk))
        .join('\n'),
    }),
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

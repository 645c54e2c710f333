const NEAR_MAX = 8;

/**
 * Of terms that hold a word or are spelled like it, those that are meant: those that hold it where there are any, else those with
 * the fewest letters wrong: one in a word of up to six letters, two in a longer one.
 */
export function nearestTerms(
  word: string,
  similar: readonly { readonly term: string; readonly entries: number; readonly holds: boolean }[],
): readonly { readonly term: string; readonly entries: number }[] {
  const holding = similar.filter(({ holds }) => holds);
  if (holding.length > 0) return holding.slice(0, NEAR_MAX);
  const max = word.length > 6 ? 2 : 1;
  const measured = similar
    .map((other) => ({ ...other, distance: lettersWrong(word, other.term, max) }))
    .filter(({ distance }) => distance <= max);
  const least = Math.min(...measured.map(({ distance }) => distance));
  return measured.filter(({ distance }) => distance === least).slice(0, NEAR_MAX);
}

/** Letters that are missing, added, wrong or exchanged with their neighbour; more than `max` is told as `max` + 1. */
export function lettersWrong(left: string, right: string, max: number): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  if (Math.abs(a.length - b.length) > max) return max + 1;
  let twoBack: readonly number[] = [];
  let back: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i] of a.entries()) {
    const row = nextRow(a, b, i, { back, twoBack });
    [twoBack, back] = [back, row];
  }
  return Math.min(at(back, b.length), max + 1);
}

/** Of the table of distances the row after `i` letters of the left word (Damerau's, with exchanges of neighbours). */
function nextRow(
  a: readonly string[],
  b: readonly string[],
  i: number,
  { back, twoBack }: { back: readonly number[]; twoBack: readonly number[] },
): number[] {
  const row = [i + 1];
  for (const [j, other] of b.entries()) {
    const isExchange = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === other;
    const exchanged = isExchange ? at(twoBack, j - 1) + 1 : Infinity;
    const changed = at(back, j) + (a[i] === other ? 0 : 1);
    row.push(Math.min(changed, exchanged, at(back, j + 1) + 1, at(row, j) + 1));
  }
  return row;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}

/**
 * The candidate that a mistyped name most likely meant: the fewest letters added, dropped or changed (Levenshtein), and no more
 * than half of the name. null where none is that close.
 */
export function findClosest(name: string, candidates: readonly string[]): string | null {
  let closest: string | null = null;
  let fewest = Math.floor(name.length / 2) + 1;
  for (const candidate of candidates) {
    const edits = countEdits(name, candidate);
    if (edits < fewest) {
      fewest = edits;
      closest = candidate;
    }
  }
  return closest;
}

function countEdits(from: string, to: string): number {
  const letters = Array.from(to);
  let previous = [0, ...letters.map((_, index) => index + 1)];
  for (const [row, letter] of Array.from(from).entries()) {
    const current = [row + 1];
    for (const [column, other] of letters.entries()) {
      const change = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(change, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[letters.length] ?? 0;
}

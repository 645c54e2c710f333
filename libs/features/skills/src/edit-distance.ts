/** How many letters must be changed, put in or taken out to make one word of the other. For short words. */
export function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(one).entries()) {
    const next = [i + 1];
    for (let j = 1; j <= other.length; j += 1) {
      const [above, left, across] = [at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (letter === other[j - 1] ? 0 : 1)];
      next.push(Math.min(above, left, across));
    }
    row = next;
  }
  return at(row, other.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}

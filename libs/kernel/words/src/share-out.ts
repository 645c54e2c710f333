/**
 * The largest size such that `sizes`, each cut to it, come to `total` at most: the small keep what they have, the large share the rest.
 * Infinity where nothing need be cut; 0 for a total of 0 or less.
 */
export function shareOut(sizes: readonly number[], total: number): number {
  const ascending = sizes.toSorted((a, b) => a - b);
  let left = Math.max(0, total);
  for (const [index, size] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (size > share) return share;
    left -= size;
  }
  return Infinity;
}

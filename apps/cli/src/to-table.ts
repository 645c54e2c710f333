import { printableLine } from './printable.js';
import { cutTo, padTo, widthOf } from './text-width.js';

/**
 * Rows below their head, each column as wide as it must be; `nothing` where there are none. What is wider than `columns` is cut in its
 * widest columns, as far as they must give way.
 */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[], columns = Infinity): string {
  if (rows.length === 0) return 'nothing\n';
  const all = [head, ...rows.map((row) => row.map(printableLine))];
  const widths = fit(
    head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? '')))),
    columns - 2 * (head.length - 1),
  );
  const cell = (row: readonly string[], column: number): string =>
    padTo(cutTo(row[column] ?? '', widths[column] ?? 0), widths[column] ?? 0);
  return all
    .map(
      (row) =>
        `${head
          .map((_, column) => cell(row, column))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

const NARROWEST = 4;

/** The widest gives way first, until all of them fit or nothing can give way. */
function fit(widths: readonly number[], room: number): number[] {
  const fitted = [...widths];
  for (let over = fitted.reduce((sum, width) => sum + width, 0) - room; over > 0;) {
    const widest = Math.max(...fitted);
    const second = Math.max(NARROWEST, ...fitted.filter((width) => width < widest));
    if (widest <= NARROWEST) break;
    const index = fitted.indexOf(widest);
    const less = Math.max(1, Math.min(over, widest - second));
    fitted[index] = widest - less;
    over -= less;
  }
  return fitted;
}

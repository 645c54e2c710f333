import { printableLine } from './printable.js';
import { padTo, widthOf } from './text-width.js';

/** Names and values below each other; several values of one name stand on lines of their own. What has none is left out. */
export function toFacts(facts: readonly (readonly [name: string, ...values: readonly string[]])[]): string {
  const told = facts.filter(([, ...values]) => values.length > 0);
  const width = Math.max(0, ...told.map(([name]) => widthOf(name)));
  return told
    .flatMap(([name, ...values]) => values.map((value, index) => `${padTo(index === 0 ? name : '', width)}  ${printableLine(value)}\n`))
    .join('');
}

/** A span as its two largest units: `3 h 12 min`. */
export function toSpan(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at < 0) return '0 s';
  let left = Math.floor(seconds);
  const parts = units.slice(at, at + 2).map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? '' : `${String(count)} ${unit}`;
  });
  return parts.filter((part) => part !== '').join(' ');
}

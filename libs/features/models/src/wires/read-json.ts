/** The value under a key of an object; undefined for everything else. */
export function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** The value under a path of objects. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(field, value);
}

/** Text; empty for everything else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The items of an array; none where it is no array. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A count; null for everything else. */
export function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : null;
}

/** A name of a place in a reply, of the first of the values that is one. */
export function place(...values: readonly unknown[]): string {
  const found = values.find((value) => typeof value === 'string' || typeof value === 'number');
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '0';
}

/** Text, also where it comes as a list of parts, or as an object with the text in it. */
export function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textIn).join('');
  const inner = field(value, 'text') ?? field(value, 'content') ?? field(value, 'summary');
  return inner === undefined ? '' : textIn(inner);
}

/** JSON as text: as it is where it is text, written where a server sent the value itself; empty for null. */
export function json(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

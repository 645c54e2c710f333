/** One frame of a stream of server-sent events. */
export function sse(data: unknown, event?: string): string {
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/** All strings in a JSON value that lie under one of the keys, in order. */
export function stringsUnder(value: unknown, ...keys: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => stringsUnder(item, ...keys));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    keys.includes(key) && typeof inner === 'string' ? [inner] : stringsUnder(inner, ...keys),
  );
}

/** The value under a path of a JSON value; undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), value);
}

/** The items of an array for which `is` holds; none where it is no array. */
export function items(value: unknown, is: (item: unknown) => boolean = () => true): unknown[] {
  return Array.isArray(value) ? value.filter(is) : [];
}

import { toPlainJson, toPlainText } from '@openclaw/words';

/** How JSON writes what Postgres refuses in `jsonb`; also matches the same letters behind a backslash, which costs time only. */
const ESCAPES = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/**
 * A parameter as Postgres takes it, whatever a model or a tool wrote: text, alone or in a list, without U+0000 and lone surrogates
 * (SQLSTATE 22021). Everything else is passed on.
 */
export function toStorable(value: unknown): unknown {
  if (typeof value === 'string') return toPlainText(value);
  return Array.isArray(value) ? value.map(toStorable) : value;
}

/** A value as JSON that `jsonb` takes (SQLSTATE 22P05), its texts and keys plain at any depth. */
export function toStorableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!ESCAPES.test(json)) return json;
  const copy: unknown = JSON.parse(json);
  return JSON.stringify(toPlainJson(copy));
}

/** `text` without U+0000 and lone surrogates: neither Postgres nor JSON clients can carry them. */
export function toPlainText(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();
}

const VISIBLE = /[^\p{Z}\p{Cc}\p{Cf}]/u;

/** True for text in which nothing can be seen: spaces of any kind, controls, joiners and marks of order. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}

/** A copy of parsed JSON in which every text, keys too, is plain ({@link toPlainText}). */
export function toPlainJson(value: unknown): unknown {
  if (typeof value === 'string') return toPlainText(value);
  if (Array.isArray(value)) return value.map(toPlainJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [toPlainText(key), toPlainJson(inner)]));
}

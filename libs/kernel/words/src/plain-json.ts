import type { Issue } from './error.schema.js';

/** Deeper JSON than this is nobody's message. */
export const JSON_DEPTH_MAX = 32;

/**
 * The first thing in parsed JSON that Postgres or another client could not carry: U+0000, a lone surrogate (in a key or a
 * value), or nesting beyond {@link JSON_DEPTH_MAX}. null where the value is plain.
 */
export function findUnsafeJson(value: unknown, path: readonly string[] = []): Issue | null {
  if (path.length > JSON_DEPTH_MAX) return { path: path.slice(0, 3).join('.'), message: `is nested deeper than ${String(JSON_DEPTH_MAX)}` };
  if (typeof value === 'string') return isUnsafeText(value) ? { path: path.join('.'), message: 'must be well-formed Unicode without U+0000' } : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    if (isUnsafeText(key)) return { path: path.join('.'), message: 'has a key that is not well-formed Unicode' };
    const found = findUnsafeJson(inner, [...path, key]);
    if (found) return found;
  }
  return null;
}

function isUnsafeText(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}

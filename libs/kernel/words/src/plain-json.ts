import type { Issue } from './error.schema.js';

/** Deeper JSON than this is nobody's message. */
export const JSON_DEPTH_MAX = 32;

const POISONED = 'is a key that programs in JavaScript may take for the prototype of an object; use another name';

/** What is wrong, and the keys that lead to it, innermost first. */
interface Finding {
  readonly message: string;
  readonly keys: string[];
}

/**
 * The first thing in parsed JSON that Postgres or another client could not carry: U+0000, a lone surrogate (in a key or a
 * value), a key that would change what it is copied into, or nesting beyond {@link JSON_DEPTH_MAX}. null where the value is plain. A
 * megabyte takes a few milliseconds.
 */
export function findUnsafeJson(value: unknown): Issue | null {
  const found = search(value, 0);
  if (!found) return null;
  const keys = found.keys.reverse();
  return { path: (keys.length > JSON_DEPTH_MAX ? keys.slice(0, 3) : keys).join('.'), message: found.message };
}

/** Keys are gathered on the way back: looking through what is sound costs nothing but the look. */
function search(value: unknown, depth: number): Finding | null {
  if (depth > JSON_DEPTH_MAX) return { message: `is nested deeper than ${String(JSON_DEPTH_MAX)}`, keys: [] };
  if (typeof value === 'string') return isUnsafeText(value) ? { message: 'must be well-formed Unicode without U+0000', keys: [] } : null;
  if (typeof value !== 'object' || value === null) return null;
  return Array.isArray(value) ? searchList(value, depth) : searchObject(value, depth);
}

function searchList(list: readonly unknown[], depth: number): Finding | null {
  for (let index = 0; index < list.length; index += 1) {
    const found = search(list[index], depth + 1);
    if (found) return leadingTo(found, String(index));
  }
  return null;
}

function searchObject(object: object, depth: number): Finding | null {
  for (const [key, inner] of Object.entries(object)) {
    if (isUnsafeText(key)) return { message: 'has a key that is not well-formed Unicode', keys: [] };
    const found = isPoison(key, inner) ? { message: POISONED, keys: [] } : search(inner, depth + 1);
    if (found) return leadingTo(found, key);
  }
  return null;
}

/** Copied by `target[key] = inner`, these change the target's prototype, or that of every object, instead of adding a key. */
function isPoison(key: string, inner: unknown): boolean {
  return key === '__proto__' || (key === 'constructor' && typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype'));
}

function leadingTo(found: Finding, key: string): Finding {
  found.keys.push(key);
  return found;
}

function isUnsafeText(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}

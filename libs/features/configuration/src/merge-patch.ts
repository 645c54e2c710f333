import { isDeepStrictEqual } from 'node:util';
import { isTree, type Tree } from '@openclaw/config';

/**
 * The part of a patch that says something else than what is shown: whoever reads the configuration, changes a line and sends all of it
 * back has changed that line, and secrets come back as the marks that they were shown as. `null` is kept.
 */
export function newsIn(patch: Tree, shown: unknown): Tree {
  const below = isTree(shown) ? shown : {};
  return Object.fromEntries(
    Object.entries(patch).flatMap(([key, value]): [string, unknown][] => {
      const now = Object.hasOwn(below, key) ? below[key] : undefined;
      if (!isTree(value)) return isDeepStrictEqual(value, now) ? [] : [[key, value]];
      const news = newsIn(value, now);
      return Object.keys(news).length > 0 ? [[key, news]] : [];
    }),
  );
}

/**
 * What the API changes in all, after this patch (RFC 7396): `null` takes away what it changed there and below, so that file and environment
 * count again; lists are replaced whole. Without empty branches.
 */
export function patched(overlay: Tree, patch: Tree): Tree {
  const merged = new Map(Object.entries(overlay));
  for (const [key, value] of Object.entries(patch)) {
    const below = merged.get(key);
    const next = isTree(value) ? patched(isTree(below) ? below : {}, value) : value;
    if (next === null || (isTree(next) && Object.keys(next).length === 0)) merged.delete(key);
    else merged.set(key, next);
  }
  return Object.fromEntries(merged);
}

import { configKeys, isTree, leavesIn, type Tree, valueAt } from '@openclaw/config';
import type { Issue } from '@openclaw/words';

const REFERENCE = 'holds a reference: ${…} belongs into gateway.yaml and the environment; send the value itself';
const LOCAL = 'is set by gateway.yaml or the environment alone';

/** References are read where the file and the environment are: nothing that comes from outside may name a variable. */
export function checkReferences(value: unknown, path: readonly string[] = []): Issue[] {
  if (typeof value === 'string') return value.includes('${') ? [{ path: path.join('.'), message: REFERENCE }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => checkReferences(inner, [...path, key]));
}

/** Keys that the API may not set: where its own changes are kept, and files by name. */
export function checkLocal(overlay: Tree): Issue[] {
  const local = configKeys().filter((key) => key.local && valueAt(overlay, key.path) !== undefined);
  return local.map(({ path }) => ({ path: path.join('.'), message: LOCAL }));
}

/** The values as the schema reads them: `"60"` for a number is one. */
export function asRead(overlay: Tree, effective: unknown): Tree {
  const read = (value: unknown, path: readonly string[]): unknown => {
    if (!isTree(value)) return valueAt(effective, path) ?? value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, read(inner, [...path, key])]));
  };
  return Object.fromEntries(Object.entries(overlay).map(([key, value]) => [key, read(value, [key])]));
}

/** The keys by their dotted paths, of all values that differ between two overlays. */
export function changedPaths(before: Tree, after: Tree): (readonly string[])[] {
  const paths = new Map([...leavesIn(before), ...leavesIn(after)].map(({ path }) => [JSON.stringify(path), path]));
  return [...paths.values()].filter((path) => JSON.stringify(valueAt(before, path)) !== JSON.stringify(valueAt(after, path)));
}

/** A branch of a configuration before it is validated. */
export type Tree = Readonly<Record<string, unknown>>;

/** True for an object that is no list. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * `over` laid upon `base`, branch by branch; lists and single values replace. Where `over` has a branch and `base` something
 * else, `base` stays, so that validation names it.
 */
export function mergeTrees(base: Tree, over: Tree): Tree {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    if (!isTree(value) || below === undefined) merged.set(key, value);
    else if (isTree(below)) merged.set(key, mergeTrees(below, value));
  }
  return Object.fromEntries(merged);
}

/** `over` laid upon `base`, branch by branch, where whatever `over` says counts: what it says wrongly is to be seen. */
export function overlaid(base: Tree, over: Tree): Tree {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    merged.set(key, isTree(value) && isTree(below) ? overlaid(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/** Every value of `tree` that is no branch, each with its path. A branch without anything in it is none. */
export function leavesIn(tree: Tree, path: readonly string[] = []): { readonly path: readonly string[]; readonly value: unknown }[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) ? leavesIn(value, [...path, key]) : [{ path: [...path, key], value }],
  );
}

/** The value at `path`; undefined where there is none. */
export function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isBranch(value) && Object.hasOwn(value, key) ? value[key] : undefined), tree);
}

/** A branch that holds `value` at `path` and nothing else. */
export function treeOf(path: readonly string[], value: unknown): Tree {
  const [key = '', ...rest] = path;
  return { [key]: rest.length === 0 ? value : treeOf(rest, value) };
}

/** `tree` without what stands at `path`, or, where nothing does, without the nearest branch above that is there. */
export function withoutPath(tree: Tree, path: readonly string[]): Tree {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(tree, key)) return tree;
  const below = tree[key];
  const pruned = isTree(below) && rest.length > 0 ? withoutPath(below, rest) : below;
  const entries = Object.entries(tree).filter(([name]) => name !== key);
  return Object.fromEntries(pruned === below ? entries : [...entries, [key, pruned]]);
}

/** `tree` with that value at `path`; without what stands there, and without branches that are empty then, where it is undefined. */
export function withValue(tree: Tree, [key, ...rest]: readonly string[], value: unknown): Tree {
  if (key === undefined) return tree;
  const below = Object.hasOwn(tree, key) ? tree[key] : undefined;
  const next = rest.length === 0 ? value : withValue(isTree(below) ? below : {}, rest, value);
  const others = Object.entries(tree).filter(([name]) => name !== key);
  const isGone = next === undefined || (rest.length > 0 && isTree(next) && Object.keys(next).length === 0);
  return Object.fromEntries(isGone ? others : [...others, [key, next]]);
}

/** `tree` without nulls and empty strings outside of lists: an empty value means that nothing was set. */
export function withoutEmpty(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([, value]) => value !== null && value !== '')
      .map(([key, value]) => [key, isTree(value) ? withoutEmpty(value) : value]),
  );
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

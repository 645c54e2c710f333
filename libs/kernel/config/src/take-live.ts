import { isDeepStrictEqual } from 'node:util';
import type { Config } from '@openclaw/words';
import { configKeys } from './config-keys.js';
import { mergeTrees, type Tree, treeOf, valueAt, withoutPath } from './merge-trees.js';

/** What becomes of a configuration that changed while the process runs. */
export interface TakenConfig {
  /** The live keys as they are now, all others as they were at the start. */
  readonly config: Config;
  /** Keys that changed and wait for a restart, by their dotted paths. */
  readonly pending: readonly string[];
}

const KEYS = configKeys();

/** @param started the configuration that the process started with @param changed the whole of what is written now */
export function takeLive(started: Config, changed: Config): TakenConfig {
  const fixed = KEYS.filter(({ live }) => !live);
  const taken = fixed.reduce<Tree>((tree, { path }) => put(tree, path, valueAt(started, path)), changed);
  const pending = fixed.filter(({ path }) => !isDeepStrictEqual(valueAt(started, path), valueAt(changed, path)));
  return { config: taken as unknown as Config, pending: pending.map(({ path }) => path.join('.')) }; // each value is from one of two valid ones
}

/** `tree` with `value` at `path`; undefined for nothing there. */
function put(tree: Tree, path: readonly string[], value: unknown): Tree {
  if (value !== undefined) return mergeTrees(tree, treeOf(path, value));
  return valueAt(tree, path) === undefined ? tree : withoutPath(tree, path);
}

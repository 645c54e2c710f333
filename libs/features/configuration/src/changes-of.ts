import { redactConfig, type Tree, valueAt } from '@openclaw/config';
import type { Config } from '@openclaw/words';
import { changedPaths } from './check-patch.js';
import type { Revision } from './configuration.schema.js';

/** What an overlay changes against another, as it was and is in force, without secrets. */
export function changesOf(from: Tree, to: Tree, before: Config, after: Config): Revision['changes'] {
  const [shownBefore, shownAfter] = [redactConfig(before), redactConfig(after)];
  return changedPaths(from, to).map((path) => ({ path: path.join('.'), before: valueAt(shownBefore, path) ?? null, after: valueAt(shownAfter, path) ?? null }));
}

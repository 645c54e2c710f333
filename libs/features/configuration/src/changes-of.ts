import { redactConfig, type Tree, valueAt } from '@openclaw/config';
import type { Config } from '@openclaw/words';
import { changedPaths } from './check-patch.js';
import type { Revision } from './configuration.schema.js';

/** More are not told of: the revision itself has them all. */
const CHANGES_MAX = 200;

/** What an overlay changes against another, as it was and is in force, without secrets. */
export function changesOf(from: Tree, to: Tree, before: Config, after: Config): Revision['changes'] {
  const [shownBefore, shownAfter] = [redactConfig(before), redactConfig(after)];
  const paths = changedPaths(from, to).slice(0, CHANGES_MAX);
  return paths.map((path) => ({
    path: path.join('.'),
    before: valueAt(shownBefore, path) ?? null,
    after: valueAt(shownAfter, path) ?? null,
  }));
}

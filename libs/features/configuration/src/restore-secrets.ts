import { isTree, valueAt } from '@openclaw/config';
import { REDACTED, type Issue } from '@openclaw/words';
import { originOf } from './check-origins.js';

/** What tells the items of a list apart, the first that an item has. Never its place: lists are sorted and shortened. */
const IDENTITIES = ['id', 'name', 'url'] as const;
const NO_SECRET = 'stands for a secret that is not here: send the secret itself';
const MOVED = 'must be sent again: the address changes, and a secret goes only to the one that it was given for';

export interface Restored {
  readonly value: unknown;
  readonly issues: readonly Issue[];
}

/**
 * `sent` with the secrets back in it, for which the mark of a redacted one was sent. Single values come here only where they are not as
 * they are shown, so what is left for them is to be refused; the items of lists are known by `id`, `name` or `url`.
 * @param effective the configuration as it is, at the same place @param shown the same without secrets
 */
export function restoreSecrets(sent: unknown, effective: unknown, shown: unknown, path: readonly string[] = []): Restored {
  if (typeof sent === 'string') return restoreText(sent, effective, shown, path);
  if (Array.isArray(sent)) return restoreList(sent, listOf(effective), listOf(shown), path);
  if (!isTree(sent)) return { value: sent, issues: [] };
  const parts = Object.entries(sent).map(
    ([key, value]) => [key, restoreSecrets(value, valueAt(effective, [key]), valueAt(shown, [key]), [...path, key])] as const,
  );
  return { value: Object.fromEntries(parts.map(([key, { value }]) => [key, value])), issues: parts.flatMap(([, { issues }]) => issues) };
}

function restoreText(sent: string, effective: unknown, shown: unknown, path: readonly string[]): Restored {
  if (!sent.includes(REDACTED)) return { value: sent, issues: [] };
  const isKnown = sent === shown && typeof effective === 'string' && !effective.includes(REDACTED);
  return isKnown ? { value: effective, issues: [] } : { value: sent, issues: [{ path: path.join('.'), message: NO_SECRET }] };
}

function restoreList(
  sent: readonly unknown[],
  effective: readonly unknown[],
  shown: readonly unknown[],
  path: readonly string[],
): Restored {
  const items = sent.map((item, index): Restored => {
    const place = [...path, String(index)];
    if (!JSON.stringify(item).includes(REDACTED)) return { value: item, issues: [] };
    const matches = shown.flatMap((other, at) => (isSame(item, other) ? [at] : []));
    const [at] = matches;
    if (at === undefined || matches.length > 1) return { value: item, issues: marksIn(item, place) };
    const restored = restoreSecrets(item, effective[at], shown[at], place);
    const moved =
      isTree(item) && originOf(item) !== originOf(shown[at]) ? marksIn(item, place).map((mark) => ({ ...mark, message: MOVED })) : [];
    return { value: restored.value, issues: [...restored.issues, ...moved] };
  });
  return { value: items.map(({ value }) => value), issues: items.flatMap(({ issues }) => issues) };
}

/** As both are shown. */
function isSame(one: unknown, other: unknown): boolean {
  if (!isTree(one) || !isTree(other)) return one === other;
  const identity = IDENTITIES.find((key) => one[key] !== undefined);
  return identity !== undefined && one[identity] === other[identity];
}

function marksIn(value: unknown, path: readonly string[]): Issue[] {
  if (typeof value === 'string') return value.includes(REDACTED) ? [{ path: path.join('.'), message: NO_SECRET }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => marksIn(inner, [...path, key]));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

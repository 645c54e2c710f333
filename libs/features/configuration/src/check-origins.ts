import { isTree, leavesIn, type Tree, valueAt } from '@openclaw/config';
import { REDACTED, type Issue } from '@openclaw/words';

/** The keys that say where a section's secrets are sent. */
const ADDRESSES = ['base_url', 'url', 'homeserver', 'host'] as const;
/** What says it where there is no address: each vendor has its own. */
const VENDORS = ['type', 'provider'] as const;
const MOVED =
  'must be sent again: the address changes, and a secret goes only to the one that it was given for. Where none is needed, send ""';

/** Where a section's secrets go: the origin of its address, else its vendor; null where it says neither. */
export function originOf(section: unknown): string | null {
  if (!isTree(section)) return null;
  const address = ADDRESSES.map((key) => section[key]).find((value) => typeof value === 'string' && value !== '');
  if (typeof address === 'string') {
    const url = URL.parse(address);
    return url === null || url.origin === 'null' ? address : url.origin;
  }
  const vendor = VENDORS.map((key) => section[key]).find((value) => typeof value === 'string');
  return typeof vendor === 'string' ? vendor : null;
}

export interface Moves {
  /** What the change writes: a secret in it was sent by who may choose the address. */
  readonly sent: Tree;
  readonly before: unknown;
  readonly after: Tree;
  /** `after` without secrets. */
  readonly shown: unknown;
  /** What file and environment alone make. */
  readonly written: unknown;
}

/**
 * A secret that is not sent with the change goes to no other origin than before, or than file and environment give it for: else whoever may
 * write the configuration could read every secret in it, by having it sent to himself. Lists are replaced whole, and {@link restoreSecrets}
 * looks after them.
 */
export function checkOrigins(moves: Moves): Issue[] {
  return sectionsIn(moves.after, []).flatMap((path) => checkSection(path, moves));
}

/** Every section that says where its secrets go. */
function sectionsIn(value: Tree, path: readonly string[]): (readonly string[])[] {
  const inner = Object.entries(value).flatMap(([key, below]) => (isTree(below) ? sectionsIn(below, [...path, key]) : []));
  return originOf(value) === null ? inner : [path, ...inner];
}

function checkSection(path: readonly string[], { sent, before, after, shown, written }: Moves): Issue[] {
  const section = valueAt(after, path);
  if (!isTree(section)) return [];
  const secrets = leavesIn(section).filter(({ path: key }) => String(valueAt(shown, [...path, ...key])) === REDACTED);
  const isOwnVendors = ADDRESSES.every((key) => section[key] === undefined);
  return secrets.flatMap(({ path: key, value }) => {
    const place = [...path, ...key];
    const isSent = typeof valueAt(sent, place) === 'string';
    const stays = [before, written].some(
      (other) => valueAt(other, place) === value && originOf(valueAt(other, path)) === originOf(section),
    );
    const isNew = isOwnVendors && valueAt(before, place) !== value;
    return isSent || stays || isNew ? [] : [{ path: place.join('.'), message: MOVED }];
  });
}

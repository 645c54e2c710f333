import { readClaim } from './read-claim.js';

/** What a contradiction is looked for in, oldest first. */
export interface Saying {
  readonly id: string;
  readonly body: string;
}

/**
 * Of claims that say different things of what can have one value only, each older with the newest. Careful rather than clever: of what
 * there may be several, like friends, all stay; so does whatever no rule knows, and whoever corrects it says so.
 * @returns [older, newest] by id
 */
export function findContradictions(sayings: readonly Saying[]): (readonly [string, string])[] {
  const claims = new Map<string, { readonly id: string; readonly said: string }[]>();
  for (const { id, body } of sayings) {
    const claim = readClaim(body);
    if (claim) claims.set(claim.about, [...(claims.get(claim.about) ?? []), { id, said: claim.said }]);
  }
  return [...claims.values()].flatMap((each) => {
    const newest = each.at(-1);
    return newest ? each.filter(({ said }) => !agrees(said, newest.said)).map(({ id }) => [id, newest.id] as const) : [];
  });
}

/** "Bergen" and "Bergen, Norway" are the same place. */
function agrees(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  return long.startsWith(short) && !/^[\p{L}\p{N}]/u.test(long.slice(short.length));
}

import { foldText } from '@openclaw/text';

/** What a contradiction is looked for in, oldest first. */
export interface Claim {
  readonly id: string;
  readonly body: string;
}

/** "My dentist is …", "Der Schlüssel liegt bei …": what is claimed of one thing that belongs to somebody, and what is said of it. */
const CLAIM =
  /^((?:my|our|his|her|their|the|mein|meine|unser|unsere|der|die|das|mon|ma|mes|notre|le|la|mi|nuestra|nuestro|el)\s.{2,80}?)\s(?:is now|is called|is|are|lives in|lives at|heisst|ist|sind|wohnt in|est|sont|es|son)\s(.+)$/u;
/** 我的牙医是…、私の歯医者は… */
const CJK_CLAIM = /^((?:我的|我们的|私の|僕の)[^是在叫はが]{1,20})(?:是|在|叫|は|が)(.+)$/u;

/**
 * Of claims that say different things of the same one thing, each older with the newest. Careful rather than clever: what they are about
 * must be the same, word for word; what is only similar is left to whoever says that one corrects the other.
 * @returns [older, newest] by id
 */
export function findContradictions(claims: readonly Claim[]): (readonly [string, string])[] {
  const bySubject = new Map<string, { readonly id: string; readonly said: string }[]>();
  for (const { id, body } of claims) {
    const claim = read(body);
    if (claim) bySubject.set(claim.subject, [...(bySubject.get(claim.subject) ?? []), { id, said: claim.said }]);
  }
  return [...bySubject.values()].flatMap((said) => {
    const newest = said.at(-1);
    return newest ? said.filter((older) => older.said !== newest.said).map(({ id }) => [id, newest.id] as const) : [];
  });
}

function read(body: string): { subject: string; said: string } | null {
  const text = foldText(body).replaceAll(/\s+/g, ' ').replaceAll(/(?<![.!。！\s])[.!。！\s]+$/g, '').trim();
  const [, subject, said] = CLAIM.exec(text) ?? CJK_CLAIM.exec(text) ?? [];
  return subject === undefined || said === undefined ? null : { subject, said };
}

/** A media type, of whose parameters the charset alone counts. */
export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly essence: string;
  /** The `charset` parameter in lower case; null where there is none. */
  readonly charset: string | null;
}

const TAKEN = new Set(['application/json', 'application/pdf', 'image/gif', 'image/jpeg', 'image/jpg', 'image/png', 'image/webp']);
const ESSENCE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
const CHARSET = /^\s*charset\s*=\s*"?([a-z0-9_.:-]{1,40})"?\s*$/;

/** A media type as RFC 9110 §8.3.1 writes it, parameters other than `charset` left out; null where it is none. */
export function parseMediaType(text: string): MediaType | null {
  const [essence = '', ...parameters] = text.toLowerCase().split(';');
  if (!ESSENCE.test(essence.trim())) return null;
  const charset = parameters.map((parameter) => CHARSET.exec(parameter)?.[1]).find((value) => value !== undefined);
  return { essence: essence.trim(), charset: charset ?? null };
}

/** Whether files of that type may be attached. `image/jpg`, which is no registered type, is what many programs call a JPEG. */
export function isAttachableType(essence: string): boolean {
  return essence.startsWith('text/') || TAKEN.has(essence);
}

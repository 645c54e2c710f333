const PICTURES = 0x2400;
const DELETE = 0x7f;
const DELETE_PICTURE = '\u2421';

/**
 * Text that cannot do anything to a terminal but be read: control characters as their pictures (`ESC` is `␛`), those of the C1 set and
 * the marks that turn the direction of reading as `\u…`. Tabs and line ends stay; CR LF is LF.
 */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, shown);
}

/** The same on one line: what it would break in is a blank. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t\u2028\u2029]+/g, ' ');
}

/** JSON of one line that a terminal may be shown: `JSON.stringify` leaves C1 and direction marks as they are. */
export function toJson(value: unknown, space?: number): string {
  return JSON.stringify(value, null, space).replace(/(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, escaped);
}

function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code === DELETE) return DELETE_PICTURE;
  return code < 0x20 ? String.fromCharCode(PICTURES + code) : escaped(character);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

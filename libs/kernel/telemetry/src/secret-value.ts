import { REDACTED } from '@openclaw/words';

/** `%`, encoded itself up to twice, then the byte. */
const PERCENT = '%(?:25){0,2}';
/**
 * Of what base64 makes of a text, the letters that only the text decides: at each place where it may begin among three bytes, those before
 * it.
 */
const PADS = [0, 2, 3];
const BITS_PER_BYTE = 8;
const BITS_PER_LETTER = 6;
/** Letters of base64 that are too few to be sure of. */
const LETTERS_MIN = 8;

/**
 * A secret that is known, wherever it stands in a text: as it is, as JSON writes it, in percent-encoding of any of its letters, and in
 * base64
 * or base64url, be it the whole or a part of what was encoded.
 */
export class SecretValue {
  readonly #plain: readonly string[];
  readonly #percent: RegExp;
  readonly #length: number;

  constructor(value: string) {
    const inJson = JSON.stringify(value).slice(1, -1);
    this.#plain = [...new Set([value, inJson, ...base64Of(value)])];
    // eslint-disable-next-line no-restricted-syntax -- made of the secret: a row of single characters, so that a step back is a step at most
    this.#percent = new RegExp(Array.from(value).map(encodable).join(''), 'g');
    this.#length = Math.min(...this.#plain.map(({ length }) => length));
  }

  /** `text` without it. */
  takeFrom(text: string): string {
    if (text.length < this.#length) return text;
    const rest = this.#plain.reduce((left, plain) => (left.includes(plain) ? left.replaceAll(plain, REDACTED) : left), text);
    return rest.includes('%') ? rest.replace(this.#percent, REDACTED) : rest;
  }
}

/** A character as it is, or any of its bytes' percent-encodings: those who encode agree on no set of characters. */
function encodable(character: string): string {
  const bytes = [...Buffer.from(character)].map(
    (byte) =>
      PERCENT +
      byte
        .toString(16)
        .padStart(2, '0')
        .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`),
  );
  return `(?:${character.replace(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`)}|${bytes.join('')})`;
}

function base64Of(value: string): string[] {
  const bytes = Buffer.from(value);
  return PADS.flatMap((skipped, before) => {
    const sure = Math.floor(((before + bytes.length) * BITS_PER_BYTE) / BITS_PER_LETTER);
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    return (['base64', 'base64url'] as const).map((encoding) => padded.toString(encoding).slice(skipped, sure));
  }).filter((letters) => letters.length >= LETTERS_MIN);
}

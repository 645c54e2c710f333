import { boundaryAfter, boundaryBefore, toPlainText } from '@openclaw/words';

/**
 * Makes text of a stream fit for storage: U+0000 goes, lone surrogates become U+FFFD, and a pair that was split over two pieces
 * is joined.
 */
export class PlainText {
  #pending = '';

  /** What of `piece`, and of what was held back before it, can go out now; may be empty. */
  next(piece: string): string {
    const text = this.#pending + piece;
    const splits = isHighSurrogate(text.charCodeAt(text.length - 1));
    this.#pending = splits ? text.slice(-1) : '';
    return toPlainText(splits ? text.slice(0, -1) : text);
  }

  /** What is still held back. */
  end(): string {
    const rest = toPlainText(this.#pending);
    this.#pending = '';
    return rest;
  }
}

/** `text` cut in the middle to at most `charactersMax` plus a note of how much is missing; its end often has the error. */
export function shorten(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const end = boundaryBefore(text, charactersMax - Math.floor(charactersMax / 4));
  const start = boundaryAfter(text, text.length - Math.floor(charactersMax / 4));
  return `${text.slice(0, end)}\n[… ${String(start - end)} characters left out …]\n${text.slice(start)}`;
}

/** `text` in pieces of at most `charactersMax`, at least 2, that each are well-formed where it is. */
export function piecesOf(text: string, charactersMax: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = at + charactersMax;
    const splits = end < text.length && isHighSurrogate(text.charCodeAt(end - 1));
    pieces.push(text.slice(at, splits ? end - 1 : end));
    at = splits ? end - 1 : end;
  }
  return pieces;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

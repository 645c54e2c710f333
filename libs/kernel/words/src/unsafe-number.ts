import type { Issue } from './error.schema.js';
import { JSON_DEPTH_MAX } from './plain-json.js';

const [QUOTE, BACKSLASH, MINUS, ZERO, NINE, LETTER_E, LOWER] = [0x22, 0x5c, 0x2d, 0x30, 0x39, 0x65, 0x20];
/** Every integer of fewer digits is exact. */
const SAFE_CHARACTERS = 15;
const KEY_CHARACTERS = 100;

/**
 * The first number in JSON text that a double does not carry: an integer beyond ±(2^53−1), however it is written, or one without end
 * such as 1e400. To be looked for in the text, since JSON.parse has rounded it already. null where there is none, or where it lies so
 * deep that `findUnsafeJson` refuses the whole. @param text valid JSON; a megabyte takes a few milliseconds
 */
export function findUnsafeNumber(text: string): Issue | null {
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at);
      if (isUnsafe(text, at, end)) return issueAt(text, at);
      at = end;
    } else {
      at += 1;
    }
  }
  return null;
}

/** Short ones without an exponent, nearly all there are, need no second look. */
function isUnsafe(text: string, start: number, end: number): boolean {
  if (end - start <= SAFE_CHARACTERS && !hasExponent(text, start, end)) return false;
  const value = Number(text.slice(start, end));
  return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((text.charCodeAt(at) | LOWER) === LETTER_E) return true;
  return false;
}

function issueAt(text: string, at: number): Issue | null {
  const keys = keysTo(text, at);
  if (keys.length > JSON_DEPTH_MAX) return null;
  return { path: keys.join('.'), message: 'is a number that would not arrive as it is (beyond 2^53 - 1); send it as a string' };
}

/** An object or a list that is open where the reader is, and the key or index it stands at. */
interface Open {
  readonly isObject: boolean;
  key: string;
  index: number;
  isAtKey: boolean;
}

/** The keys and indices that lead to a position in JSON text. */
function keysTo(text: string, position: number): string[] {
  const open: Open[] = [];
  for (let at = 0; at < position; at += 1) {
    const innermost = open.at(-1);
    const character = text[at];
    if (character === '{' || character === '[') open.push({ isObject: character === '{', key: '', index: 0, isAtKey: true });
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',') next(innermost);
    else if (character === '"') at = readString(text, at, innermost) - 1;
  }
  return open.map(({ isObject, key, index }) => (isObject ? key : String(index)));
}

function next(open: Open | undefined): void {
  if (!open) return;
  open.index += 1;
  open.isAtKey = true;
}

/** @returns where it ends */
function readString(text: string, at: number, open: Open | undefined): number {
  const end = endOfString(text, at);
  if (open?.isObject && open.isAtKey) {
    open.key = String(JSON.parse(text.slice(at, end))).slice(0, KEY_CHARACTERS);
    open.isAtKey = false;
  }
  return end;
}

function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 0) return end + 1;
  }
  return text.length;
}

function endOfNumber(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && isPartOfNumber(text.charCodeAt(end))) end += 1;
  return end;
}

/** Digits, `.`, `+`, `-`, `e` and `E`. */
function isPartOfNumber(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x2b || code === MINUS || (code | LOWER) === LETTER_E;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

import { boundaryAfter, boundaryBefore } from './cut-graphemes.js';
import { shareOut } from './share-out.js';

/** Keys, brackets and numbers, roughly. */
const CHARACTERS_PER_NODE = 16;
const KEY_CHARACTERS_MAX = 128;
/** A word that a cut would divide goes whole up to this: half of a secret must not pass for an ordinary word. */
const WORD_CHARACTERS_MAX = 256;

/**
 * A copy of plain JSON with at most about `charactersMax` characters, for somebody to look at: long strings lose their middle, the
 * longest first; of what is more than that room has place for, the rest is left out, and each place says how much. What fits is
 * returned as it is. Linear in the size of `value`, which must not nest deeper than JSON from outside may.
 */
export function cutJson(value: unknown, charactersMax: number): unknown {
  const { lengths, nodes, longKeys } = measureNodes(value);
  const nodesMax = Math.max(1, Math.floor(charactersMax / CHARACTERS_PER_NODE / 2));
  const forNodes = Math.min(nodes, nodesMax) * CHARACTERS_PER_NODE;
  const textMax = Math.floor(shareOut(lengths, charactersMax - forNodes));
  if (nodes <= nodesMax && !longKeys && textMax === Infinity) return value;
  return copy(value, { textMax, nodesLeft: nodesMax });
}

interface Room {
  readonly textMax: number;
  nodesLeft: number;
}

function measureNodes(value: unknown): { lengths: number[]; nodes: number; longKeys: boolean } {
  const lengths: number[] = [];
  let nodes = 0;
  let longKeys = false;
  const look = (inner: unknown): void => {
    nodes += 1;
    if (typeof inner === 'string') lengths.push(inner.length);
    else if (typeof inner === 'object' && inner !== null) {
      for (const [key, each] of Object.entries(inner)) {
        longKeys ||= key.length > KEY_CHARACTERS_MAX;
        look(each);
      }
    }
  };
  look(value);
  return { lengths, nodes, longKeys };
}

function copy(value: unknown, room: Room): unknown {
  room.nodesLeft -= 1;
  if (typeof value === 'string') return cutMiddle(value, room.textMax);
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? copyList(value, room) : copyObject(value, room);
}

function copyList(list: readonly unknown[], room: Room): unknown[] {
  const copied: unknown[] = [];
  while (copied.length < list.length && room.nodesLeft > 0) copied.push(copy(list[copied.length], room));
  if (copied.length < list.length) copied.push(leftOut(list.length - copied.length, 'items'));
  return copied;
}

function copyObject(object: object, room: Room): Record<string, unknown> {
  const entries = Object.entries(object);
  const copied: [string, unknown][] = [];
  while (copied.length < entries.length && room.nodesLeft > 0) {
    const [key = '', inner] = entries[copied.length] ?? [];
    copied.push([key.length > KEY_CHARACTERS_MAX ? cutMiddle(key, KEY_CHARACTERS_MAX) : key, copy(inner, room)]);
  }
  if (copied.length < entries.length) copied.push(['…', leftOut(entries.length - copied.length, 'fields')]);
  return Object.fromEntries(copied);
}

function cutMiddle(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const head = text.slice(0, boundaryBefore(text, Math.ceil((charactersMax * 3) / 4)));
  const tail = text.slice(boundaryAfter(text, text.length - Math.floor(charactersMax / 4)));
  const [start, end] = [head.slice(0, lastWordStart(head)), tail.slice(firstWordEnd(tail))];
  return `${start}[… ${leftOut(text.length - start.length - end.length, 'characters')} …]${end}`;
}

/** Where the last word of `text` begins, or as far back as a word reaches. */
function lastWordStart(text: string): number {
  for (let index = text.length; index > text.length - WORD_CHARACTERS_MAX && index > 0; index -= 1)
    if (isBlank(text, index - 1)) return index;
  return Math.max(0, text.length - WORD_CHARACTERS_MAX);
}

function firstWordEnd(text: string): number {
  for (let index = 0; index < WORD_CHARACTERS_MAX && index < text.length; index += 1) if (isBlank(text, index)) return index;
  return Math.min(text.length, WORD_CHARACTERS_MAX);
}

function isBlank(text: string, index: number): boolean {
  return text.charCodeAt(index) <= 32;
}

function leftOut(count: number, what: string): string {
  return `${String(count)} ${what} left out`;
}

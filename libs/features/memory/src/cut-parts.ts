import { boundaryBefore } from '@openclaw/words';

/** A text this long is one entry. */
const WHOLE_CHARACTERS_MAX = 2000;
const PART_CHARACTERS = 1500;
const PARTS_WANTED = 64;
/** What stands beyond this in one message is not searched. */
const READ_CHARACTERS_MAX = 400_000;

/**
 * Cuts a long text into parts that are each about one thing, at paragraphs, sentences or spaces, so that a search finds the passage
 * and not the page. Together they are the text, up to 400,000 characters of it; at most 128 of them. None is blank.
 */
export function cutParts(text: string): string[] {
  if (text.length <= WHOLE_CHARACTERS_MAX) return text.trim() === '' ? [] : [text];
  const readable = text.slice(0, READ_CHARACTERS_MAX);
  const size = Math.max(PART_CHARACTERS, Math.ceil(readable.length / PARTS_WANTED));
  const parts: string[] = [];
  for (let start = 0; start < readable.length;) {
    const end =
      start + size >= readable.length ? readable.length : boundaryBefore(readable, start + cutAt(readable.slice(start, start + size)));
    parts.push(readable.slice(start, end));
    start = Math.max(end, start + 1);
  }
  return parts.filter((part) => part.trim() !== '');
}

/** Where the best place to cut is in the second half of a window; its end where there is none. */
function cutAt(window: string): number {
  const half = Math.floor(window.length / 2);
  for (const mark of ['\n\n', '\n', '. ', '。', '! ', '? ', ' ']) {
    const found = window.lastIndexOf(mark);
    if (found >= half) return found + mark.length;
  }
  return window.length;
}

import type { Writable } from 'node:stream';

const held = new WeakSet<Writable>();

/**
 * Holds back what is written to `stream` until this turn of the event loop ends, and sends it as one write then. Called before
 * each write; a peer that is asked ten things in one turn is woken once.
 */
export function writeTogether(stream: Writable): void {
  if (held.has(stream)) return;
  held.add(stream);
  stream.cork();
  setImmediate(() => {
    held.delete(stream);
    stream.uncork();
  });
}

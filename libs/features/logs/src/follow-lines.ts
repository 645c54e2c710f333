import { setTimeout as delay } from 'node:timers/promises';
import type { LogGap, LogLine } from './log-line.schema.js';
import type { LineFilter, LogsStore } from './logs.store.js';

/** How often whoever follows looks for more. */
const LOOK_MS = 500;
/** How often while Postgres is away. */
const AWAY_MS = 1000;

/**
 * position ─► what Postgres has after it, in the order of arrival ─► told ─► a look every 500 ms
 *
 * What is there and what comes is read by one cursor, so nothing is lost or told twice between the two; a position is visible only
 * when all before it are. Redis has no part in it. What retention took meanwhile is told as a gap. Ends when `signal` aborts, and
 * waits while Postgres is away.
 */
export async function* followLines(
  store: Pick<LogsStore, 'follow'>,
  filter: LineFilter,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<LogLine | LogGap> {
  let at = after;
  while (!signal.aborted) {
    const found = await store.follow(filter, at).catch(() => null); // it is away, and will be back
    if (found === null) {
      await pause(AWAY_MS, signal);
      continue;
    }
    const gap = gapOf(at, found);
    if (gap) {
      yield gap;
      at = gap.position;
    }
    if (at > found.last) continue;
    yield* found.lines;
    const isBehind = found.through < found.last;
    at = Math.max(at, found.through);
    if (!isBehind) await pause(LOOK_MS, signal);
  }
}

/** Lines before the first that is kept are gone; a place behind the last was one of a store that is not this one any more. */
function gapOf(at: number, { first, last }: { readonly first: number; readonly last: number }): LogGap | null {
  if (at > last) return { type: 'gap', from: at + 1, to: last, position: last };
  return at + 1 < first ? { type: 'gap', from: at + 1, to: first - 1, position: first - 1 } : null;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined); // aborted: nobody reads any more
}

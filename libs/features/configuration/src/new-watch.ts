import { defineWork, newWork, type NewWork } from '@openclaw/work';
import { z } from 'zod';

/** Looks whether the processes take a change and do well with it. One for all changes that are watched. */
export const WATCH = defineWork({
  name: 'configuration.watch',
  payload: z.object({}),
  stored: [{}],
  policy: { lane: 'background', tries: 5, backoff: { firstMs: 500, maxMs: 2000 }, timeoutMs: 30_000, lossesMax: 20 },
  key: () => 'watch',
});

/** Asks for the watch: in the transaction of the change. */
export function newWatch(): NewWork {
  return newWork(WATCH, {}, { person: null });
}

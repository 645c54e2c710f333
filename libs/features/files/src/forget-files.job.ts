import { defineWork, DONE, every, type HandledWork, handleWork } from '@openclaw/work';
import { z } from 'zod';
import type { FilesStore } from './files.store.js';

const EVERY_MS = 60_000;
const POLICY = { lane: 'background', tries: 3, backoff: { firstMs: 5_000, maxMs: 60_000 }, timeoutMs: 50_000, lossesMax: 5 } as const;
const FORGET = defineWork({ name: 'files.forget', payload: z.object({}), stored: [{}], policy: POLICY, schedule: every(EVERY_MS) });

/** Lets go, each minute, of files that no message names in time or any more, and of those that broke off with their gateway. */
export function forgetFiles(store: FilesStore): HandledWork {
  return handleWork(FORGET, async (_payload, { signal }) => {
    await store.forgetKeys();
    while (!signal.aborted && (await store.forget()) > 0);
    return DONE;
  });
}

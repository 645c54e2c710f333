import { z } from 'zod';
import { defineWork, DONE, every, type HandledWork, handleWork } from './define-work.js';
import type { WorkStore } from './work.store.js';

const EVERY_MS = 600_000;
const POLICY = { lane: 'background', tries: 3, backoff: { firstMs: 5_000, maxMs: 60_000 }, timeoutMs: 60_000, lossesMax: 5 } as const;

/** Work that tidies up every ten minutes, once for all workers; a turn that is missed is not made up for. @param name `room.verb` */
export function housekeeping(name: string, tidy: () => Promise<unknown>): HandledWork {
  const kind = defineWork({ name, payload: z.object({}), stored: [{}], policy: POLICY, schedule: every(EVERY_MS) });
  return handleWork(kind, async () => {
    await tidy();
    return DONE;
  });
}

/** Drops rows of work that has long been over. */
export function forgetWork(store: WorkStore): HandledWork {
  return housekeeping('work.forget', () => store.forget());
}

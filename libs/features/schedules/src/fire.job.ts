import { defineWork, DONE, every, type HandledWork, handleWork } from '@openclaw/work';
import { z } from 'zod';
import { FIRE } from './fire-slot.js';
import type { SlotRunner } from './slot-runner.js';

const RECONCILE = defineWork({
  name: 'schedules.reconcile',
  payload: z.object({}),
  stored: [{}],
  policy: { lane: 'background', tries: 3, backoff: { firstMs: 1000, maxMs: 10_000 }, timeoutMs: 30_000, lossesMax: 5 },
  schedule: every(60_000),
});

/** What sends the messages of schedules, and what sees to it every minute that each has its work. */
export function scheduleWorks(runner: SlotRunner): readonly HandledWork[] {
  return [
    handleWork(FIRE, (payload, attempt) => runner.fire(payload, attempt)),
    handleWork(RECONCILE, async () => {
      await runner.reconcile();
      return DONE;
    }),
  ];
}

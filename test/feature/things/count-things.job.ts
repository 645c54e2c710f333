import { defineWork, DONE, type HandledWork, handleWork } from '@openclaw/work';
import { z } from 'zod';
import type { ThingsStore } from './things.store.js';

export const COUNT = defineWork({
  name: 'things.count',
  payload: z.object({}),
  stored: [{}],
  policy: { lane: 'background', tries: 3, backoff: { firstMs: 1000, maxMs: 10_000 }, timeoutMs: 10_000, lossesMax: 3 },
});

export const countThings = (things: ThingsStore): HandledWork =>
  handleWork(COUNT, async (_payload, { person }) => {
    if (person !== null) await things.count({ person, sees: person });
    return DONE;
  });

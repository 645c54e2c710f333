import type { PersonId } from '@openclaw/words';
import { defineWork, DONE, every, type HandledWork, handleWork, type NewWork, newWork, type WorkStore } from '@openclaw/work';
import { z } from 'zod';
import type { Compactor } from './compactor.js';
import type { PassagesStore } from './passages.store.js';

const HOUR_MS = 3_600_000;
const PERSONS_AT_ONCE = 500;
const policy = { lane: 'background', tries: 4, backoff: { firstMs: 30_000, maxMs: 600_000 }, timeoutMs: 600_000, lossesMax: 5 } as const;

const COMPACT = defineWork({ name: 'memory.compact', payload: z.object({}), stored: [{}], policy, schedule: every(HOUR_MS) });
const COMPACT_PERSON = defineWork({
  name: 'memory.compact_person',
  payload: z.object({ person: z.string(), now: z.boolean().default(false) }),
  stored: [{ person: 'owner', now: true }],
  policy,
  key: ({ person }) => person,
});

/** Documents of one person to be made. @param now false: sessions that may still go on wait */
export function compactPerson(person: PersonId, now: boolean): NewWork {
  return newWork(COMPACT_PERSON, { person, now }, { person });
}

/** Hourly: a piece of work for each person whose log holds what no document does. Any of it may be cut off and come again. */
export function compactMemory({
  passages,
  compactor,
  works,
}: {
  passages: PassagesStore;
  compactor: Compactor;
  works: WorkStore;
}): HandledWork[] {
  return [
    handleWork(COMPACT, async (_payload, { signal }) => {
      let persons = await passages.duePersons('', PERSONS_AT_ONCE);
      while (persons.length > 0) {
        signal.throwIfAborted();
        await works.enqueue(persons.map((person) => compactPerson(person, false)));
        persons = await passages.duePersons(persons.at(-1) ?? '', PERSONS_AT_ONCE);
      }
      return DONE;
    }),
    handleWork(COMPACT_PERSON, async ({ person, now }, { signal, isLastTry }) => {
      await compactor.compact(person, { signal, isLastTry, isNow: now });
      return DONE;
    }),
  ];
}

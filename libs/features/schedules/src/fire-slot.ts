import { type Id, idSchema, idToUuid } from '@openclaw/words';
import { defineWork, type NewWork, newWork } from '@openclaw/work';
import { z } from 'zod';

/** `sch_` and a UUIDv7 in base 32. */
export type ScheduleId = Id<'sch'>;

/** A slot of a schedule, which is one piece of work and one run. */
export const FIRE = defineWork({
  name: 'schedules.fire',
  payload: z.object({ id: idSchema('sch'), slot: z.iso.datetime() }),
  stored: [{ id: 'sch_01h2xcejqtf2nbrexx3vqjhp41', slot: '2026-11-30T07:30:00.000Z' }],
  policy: { lane: 'background', tries: 10, backoff: { firstMs: 1000, maxMs: 60_000 }, timeoutMs: 30_000, lossesMax: 5 },
  key: ({ id, slot }) => `schedule ${idToUuid(id)} ${String(Date.parse(slot))}`,
});

/** The work of a slot, which is done when its time has come. */
export function fireAt(id: ScheduleId, slot: Date, person: string): NewWork {
  return newWork(FIRE, { id, slot: slot.toISOString() }, { person, runAt: slot });
}

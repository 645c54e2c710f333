import type { Timetable } from './timetable.js';

/** What becomes of slots that nobody was there for. */
export const MISSED = ['skip', 'once', 'all'] as const;
/** What becomes of slots that nobody was there for: none of them runs, the newest, or each in turn. */
export type Missed = (typeof MISSED)[number];

/** A slot that is found later than this was missed: a lost worker's work is taken over sooner, and no slot is nearer to the next one. */
const ON_TIME_MS = 60_000;
/** Of `all` that were missed the last day's worth of an hourly schedule: more would answer yesterday's questions all day. */
const MISSED_MAX = 24;

/** What to do now: up to `slot` all is dealt with by it. */
export interface SlotPlan {
  readonly slot: Date;
  /** False: it is passed over. */
  readonly runs: boolean;
  /** It was missed. */
  readonly late: boolean;
}

/**
 * Decides on the slots that are due and not dealt with; pure, and with every answer one slot further.
 * @param after the last slot that was dealt with, or when the schedule was set
 * @returns null where nothing is due
 */
export function planSlot(timetable: Timetable, after: Date, now: Date, missed: Missed): SlotPlan | null {
  const due = timetable.latest(after, now, missed === 'all' ? MISSED_MAX : 1);
  const [slot] = due;
  if (!slot) return null;
  const late = now.getTime() - slot.getTime() > ON_TIME_MS;
  return { slot, runs: !late || missed !== 'skip', late };
}

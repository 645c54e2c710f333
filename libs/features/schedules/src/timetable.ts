import type { Cron } from './parse-cron.js';
import { DAY_MS, type DayNumber, type ZoneDays } from './zone-days.js';

/** When something is due: a pure function of the times themselves, whatever the time is now. */
export interface Timetable {
  /** The first slots after a time, at most `count`; none where there are no more. */
  next(after: Date, count: number): Date[];
  /** The last slots after `after` and until `until`, oldest first, at most `count`. */
  latest(after: Date, until: Date, count: number): Date[];
}

/** The rarest day that a cron can name: a fifth weekday of a February, where a century leaves its leap year out. */
const DAYS_AHEAD_MAX = 41 * 366;
const MINUTE_MS = 60_000;
const WEEK = 7;

/** One moment and no other. */
export class OnceTimetable implements Timetable {
  readonly #at: Date;

  constructor(at: Date) {
    this.#at = at;
  }

  next(after: Date, count: number): Date[] {
    return count > 0 && this.#at > after ? [this.#at] : [];
  }

  latest(after: Date, until: Date, count: number): Date[] {
    return this.#at <= until ? this.next(after, count) : [];
  }
}

/**
 * day by day ─► does the calendar have it ─► times on the wall ─► instants, by the clocks of the zone
 *
 * A slot is an instant: two times on the wall that a change of the clocks makes one are one slot.
 */
export class CronTimetable implements Timetable {
  readonly #cron: Cron;
  readonly #zone: ZoneDays;
  readonly #walls: readonly number[];

  constructor(cron: Cron, zone: ZoneDays) {
    this.#cron = cron;
    this.#zone = zone;
    this.#walls = [...cron.hours].flatMap((hour) => [...cron.minutes].map((minute) => (hour * 60 + minute) * MINUTE_MS));
  }

  next(after: Date, count: number): Date[] {
    const today = this.#zone.dayAt(after.getTime());
    let found: number[] = [];
    let isEnough = false;
    // What a gap of the clocks moves may be of the day before, and may lie behind what the day after has.
    for (let day = today - 1; day <= today + DAYS_AHEAD_MAX && !isEnough; day += 1) {
      isEnough = found.length >= count;
      found = found.concat(this.#slotsOn(day).filter((slot) => slot > after.getTime()));
    }
    return inOrder(found).slice(0, count);
  }

  latest(after: Date, until: Date, count: number): Date[] {
    const [first, last] = [this.#zone.dayAt(after.getTime()) - 1, this.#zone.dayAt(until.getTime()) + 1];
    let found: number[] = [];
    let isEnough = false;
    for (let day = last; day >= first && !isEnough; day -= 1) {
      isEnough = found.length >= count;
      found = found.concat(this.#slotsOn(day).filter((slot) => slot > after.getTime() && slot <= until.getTime()));
    }
    return inOrder(found).slice(-count);
  }

  #slotsOn(day: DayNumber): number[] {
    if (!isNamed(this.#cron, day)) return [];
    return this.#zone.instantsOn(
      day,
      this.#walls.map((wall) => day * DAY_MS + wall),
      this.#cron.everyHour,
    );
  }
}

function inOrder(instants: readonly number[]): Date[] {
  return [...new Set(instants)].sort((one, other) => one - other).map((instant) => new Date(instant));
}

/** Whether the calendar's day is one of those that the expression names. */
function isNamed(cron: Cron, day: DayNumber): boolean {
  const date = new Date(day * DAY_MS);
  if (!cron.months.has(date.getUTCMonth() + 1)) return false;
  const [byDay, byWeekday] = [isDayNamed(cron, date), isWeekdayNamed(cron, date)];
  return cron.eitherDay ? byDay || byWeekday : byDay && byWeekday;
}

function isDayNamed({ days, lastDay }: Cron, date: Date): boolean {
  return days.has(date.getUTCDate()) || (lastDay && isLastOfMonth(date, 1));
}

function isWeekdayNamed({ weekdays, nthWeekdays }: Cron, date: Date): boolean {
  const today = date.getUTCDay();
  if (weekdays.has(today)) return true;
  return nthWeekdays.some(
    ({ weekday, nth }) => weekday === today && (nth === -1 ? isLastOfMonth(date, WEEK) : Math.ceil(date.getUTCDate() / WEEK) === nth),
  );
}

/** Whether so many days later it is another month. */
function isLastOfMonth(date: Date, days: number): boolean {
  return new Date(date.getTime() + days * DAY_MS).getUTCMonth() !== date.getUTCMonth();
}

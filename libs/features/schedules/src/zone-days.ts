/** A day by the calendar, whatever any clock shows: days since 1970-01-01. */
export type DayNumber = number;

export const DAY_MS = 86_400_000;
/** No zone is further from UTC, and no clock was ever put back or forth by more than a day. */
const AROUND_MS = 15 * 3_600_000;
const MINUTE_MS = 60_000;
/** Days that are remembered: who asks for one asks for those around it. */
const SHIFTS_MAX = 100;

/**
 * How the clocks of a zone go around one of its days: by `before` until `at`, by `after` from then on. Offsets are milliseconds east of
 * UTC.
 */
interface Shift {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** Clocks of one time zone. Dear to make, cheap to ask. */
export class ZoneDays {
  readonly #format: Intl.DateTimeFormat;
  readonly #shifts = new Map<DayNumber, Shift>();

  /** @param zone as `Intl` has it @throws RangeError where it has none of that name */
  constructor(zone: string) {
    const number = 'numeric';
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: number,
      month: number,
      day: number,
      hour: number,
      minute: number,
      second: number,
    });
  }

  /** The day that it is there at an instant. */
  dayAt(instant: number): DayNumber {
    return Math.floor((instant + this.#offset(instant)) / DAY_MS);
  }

  /**
   * Turns times that a clock on the wall shows on a day into instants. A time that does not exist is moved by the length of the gap; of one
   * that comes twice it is the first, with `both` the first and the second.
   */
  instantsOn(day: DayNumber, walls: readonly number[], both: boolean): number[] {
    const { at, before, after } = this.#shiftAround(day);
    return walls.flatMap((wall) => {
      const [first, second] = [wall - before, wall - after];
      const [isFirst, isSecond] = [first < at, second >= at];
      if (isFirst && isSecond && both) return [first, second];
      return [isSecond && !isFirst ? second : first]; // where it is neither, `first` is as far behind the gap as the clock was to show
    });
  }

  /** Clocks are put at most once within the day and a half around one: a test holds every zone to it. */
  #shiftAround(day: DayNumber): Shift {
    const known = this.#shifts.get(day);
    if (known) return known;
    if (this.#shifts.size >= SHIFTS_MAX) this.#shifts.clear();
    const shift = this.#findShift(day);
    this.#shifts.set(day, shift);
    return shift;
  }

  #findShift(day: DayNumber): Shift {
    let [from, to] = [day * DAY_MS - AROUND_MS, (day + 1) * DAY_MS + AROUND_MS];
    const [before, after] = [this.#offset(from), this.#offset(to)];
    if (before === after) return { at: to, before, after };
    while (to - from > MINUTE_MS) {
      const middle = Math.floor((from + to) / 2 / MINUTE_MS) * MINUTE_MS;
      if (this.#offset(middle) === before) from = middle;
      else to = middle;
    }
    return { at: to, before, after };
  }

  #offset(instant: number): number {
    const shown: Partial<Record<string, number>> = {};
    for (const { type, value } of this.#format.formatToParts(instant)) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
  }
}

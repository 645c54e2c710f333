import { foldText } from '@openclaw/text';
import { AGO, AGO_DUAL, ASKS_WHEN, DATES, DAYS, monthOf, numberOf, PERIODS, TELLS_WHEN, type Unit, YEAR_ALONE } from './time-phrases.js';

/** From the first moment to the last, in milliseconds since 1970. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 86_400_000;
const READ_CHARACTERS_MAX = 2000;
const YEARS_BACK = 5;
/** How far "two weeks ago" reaches to either side. */
const VAGUE_DAYS: Readonly<Record<Unit, number>> = { day: 0, week: 4, month: 16, year: 120 };
const UNIT_DAYS: Readonly<Record<Unit, number>> = { day: 1, week: 7, month: 30.44, year: 365.25 };

/**
 * The times that a question may speak of, the likeliest first: `last May`, `two weeks ago`, `gestern`, `上周`, `8 May 2023`; none where
 * it names none. Days are UTC. A month without a year, as in `in May`, is that of any late year.
 */
export function readTimeSpans(question: string, now: Date): readonly TimeSpan[] {
  const text = foldText(question.slice(0, READ_CHARACTERS_MAX));
  const dated = readDate(text, now);
  if (dated.length > 0) return dated;
  const span = readAgo(text, now) ?? readPeriod(text, now) ?? readDay(text, now) ?? readYear(text);
  return span ? [span] : [];
}

/** True for a question that is answered by a time. */
export function asksWhen(question: string): boolean {
  return ASKS_WHEN.test(foldText(question.slice(0, READ_CHARACTERS_MAX)));
}

/** True for a text that names a time. */
export function tellsWhen(text: string): boolean {
  const folded = foldText(text.slice(0, READ_CHARACTERS_MAX));
  return TELLS_WHEN.some((pattern) => pattern.test(folded));
}

function readDay(text: string, now: Date): TimeSpan | null {
  const found = DAYS.find(([, pattern]) => pattern.test(text));
  return found ? days(startOfDay(now) + found[0] * DAY_MS, 1) : null;
}

function readAgo(text: string, now: Date): TimeSpan | null {
  for (const pattern of AGO) {
    const groups = pattern.exec(text)?.groups;
    if (!groups) continue;
    const unit = (['day', 'week', 'month', 'year'] as const).find((name) => groups[name] !== undefined);
    if (unit) return around(now, numberOf(groups['count'] ?? ''), unit);
  }
  const dual = AGO_DUAL.find(([, , pattern]) => pattern.test(text));
  return dual ? around(now, dual[0], dual[1]) : null;
}

function around(now: Date, count: number, unit: Unit): TimeSpan {
  const middle = startOfDay(now) - Math.round(count * UNIT_DAYS[unit]) * DAY_MS;
  const reach = VAGUE_DAYS[unit];
  return days(middle - reach * DAY_MS, 2 * reach + 1);
}

function readPeriod(text: string, now: Date): TimeSpan | null {
  const found = PERIODS.find(([, , pattern]) => pattern.test(text));
  if (!found) return null;
  const [back, unit] = found;
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  if (unit === 'year') return between(Date.UTC(year - back, 0), Date.UTC(year - back + 1, 0));
  if (unit === 'month') return between(Date.UTC(year, month - back), Date.UTC(year, month - back + 1));
  const monday = startOfDay(now) - ((now.getUTCDay() + 6) % 7) * DAY_MS;
  return days(monday - back * 7 * DAY_MS, 7);
}

function readDate(text: string, now: Date): readonly TimeSpan[] {
  for (const pattern of DATES) {
    for (const { groups = {} } of text.matchAll(pattern)) {
      const month = monthOf(groups['month'] ?? '');
      if (month === null) continue;
      const years = yearsOf(groups['year'], month, now);
      const meant = groups['latest'] === undefined ? years : years.slice(0, 1);
      return meant.map((year) => monthOrDay(year, month, Number(groups['day'] ?? 0)));
    }
  }
  return [];
}

function monthOrDay(year: number, month: number, day: number): TimeSpan {
  return day >= 1 && day <= 31 ? days(Date.UTC(year, month - 1, day), 1) : between(Date.UTC(year, month - 1), Date.UTC(year, month));
}

/** The latest first; the month that goes on now counts. */
function yearsOf(named: string | undefined, month: number, now: Date): number[] {
  if (named !== undefined) return [Number(named)];
  const latest = month - 1 > now.getUTCMonth() ? now.getUTCFullYear() - 1 : now.getUTCFullYear();
  return Array.from({ length: YEARS_BACK }, (_, back) => latest - back);
}

function readYear(text: string): TimeSpan | null {
  const year = Number(YEAR_ALONE.exec(text)?.[0] ?? 0);
  return year === 0 ? null : between(Date.UTC(year, 0), Date.UTC(year + 1, 0));
}

function startOfDay(time: Date): number {
  return Math.floor(time.getTime() / DAY_MS) * DAY_MS;
}

function days(from: number, count: number): TimeSpan {
  return between(from, from + count * DAY_MS);
}

function between(from: number, next: number): TimeSpan {
  return { from, to: next - 1 };
}

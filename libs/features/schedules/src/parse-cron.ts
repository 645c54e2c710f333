/** A day of the week of a month: `1#2` is the second Monday, `5L` the last Friday. */
export interface NthWeekday {
  readonly weekday: number;
  /** 1 to 5; −1 for the last. */
  readonly nth: number;
}

/** What a cron expression means. */
export interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  /** `L`: the last day of the month. */
  readonly lastDay: boolean;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  readonly nthWeekdays: readonly NthWeekday[];
  /** Days and weekdays are both named: either is enough. */
  readonly eitherDay: boolean;
  /** Every hour is named: of an hour that a clock shows twice, both are meant. */
  readonly everyHour: boolean;
}

/** What is wrong with a cron expression, in the words of a validation issue. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MINUTE: Field = { name: 'minute', min: 0, max: 59, names: [] };
const HOUR: Field = { name: 'hour', min: 0, max: 23, names: [] };
const DAY: Field = { name: 'day of month', min: 1, max: 31, names: [] };
const MONTH: Field = {
  name: 'month',
  min: 1,
  max: 12,
  names: ['', 'JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
/** 7 is Sunday too. */
const WEEKDAY: Field = { name: 'day of week', min: 0, max: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] };

const SHORT: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const FIELDS = 'minute, hour, day of month, month and day of week, such as "30 9 * * 1-5"';
/** Far more than anybody writes: what is parsed at a door is bounded. */
const CHARACTERS_MAX = 200;

/**
 * Reads the five fields of crontab(5), with names, `L`, `5L` and `1#2`, and the words from `@hourly` to `@yearly`.
 * @throws CronError that names the part and, where there is one, the spelling that works
 */
export function parseCron(text: string): Cron {
  if (text.length > CHARACTERS_MAX) throw new CronError(`must be at most ${String(CHARACTERS_MAX)} characters`);
  const [minute, hour, day, month, weekday] = fieldsOf(text.trim());
  const hours = numbersOf(HOUR, hour);
  return {
    minutes: numbersOf(MINUTE, minute),
    hours,
    days: numbersOf(DAY, without(day, isLastDay)),
    lastDay: day.split(',').some(isLastDay),
    months: numbersOf(MONTH, month),
    weekdays: new Set([...numbersOf(WEEKDAY, without(weekday, isNth))].map((number) => number % 7)),
    nthWeekdays: weekday.split(',').filter(isNth).map(toNth),
    eitherDay: !day.startsWith('*') && !weekday.startsWith('*'),
    everyHour: hours.size === 24,
  };
}

type Fields = readonly [minute: string, hour: string, day: string, month: string, weekday: string];

function isFive(parts: readonly string[]): parts is Fields {
  return parts.length === 5;
}

function fieldsOf(written: string): Fields {
  const short = SHORT[written.toLowerCase()];
  if (short === undefined && written.startsWith('@'))
    throw new CronError(`${quoted(written)} is not known: ${Object.keys(SHORT).join(', ')} are`);
  const parts = (short ?? written).split(/\s+/);
  if (isFive(parts)) return parts;
  throw new CronError(`must be five fields: ${FIELDS}${parts.length === 6 ? '; seconds cannot be set' : ''}`);
}

function isLastDay(item: string): boolean {
  return item.toUpperCase() === 'L';
}

const NTH = /^(\w+)#(\d)$/;
const LAST = /^(\d|[a-z]{3})L$/i;

function isNth(item: string): boolean {
  return NTH.test(item) || LAST.test(item);
}

function toNth(item: string): NthWeekday {
  const last = LAST.exec(item);
  const [, name = '', count = ''] = last ?? NTH.exec(item) ?? [];
  const nth = last ? -1 : Number(count);
  if (nth === 0 || nth > 5) throw new CronError(`${quoted(item)}: a weekday comes one to five times in a month`);
  return { weekday: numberOf(WEEKDAY, name) % 7, nth };
}

/** The other items of a list; null where there are none. */
function without(list: string, isOther: (item: string) => boolean): string | null {
  const left = list.split(',').filter((item) => !isOther(item));
  return left.length === 0 ? null : left.join(',');
}

function numbersOf(field: Field, list: string | null): Set<number> {
  return new Set(list === null ? [] : list.split(',').flatMap((item) => rangeOf(field, item)));
}

/** `*`, `5`, `1-5`, each of the first and the last with a step. */
function rangeOf(field: Field, item: string): number[] {
  const [range = '', step, ...more] = item.split('/');
  if (more.length > 0) throw new CronError(`${quoted(item)} has more than one step`);
  const { from, to, isOne } = boundsOf(field, range);
  if (step === undefined) return sequence(from, to, 1);
  if (isOne) throw new CronError(`${quoted(item)}: a step needs a range; write ${quoted(`${range}-${String(lastOf(field))}/${step}`)}`);
  return sequence(from, to, stepOf(field, item, step));
}

function stepOf(field: Field, item: string, step: string): number {
  const every = /^\d{1,2}$/.test(step) ? Number(step) : 0;
  if (every < 1) throw new CronError(`${quoted(item)}: a step is a number from 1`);
  if (every > lastOf(field))
    throw new CronError(`${quoted(item)}: a step of ${step} is beyond the field "${field.name}", which ends at ${String(lastOf(field))}`);
  return every;
}

function boundsOf(field: Field, range: string): { from: number; to: number; isOne: boolean } {
  if (range === '*') return { from: field.min, to: lastOf(field), isOne: false };
  const [first = '', last, ...more] = range.split('-');
  if (more.length > 0) throw new CronError(`${quoted(range)} is no range`);
  const from = numberOf(field, first);
  if (last === undefined) return { from, to: from, isOne: true };
  const to = numberOf(field, last);
  if (from > to) throw new CronError(`${quoted(range)} runs backwards; write ${quoted(around(field, from, to).join(','))}`);
  return { from, to, isOne: false };
}

/** What a range that runs backwards was meant to be. */
function around(field: Field, from: number, to: number): number[] {
  const wrapped = field === WEEKDAY && to === 0 ? [0] : sequence(field.min, to, 1);
  return [...sequence(from, lastOf(field), 1), ...wrapped];
}

function numberOf(field: Field, text: string): number {
  const named = field.names.indexOf(text.toUpperCase());
  if (text !== '' && named !== -1) return named;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= field.min && number <= field.max) return number;
  const names = field.names.filter((name) => name !== '');
  throw new CronError(
    `${quoted(text)} is no ${field.name}: ${String(field.min)} to ${String(field.max)}${names.length > 0 ? `, or ${names[0] ?? ''} to ${names.at(-1) ?? ''}` : ''}`,
  );
}

/** The highest number that is one of its own. */
function lastOf(field: Field): number {
  return field === WEEKDAY ? 6 : field.max;
}

function sequence(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

function quoted(text: string): string {
  return `"${text.slice(0, 40)}"`;
}

import { type Issue, isTimeZone } from '@openclaw/words';
import { CronError, parseCron } from './parse-cron.js';
import { CronTimetable, OnceTimetable, type Timetable } from './timetable.js';
import { DAY_MS, ZoneDays } from './zone-days.js';

/** When a schedule is due, as it was written. One of `cron` and `at` is there. */
export interface Timing {
  readonly cron: string | null;
  readonly at: string | null;
  readonly timezone: string;
}

/** The timetable, or everything that is wrong with what was written. */
export type ReadTiming = { readonly timetable: Timetable } | { readonly issues: readonly Issue[] };

const WALL = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const OFFSET = /(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
const AT = 'must be a date and time such as 2026-12-24T09:00, read in the time zone, or 2026-12-24T09:00+01:00';

/** Reads `cron` or `at` in a time zone; says nothing about whether it is over. */
export function readTiming({ cron, at, timezone }: Timing): ReadTiming {
  if (!isTimeZone(timezone))
    return { issues: [{ path: 'timezone', message: 'must be a time zone such as Europe/Berlin, or an offset such as +02:00' }] };
  const zone = new ZoneDays(timezone);
  return cron === null ? readAt(at ?? '', zone) : readCron(cron, zone);
}

function readCron(text: string, zone: ZoneDays): ReadTiming {
  try {
    return { timetable: new CronTimetable(parseCron(text), zone) };
  } catch (thrown) {
    if (!(thrown instanceof CronError)) throw thrown;
    return { issues: [{ path: 'cron', message: thrown.message }] };
  }
}

function readAt(text: string, zone: ZoneDays): ReadTiming {
  const offset = OFFSET.exec(text)?.[0];
  const wall = wallOf(offset === undefined ? text : text.slice(0, -offset.length));
  const instant = wall === null ? null : offset === undefined ? instantOf(wall, zone) : wall - offsetOf(offset);
  return instant === null ? { issues: [{ path: 'at', message: AT }] } : { timetable: new OnceTimetable(new Date(instant)) };
}

/** As if it were UTC; null where the calendar or the clock has no such time. */
function wallOf(text: string): number | null {
  const [, year, month, day, hour, minute, second = '00', fraction = '0'] = WALL.exec(text) ?? [];
  const written = `${String(year)}-${String(month)}-${String(day)}T${String(hour)}:${String(minute)}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}`;
  const wall = Date.parse(`${written}Z`);
  return !Number.isNaN(wall) && new Date(wall).toISOString() === `${written}Z` ? wall : null;
}

function instantOf(wall: number, zone: ZoneDays): number | null {
  return zone.instantsOn(Math.floor(wall / DAY_MS), [wall], false)[0] ?? null;
}

function offsetOf(text: string): number {
  if (/^z$/i.test(text)) return 0;
  const [hours = '0', minutes = '0'] = text.slice(1).split(':');
  return (text.startsWith('-') ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

import { describe, expect, it } from '@jest/globals';
import { pickInteger, seededRandom } from '../../../../test/support/seeded-random.js';
import { planSlot } from './plan-slot.js';
import { readTiming } from './read-timing.js';
import type { Timetable } from './timetable.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function timetable(cron: string, timezone: string): Timetable {
  const read = readTiming({ cron, at: null, timezone });
  if ('issues' in read) throw new Error(JSON.stringify(read.issues));
  return read.timetable;
}

function once(at: string, timezone: string): string[] {
  const read = readTiming({ cron: null, at, timezone });
  return 'issues' in read ? read.issues.map(({ path }) => path) : read.timetable.next(new Date(0), 2).map((slot) => slot.toISOString());
}

/** The slots of a day, in UTC. */
function slotsIn(cron: string, timezone: string, from: string, to: string): string[] {
  const [start, end] = [new Date(from), new Date(to)];
  return timetable(cron, timezone)
    .next(new Date(start.getTime() - 1), 2000)
    .filter((slot) => slot < end)
    .map((slot) => slot.toISOString().slice(0, 16));
}

const BERLIN = 'Europe/Berlin';

describe('timetable', () => {
  it.each([
    ['30 2 * * *', '2026-03-28T23:00Z', '2026-03-29T22:00Z', ['2026-03-29T01:30']],
    ['30 2 * * *', '2026-10-24T22:00Z', '2026-10-25T23:00Z', ['2026-10-25T00:30']],
    [
      '*/15 2 * * *',
      '2026-03-28T23:00Z',
      '2026-03-29T22:00Z',
      ['2026-03-29T01:00', '2026-03-29T01:15', '2026-03-29T01:30', '2026-03-29T01:45'],
    ],
    [
      '*/15 2 * * *',
      '2026-10-24T22:00Z',
      '2026-10-25T23:00Z',
      ['2026-10-25T00:00', '2026-10-25T00:15', '2026-10-25T00:30', '2026-10-25T00:45'],
    ],
  ])('row H1: %s in Berlin from %s to %s', (cron, from, to, slots) => {
    expect(slotsIn(cron, BERLIN, from, to)).toEqual(slots);
  });

  it('row H1: hourly in Berlin is 25 runs where an hour comes twice, 23 where one is missing', () => {
    expect(slotsIn('0 * * * *', BERLIN, '2026-10-24T22:00Z', '2026-10-25T23:00Z')).toHaveLength(25);
    expect(slotsIn('0 * * * *', BERLIN, '2026-03-28T23:00Z', '2026-03-29T22:00Z')).toHaveLength(23);
  });

  it.each([
    ['0 0 * * *', 'Africa/Cairo', '2026-04-23T22:00'],
    ['0 0 * * *', 'Asia/Beirut', '2026-03-28T22:00'],
    ['0 0 * * *', 'America/Havana', '2026-03-08T05:00'],
    ['30 0 * * *', 'Atlantic/Azores', '2026-03-29T01:30'],
    ['30 0 * * *', 'America/Santiago', '2026-09-06T04:30'],
  ])('row H2: %s in %s is 365 runs in 2026, %s among them', (cron, zone, shifted) => {
    const slots = slotsIn(cron, zone, '2026-01-01T00:00Z', '2027-01-01T00:00Z');
    expect(slots).toHaveLength(365);
    expect(slots).toContain(shifted);
  });

  it.each([
    [
      '0 9 13 * 5',
      '2026-02-01T00:00Z',
      '2026-03-01T00:00Z',
      ['2026-02-06T09:00', '2026-02-13T09:00', '2026-02-20T09:00', '2026-02-27T09:00'],
    ],
    [
      '0 9 31 * *',
      '2026-01-01T00:00Z',
      '2027-01-01T00:00Z',
      ['01', '03', '05', '07', '08', '10', '12'].map((month) => `2026-${month}-31T09:00`),
    ],
    ['0 9 29 2 *', '2026-01-01T00:00Z', '2032-01-01T00:00Z', ['2028-02-29T09:00']],
    ['0 9 L 2 *', '2027-01-01T00:00Z', '2029-01-01T00:00Z', ['2027-02-28T09:00', '2028-02-29T09:00']],
    ['0 9 * 2 1#1,5L', '2026-01-01T00:00Z', '2027-01-01T00:00Z', ['2026-02-02T09:00', '2026-02-27T09:00']],
    ['0 9 * 2 5#5', '2027-01-01T00:00Z', '2070-01-01T00:00Z', ['2036-02-29T09:00', '2064-02-29T09:00']],
  ])('row H5: %s from %s to %s', (cron, from, to, slots) => {
    expect(slotsIn(cron, 'UTC', from, to)).toEqual(slots);
  });

  it.each(['0 9 30 2 *', '0 9 31 4,6,9,11 *'])('row H4: %s never runs', (cron) => {
    expect(timetable(cron, BERLIN).next(new Date('2026-01-01'), 1)).toEqual([]);
  });

  it.each(['Europe/Kyiv', 'europe/berlin', 'EST', '+02:00'])('row H10: the zone %s is taken', (zone) => {
    expect(timetable('0 9 * * *', zone).next(new Date('2026-01-01'), 1)).toHaveLength(1);
  });

  it.each(['UTC+2', 'Mars/Olympus', ''])('row H10: the zone %j is refused', (timezone) => {
    expect(readTiming({ cron: '0 9 * * *', at: null, timezone })).toEqual({
      issues: [{ path: 'timezone', message: expect.stringContaining('Europe/Berlin') }],
    });
  });

  it.each([
    ['2026-03-29T02:30', BERLIN, ['2026-03-29T01:30:00.000Z']],
    ['2026-10-25T02:30', BERLIN, ['2026-10-25T00:30:00.000Z']],
    ['2026-03-29T02:30+01:00', 'Asia/Tokyo', ['2026-03-29T01:30:00.000Z']],
    ['2026-12-24 09:00:30.5Z', BERLIN, ['2026-12-24T09:00:30.500Z']],
    ['2026-12-24T09:00-03:30', BERLIN, ['2026-12-24T12:30:00.000Z']],
    ['2026-12-24', BERLIN, ['at']],
    ['tomorrow', BERLIN, ['at']],
    ['2026-02-30T09:00', BERLIN, ['at']],
    ['2026-12-24T24:00', BERLIN, ['at']],
    ['2026-12-24T09:00+99:00', BERLIN, ['at']],
    ['', BERLIN, ['at']],
  ])('row H7: %s in %s is %j', (at, zone, expected) => {
    expect(once(at, zone)).toEqual(expected);
  });

  it('clocks are put at most once within two and a half days, in every zone of the platform', () => {
    const [from, to] = [Date.UTC(2026, 0), Date.UTC(2028, 6)];
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' });
      const offsetAt = (at: number): string => format.format(at).replace(/^\d+,? /, '');
      let [shifted, before] = [0, offsetAt(from)];
      for (let at = from; at < to; at += 3 * DAY) {
        const now = offsetAt(at);
        if (now === before) continue;
        expect({ zone, days: (at - shifted) / DAY }).not.toEqual({ zone, days: 3 });
        [shifted, before] = [at, now];
      }
    }
  });
});

/** What a clock in a zone shows, looked at each half hour: the instants at which it shows a time. No search, and none of our arithmetic. */
function clockOf(zone: string, from: number, to: number): (wall: number) => number[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const ahead = new Map<number, number>();
  for (let half = from; half < to; half += HOUR / 2) ahead.set(half, Date.parse(`${format.format(half).replace(' ', 'T')}Z`) - half);
  const all = [...new Set(ahead.values())];
  return (wall) =>
    all
      .map((by) => wall - by)
      .filter((at) => ahead.get(at - (at % (HOUR / 2))) === wall - at)
      .sort((one, other) => one - other);
}

/** When a case of these tests is meant to run, as times on the wall of each day. */
interface Meant {
  readonly cron: string;
  readonly minutes: readonly number[];
  /** Every hour where left out. */
  readonly hours?: readonly number[];
  readonly isDay?: (day: Date) => boolean;
}

const EVERY_HOUR = Array.from({ length: 24 }, (_, hour) => hour);

/** The rule of the contract, by looking: what does not exist is moved by the gap, what comes twice is the first, an hour of `*` both. */
function expectedSlots(shownAt: (wall: number) => number[], { minutes, hours, isDay = () => true }: Meant, year: number): number[] {
  const slots = new Set<number>();
  for (let day = Date.UTC(year, 0, 2); day < Date.UTC(year, 11, 31); day += DAY) {
    if (!isDay(new Date(day))) continue;
    for (const wall of (hours ?? EVERY_HOUR).flatMap((hour) => minutes.map((minute) => day + hour * HOUR + minute * MINUTE))) {
      const at = shownAt(wall);
      for (const instant of at.length > 0 ? at.slice(0, hours ? 1 : 2) : [afterGap(shownAt, wall)]) slots.add(instant);
    }
  }
  return [...slots].sort((one, other) => one - other);
}

/** The instant at which a clock shows a missing time and as much as is missing. */
function afterGap(shownAt: (wall: number) => number[], wall: number): number {
  let [start, end] = [wall, wall];
  while (shownAt(start - MINUTE).length === 0) start -= MINUTE;
  while (shownAt(end).length === 0) end += MINUTE;
  return shownAt(wall + end - start)[0] ?? Number.NaN;
}

describe('a simulated year', () => {
  const YEAR = 2026;
  const CASES: readonly Meant[] = [
    { cron: '30 2 * * *', minutes: [30], hours: [2] },
    { cron: '*/15 2 * * *', minutes: [0, 15, 30, 45], hours: [2] },
    { cron: '45 1 * * *', minutes: [45], hours: [1] },
    { cron: '0 0 * * *', minutes: [0], hours: [0] },
    { cron: '30 0,23 * * 1-5', minutes: [30], hours: [0, 23], isDay: (day) => day.getUTCDay() % 6 !== 0 },
    { cron: '0 * * * *', minutes: [0] },
    {
      cron: '10,40 * 1-7 3,4,9,10,11 *',
      minutes: [10, 40],
      isDay: (day) => day.getUTCDate() <= 7 && [2, 3, 8, 9, 10].includes(day.getUTCMonth()),
    },
  ];
  const ZONES = ['Europe/Berlin', 'Africa/Cairo', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Kathmandu'];

  /** Runs the year as a stack does that is restarted again and again: nothing is known but the last slot, and each start reads anew. */
  function simulate(cron: string, zone: string, slots: readonly number[], seed: number): number[] {
    const random = seededRandom(seed);
    const ran: number[] = [];
    const [from, to] = [(slots[0] ?? 0) - 1, slots.at(-1) ?? 0];
    let [after, now, stack] = [new Date(from), from, timetable(cron, zone)];
    while (now < to) {
      now = Math.min(to, now + pickInteger(random, 1, 5 * 60) * MINUTE + pickInteger(random, 0, MINUTE));
      if (random() < 0.02) stack = timetable(cron, zone);
      for (let plan = planSlot(stack, after, new Date(now), 'all'); plan; plan = planSlot(stack, after, new Date(now), 'all')) {
        if (random() < 0.05) continue; // it was cut off before it was written: the next one starts from the same slot
        ran.push(plan.slot.getTime());
        after = plan.slot;
      }
    }
    return ran;
  }

  it.each(ZONES)('%s: with restarts at any moment, no slot is missing and none comes twice', (zone) => {
    const shownAt = clockOf(zone, Date.UTC(YEAR, 0), Date.UTC(YEAR + 1, 0));
    for (const [index, meant] of CASES.entries()) {
      const slots = expectedSlots(shownAt, meant, YEAR);
      expect(slots.length).toBeGreaterThan(250);
      expect({ ...meant, ran: simulate(meant.cron, zone, slots, index + 1) }).toEqual({ ...meant, ran: slots });
    }
  });

  it.each([
    ['inside the repeated hour, the 02:30 run done', '2026-10-25T00:30Z', '2026-10-25T01:10Z', null],
    ['inside the missing hour, the 02:30 not yet run', '2026-03-28T01:30Z', '2026-03-29T01:30:20Z', '2026-03-29T01:30:00.000Z'],
  ])('row H3: a restart %s', (_what, after, now, slot) => {
    expect(planSlot(timetable('30 2 * * *', BERLIN), new Date(after), new Date(now), 'skip')?.slot.toISOString() ?? null).toBe(slot);
  });
});

describe('planSlot', () => {
  const EVERY_TEN = timetable('*/10 * * * *', BERLIN);
  const [DOWN, UP] = [new Date('2026-06-01T10:00:00Z'), new Date('2026-06-01T11:12:00Z')];

  function plans(missed: 'skip' | 'once' | 'all', from = DOWN, now = UP): string[] {
    const told: string[] = [];
    let after = from;
    for (let plan = planSlot(EVERY_TEN, after, now, missed); plan; plan = planSlot(EVERY_TEN, after, now, missed)) {
      told.push(`${plan.slot.toISOString().slice(11, 16)} ${plan.runs ? 'runs' : 'skipped'}${plan.late ? ' late' : ''}`);
      after = plan.slot;
    }
    return told;
  }

  it('row H6: down for an hour, `skip` runs nothing, `once` the newest, `all` each in turn', () => {
    expect(plans('skip')).toEqual(['11:10 skipped late']);
    expect(plans('once')).toEqual(['11:10 runs late']);
    expect(plans('all')).toEqual(['10:10', '10:20', '10:30', '10:40', '10:50', '11:00', '11:10'].map((slot) => `${slot} runs late`));
  });

  it('row H6: of `all` that were missed at most 24 run', () => {
    expect(plans('all', new Date('2026-05-01T00:00:00Z'))).toHaveLength(24);
    expect(plans('once', new Date('2026-05-01T00:00:00Z'))).toEqual(['11:10 runs late']);
  });

  it('what is found within a minute is on time, whatever else was missed', () => {
    const now = new Date('2026-06-01T11:10:59Z');
    expect(plans('skip', DOWN, now)).toEqual(['11:10 runs']);
    expect(plans('once', DOWN, now)).toEqual(['11:10 runs']);
    expect(plans('all', DOWN, now).at(-1)).toBe('11:10 runs');
  });

  it('nothing is due before its time', () => {
    expect(plans('all', DOWN, new Date('2026-06-01T10:09:59.999Z'))).toEqual([]);
  });
});

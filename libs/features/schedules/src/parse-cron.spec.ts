import { describe, expect, it } from '@jest/globals';
import { parseCron } from './parse-cron.js';

const sorted = (numbers: ReadonlySet<number>): number[] => [...numbers].sort((one, other) => one - other);

describe('parseCron', () => {
  it('reads lists, ranges, steps and names', () => {
    const cron = parseCron(' 5,10-12  */6 1-15/7 jan,MAR-May  Mon-FRI ');
    expect([cron.minutes, cron.hours, cron.days, cron.months, cron.weekdays].map(sorted)).toEqual([
      [5, 10, 11, 12],
      [0, 6, 12, 18],
      [1, 8, 15],
      [1, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
    expect(cron).toMatchObject({ everyHour: false, eitherDay: true, lastDay: false, nthWeekdays: [] });
  });

  it.each(['*', '*/1', '0-23'])('the hour field %p is every hour', (hour) => {
    expect(parseCron(`0 ${hour} * * *`).everyHour).toBe(true);
  });

  it.each([
    ['7', [0]],
    ['0', [0]],
    ['SUN', [0]],
    ['5-7', [0, 5, 6]],
    ['*', [0, 1, 2, 3, 4, 5, 6]],
  ])('the day of week %p is %j', (field, expected) => {
    expect(sorted(parseCron(`0 9 * * ${field}`).weekdays)).toEqual(expected);
  });

  it('row H5: the first Monday, the last Friday, the last day', () => {
    expect(parseCron('0 9 * * 1#1,5L')).toMatchObject({
      nthWeekdays: [
        { weekday: 1, nth: 1 },
        { weekday: 5, nth: -1 },
      ],
      eitherDay: false,
    });
    expect(parseCron('0 9 L * *')).toMatchObject({ lastDay: true, days: new Set() });
    expect(parseCron('0 9 1,L * friL')).toMatchObject({ lastDay: true, days: new Set([1]), eitherDay: true });
  });

  it.each([
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['@Annually', '0 0 1 1 *'],
  ])('%s is %s', (word, fields) => {
    expect(parseCron(word)).toEqual(parseCron(fields));
  });

  it.each([
    ['', 'must be five fields'],
    ['0 9 * *', 'must be five fields'],
    ['9', 'must be five fields'],
    ['* * * * * *', 'seconds cannot be set'],
    ['@reboot', '"@reboot" is not known'],
    ['H 9 * * *', '"H" is no minute: 0 to 59'],
    ['*/90 * * * *', 'a step of 90 is beyond the field "minute", which ends at 59'],
    ['*/0 * * * *', 'a step is a number from 1'],
    ['1/2/3 * * * *', 'more than one step'],
    ['5/15 * * * *', 'a step needs a range; write "5-59/15"'],
    ['60 * * * *', '"60" is no minute'],
    ['0 24 * * *', '"24" is no hour'],
    ['0 9 0 * *', '"0" is no day of month'],
    ['0 9 15W * *', '"15W" is no day of month'],
    ['0 9 L-3 * *', '"L" is no day of month'],
    ['0 9 LW * *', '"LW" is no day of month'],
    ['0 9 ? * *', '"?" is no day of month'],
    ['0 9 * 13 *', '"13" is no month: 1 to 12, or JAN to DEC'],
    ['0 9 * * 8', '"8" is no day of week: 0 to 7, or SUN to SAT'],
    ['0 9 * * 6-1', '"6-1" runs backwards; write "6,0,1"'],
    ['0 9 * * FRI-MON', '"FRI-MON" runs backwards; write "5,6,0,1"'],
    ['0 9 * * SAT-SUN', '"SAT-SUN" runs backwards; write "6,0"'],
    ['0 22-2 * * *', '"22-2" runs backwards; write "22,23,0,1,2"'],
    ['0 9 * * 1#6', 'one to five times in a month'],
    ['0 9 * * 1#0', 'one to five times in a month'],
    ['0 9 * * 9L', '"9" is no day of week'],
    ['0 9 1,,2 * *', '"" is no day of month'],
    ['-1 * * * *', '"" is no minute'],
    ['1-2-3 * * * *', 'is no range'],
    ['1.5 * * * *', '"1.5" is no minute'],
    ['0 '.repeat(200), 'at most 200 characters'],
  ])('row H4, H5: %j is refused, and told why: %s', (text, message) => {
    expect(() => parseCron(text)).toThrow(message);
  });
});

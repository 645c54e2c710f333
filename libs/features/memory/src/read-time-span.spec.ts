import { describe, expect, it } from '@jest/globals';
import { asksWhen, readTimeSpans, tellsWhen } from './read-time-span.js';

/** A Wednesday. */
const NOW = new Date('2026-11-25T15:30:00Z');
const DAY_MS = 86_400_000;

/** `2026-11-24` for a day, `2026-11-16..2026-11-22` for more of them. */
function read(question: string): string | null {
  const [span] = readTimeSpans(question, NOW);
  if (!span) return null;
  const [from, to] = [span.from, span.to].map((time) => new Date(time).toISOString().slice(0, 10));
  return from === to ? (from ?? null) : `${from ?? ''}..${to ?? ''}`;
}

describe('readTimeSpans', () => {
  it.each([
    ['What did I eat yesterday?', '2026-11-24'],
    ['the day before yesterday', '2026-11-23'],
    ['today', '2026-11-25'],
    ['What did we say last week?', '2026-11-16..2026-11-22'],
    ['this week', '2026-11-23..2026-11-29'],
    ['last month', '2026-10-01..2026-10-31'],
    ['last year', '2025-01-01..2025-12-31'],
    ['last May', '2026-05-01..2026-05-31'],
    ['last December', '2025-12-01..2025-12-31'],
    ['in November', '2026-11-01..2026-11-30'],
    ['two weeks ago', '2026-11-07..2026-11-15'],
    ['3 days ago', '2026-11-22'],
    ['a couple of days ago', '2026-11-23'],
    ['on 8 May 2023', '2023-05-08'],
    ['on May 8, 2023', '2023-05-08'],
    ['May 8th', '2026-05-08'],
    ['2023-05-08', '2023-05-08'],
    ['May 2023', '2023-05-01..2023-05-31'],
    ['in 2022', '2022-01-01..2022-12-31'],
    ['gestern', '2026-11-24'],
    ['Was war vorgestern?', '2026-11-23'],
    ['letzte Woche', '2026-11-16..2026-11-22'],
    ['im letzten Jahr', '2025-01-01..2025-12-31'],
    ['vor drei Tagen', '2026-11-22'],
    ['am 8. Mai 2023', '2023-05-08'],
    ['im März', '2026-03-01..2026-03-31'],
    ['hier', '2026-11-24'],
    ['la semaine dernière', '2026-11-16..2026-11-22'],
    ['il y a deux jours', '2026-11-23'],
    ['ayer', '2026-11-24'],
    ['el mes pasado', '2026-10-01..2026-10-31'],
    ['上周我们说了什么', '2026-11-16..2026-11-22'],
    ['上个星期', '2026-11-16..2026-11-22'],
    ['昨天', '2026-11-24'],
    ['前天', '2026-11-23'],
    ['去年', '2025-01-01..2025-12-31'],
    ['三天前', '2026-11-22'],
    ['2023年5月8日', '2023-05-08'],
    ['5月', '2026-05-01..2026-05-31'],
    ['先週', '2026-11-16..2026-11-22'],
    ['一昨日', '2026-11-23'],
    ['3日前', '2026-11-22'],
    ['지난주에', '2026-11-16..2026-11-22'],
    ['어제', '2026-11-24'],
    ['3일 전', '2026-11-22'],
    ['ماذا قلت أمس', '2026-11-24'],
    ['الأسبوع الماضي', '2026-11-16..2026-11-22'],
    ['قبل يومين', '2026-11-23'],
    ['เมื่อวาน', '2026-11-24'],
    ['สัปดาห์ที่แล้ว', '2026-11-16..2026-11-22'],
  ])('%s is %s', (question, expected) => {
    expect(read(question)).toBe(expected);
  });

  it.each([
    'What is my name?',
    'May I ask?',
    'march on',
    'version 24.9.0',
    'call 555-2022-11',
    '12,2022 others',
    '',
    'hierarchy',
    'the lasting week',
  ])('%j names no time', (question) => {
    expect(read(question)).toBe(null);
  });

  it('a month without a year is that of any late year, the latest first', () => {
    const years = readTimeSpans('in December', NOW).map(({ from }) => new Date(from).getUTCFullYear());
    expect(years).toEqual([2025, 2024, 2023, 2022, 2021]);
  });

  it('ends at any input, and a span ends after it begins', () => {
    for (const text of [
      '5'.repeat(100_000),
      'two weeks '.repeat(10_000),
      '99月99日',
      '2023-99-99',
      '0 days ago',
      '13月',
      '999 years ago',
    ]) {
      for (const { from, to } of readTimeSpans(text, NOW)) expect(to - from).toBeGreaterThanOrEqual(DAY_MS - 1);
    }
  });
});

describe('asksWhen and tellsWhen', () => {
  it.each(['When did we meet?', 'Wann war das?', '什么时候', 'いつ', '언제', 'متى', 'เมื่อไหร่', 'What year was it?'])(
    '%s asks when',
    (text) => {
      expect(asksWhen(text)).toBe(true);
    },
  );
  it.each(['Who was it?', 'whenever', 'Why?'])('%s does not', (text) => {
    expect(asksWhen(text)).toBe(false);
  });
  it.each(['We met yesterday', 'It was in 2019', 'nächsten Montag, also morgen', '明天见', 'two years ago'])('%s tells when', (text) => {
    expect(tellsWhen(text)).toBe(true);
  });
  it.each(['We met', 'I have 3 cats'])('%s does not', (text) => {
    expect(tellsWhen(text)).toBe(false);
  });
});

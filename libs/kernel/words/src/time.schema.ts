import { z } from 'zod';

const DATE_TIME = z.iso.datetime({ offset: true });
const DATE = z.iso.date();
/** What RFC 3339 can write and every part of the house can keep: the years 1 to 9999 of UTC. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');
const TIME_CHARACTERS_MAX = 64;
const EXPECTED = 'must be a time as 2026-11-01T08:30:00Z, with any offset, or a date as 2026-11-01';

/**
 * A point in time as a caller writes it: RFC 3339 with any offset, or a date alone, which is its midnight in UTC. Gives the same in
 * UTC to the millisecond. In a query a `+` that was not encoded arrives as a blank and is meant all the same.
 */
export const timeSchema = z
  .string()
  .max(TIME_CHARACTERS_MAX)
  .transform((text, ctx) => {
    const milliseconds = readTime(text.toUpperCase().replace(' ', '+'));
    if (milliseconds >= EARLIEST && milliseconds <= LATEST) return new Date(milliseconds).toISOString();
    ctx.addIssue({ code: 'custom', message: EXPECTED });
    return z.NEVER;
  });

/** NaN for what is no time. */
function readTime(text: string): number {
  return DATE_TIME.safeParse(text).success || DATE.safeParse(text).success ? Date.parse(text) : NaN;
}

import { defineTool, describeInput, type Tool } from '@openclaw/feature';
import { isTimeZone } from '@openclaw/words';
import { z } from 'zod';

const INPUT = describeInput(z.strictObject({ time_zone: z.string().max(64).default('UTC').refine(isTimeZone, { error: 'is not a time zone' }) }));

/** Tells the model the time: what stands in its prompt is when the question was asked. */
export function currentTime(): Tool {
  return defineTool({
    name: 'current_time',
    description: 'The date and time now, in a time zone of the IANA database.',
    ...INPUT,
    scope: 'message',
    retry: 'safe',
    readOnly: true,
    ownWords: true,
    execute: async ({ time_zone }) => Promise.resolve(formatTime(new Date(), time_zone)),
  });
}

function formatTime(now: Date, timeZone: string): string {
  const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone }).format(now);
  return `${local} (${now.toISOString()})`;
}

import { defineTool, describeInput, type Tool } from '@openclaw/feature';
import { isTimeZone } from '@openclaw/words';
import { z } from 'zod';

const INPUT = describeInput(
  z.strictObject({
    time_zone: z.string().max(64).optional().describe('A name of the IANA database, or an offset; your own zone where left out'),
  }),
);

/** Tells the model the time: what stands in its prompt is when the question was asked. @param ownZone where no zone is named */
export function currentTime(ownZone: string): Tool {
  return defineTool({
    name: 'current_time',
    description: 'The date and time now, here or in another time zone.',
    ...INPUT,
    scope: 'message',
    retry: 'safe',
    readOnly: true,
    ownWords: true,
    execute: async ({ time_zone }) => {
      const named = time_zone?.trim() ?? '';
      if (named === '' || isTimeZone(named)) return Promise.resolve(formatTime(new Date(), named || ownZone));
      return Promise.resolve({
        text: `${JSON.stringify(named)} is no time zone. Name one as Europe/Berlin or +05:30, or none for ${ownZone}.`,
        failed: true,
      });
    },
  });
}

function formatTime(now: Date, timeZone: string): string {
  const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone }).format(now);
  return `${local}, ${timeZone} (${now.toISOString()})`;
}

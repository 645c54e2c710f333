import { idSchema, timeSchema } from '@openclaw/words';
import { z } from 'zod';

/** How urgent a line is, and by what number it is kept. */
export const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
/** How urgent a line is. */
export type Level = keyof typeof LEVELS;

/** What a query may name as its minimum. */
const LEAST = ['trace', 'debug', 'info', 'warn', 'error'] as const;
const COMPONENTS = ['gateway', 'reasoning', 'memory', 'skills', 'channels', 'migrate'] as const;
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const TEXT_CHARACTERS_MAX = 200;
const EXAMPLE = {
  time: '2026-11-30T12:00:00.123Z',
  level: 'info',
  component: 'gateway',
  host: 'gateway-1',
  message: 'request',
  request_id: '6f1c2d6e-7a55-4a0e-8f53-0d6a0f4c9a11',
  method: 'POST',
  route: '/api/v1/message',
  status: 200,
  duration_ms: 812.4,
  position: 4711,
};

/** Which lines, and how many of them. */
export const listLogsQuerySchema = z
  .strictObject({
    lines: z.coerce.number().int().min(1).max(1000).default(50).describe('How many, the newest'),
    level: z.enum(LEAST).default('info').describe('The least level'),
    since: timeSchema.optional().describe('No line that is older'),
    until: timeSchema.optional().describe('No line that is newer'),
    component: z.enum(COMPONENTS).optional().describe('The part of the system that speaks'),
    request_id: z
      .string()
      .regex(REQUEST_ID, { error: 'must be 1 to 128 visible ASCII characters' })
      .optional()
      .describe('What that request caused, in every service'),
    conversation_id: idSchema('conv').optional().describe('What happened in that conversation'),
    message_id: idSchema('msg').optional().describe('What the request caused that brought that message, in every service'),
    q: z
      .string()
      .min(1)
      .max(TEXT_CHARACTERS_MAX)
      .optional()
      .describe('A text that its message or its other fields (`name=value`) have, word for word in any case'),
  })
  .meta({ id: 'ListLogsQuery' });
/** Which lines, validated. */
export type ListLogsQuery = z.infer<typeof listLogsQuerySchema>;

/** One line, with whatever else it tells. */
export const logLineSchema = z
  .looseObject({
    time: z.iso.datetime(),
    level: z.string().describe('`trace`, `debug`, `info`, `warn`, `error` or `fatal`'),
    component: z.string(),
    host: z.string().describe('The machine, or the container, that wrote it'),
    message: z.string(),
    request_id: z.string().optional(),
    conversation_id: z.string().optional(),
    message_id: z.string().optional(),
    position: z.number().int().describe('Its place in the store: `Last-Event-ID` for whoever follows from here'),
  })
  .meta({ id: 'LogLine', examples: [EXAMPLE] });
/** One line, as it is told. */
export type LogLine = z.infer<typeof logLineSchema>;

/** A page of lines. */
export const logListSchema = z
  .object({
    logs: z.array(logLineSchema).describe('By their time, the newest last'),
    total: z.number().int().describe('How many lines there are of those asked for'),
    total_exact: z.boolean().describe('false: there are at least as many, and counting ended there'),
  })
  .meta({ id: 'LogList', examples: [{ logs: [EXAMPLE], total: 1, total_exact: true }] });
/** A page of lines. */
export type LogList = z.infer<typeof logListSchema>;

/** What following tells instead of lines that are there no more. */
export const logGapSchema = z
  .object({
    type: z.literal('gap'),
    from: z.number().int().describe('The first position that is there no more'),
    to: z.number().int().describe('The last one; less than `from` where the store was emptied or restored, and goes on from here'),
    position: z.number().int(),
  })
  .meta({ id: 'LogGap' });
/** What following tells instead of lines that are there no more. */
export type LogGap = z.infer<typeof logGapSchema>;

/** What comes to whoever follows. */
export const logEventSchema = z.union([logLineSchema, logGapSchema]);

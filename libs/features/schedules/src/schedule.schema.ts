import { idSchema, personSchema, sendMessageSchema } from '@openclaw/words';
import { z } from 'zod';
import { MISSED } from './plan-slot.js';

const NAME_CHARACTERS_MAX = 100;
const TIMING_CHARACTERS_MAX = 300;
const EXAMPLE = {
  id: 'sch_01h2xcejqtf2nbrexx3vqjhp41',
  name: 'morning',
  person: 'owner',
  cron: '30 7 * * 1-5',
  at: null,
  timezone: 'Europe/Berlin',
  message: 'What is on today?',
  channel: 'internal',
  conversation_id: null,
  deliver: null,
  missed: 'once',
  enabled: true,
  status: 'active',
  next_runs: ['2026-12-01T06:30:00.000Z', '2026-12-02T06:30:00.000Z', '2026-12-03T06:30:00.000Z'],
  last_run: { slot: '2026-11-30T06:30:00.000Z', late: false, status: 'completed', message_id: 'msg_01h2xcejqtf2nbrexx3vqjhp41' },
  last_error: null,
  created_at: '2026-11-29T12:00:00.000Z',
  created_by: 'gateway',
} as const;

const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(NAME_CHARACTERS_MAX)
  .regex(/^\P{C}*$/u, { error: 'must have no control characters' });
const cronSchema = z
  .string()
  .max(TIMING_CHARACTERS_MAX)
  .describe('Minute, hour, day of month, month, day of week; or a word from `@hourly` to `@yearly`');
const atSchema = z.string().max(TIMING_CHARACTERS_MAX).describe('Once: a date and time, read in the time zone where it has no offset');
const timezoneSchema = z.string().max(TIMING_CHARACTERS_MAX).describe('A name such as Europe/Berlin, or an offset');
const missedSchema = z.enum(MISSED).describe('Of slots that nobody was there for: none runs, the newest, or each in turn (at most 24)');
const deliverSchema = z
  .null({ error: 'cannot be set: this version delivers nothing by itself. The reply stands in the conversation' })
  .optional()
  .describe('Not in this version: anything but null is refused');

/** What became of the last slot. */
const lastRunSchema = z.object({
  slot: z.iso.datetime(),
  late: z.boolean().describe('It was missed, and dealt with later'),
  status: z
    .enum(['queued', 'processing', 'completed', 'failed', 'cancelled', 'skipped', 'deleted'])
    .describe('`skipped`: it was passed over; `deleted`: its conversation is gone'),
  message_id: idSchema('msg').optional(),
  error: z.string().optional().describe('Why it failed or was passed over'),
});

/** A schedule, as it is told of. */
export const scheduleSchema = z
  .object({
    id: idSchema('sch'),
    name: z.string().nullable(),
    person: personSchema,
    cron: z.string().nullable(),
    at: z.string().nullable(),
    timezone: z.string(),
    message: z.string(),
    channel: z.literal('internal'),
    conversation_id: idSchema('conv').nullable().describe('null: each run begins a conversation of its own'),
    deliver: z.null(),
    missed: missedSchema,
    enabled: z.boolean(),
    status: z.enum(['active', 'disabled', 'done']).describe('`done`: no time is left at which it would run'),
    next_runs: z.array(z.iso.datetime()).describe('The next three, where it is enabled'),
    last_run: lastRunSchema.nullable(),
    last_error: z.string().nullable().describe('What went wrong since anything went well'),
    created_at: z.iso.datetime(),
    created_by: z.string().describe('The id of the token that made it'),
  })
  .meta({ id: 'Schedule', examples: [EXAMPLE] });
/** A schedule, as it is told of. */
export type Schedule = z.infer<typeof scheduleSchema>;

const messageSchema = sendMessageSchema.shape.message;

/** What makes a schedule. */
export const createScheduleSchema = z
  .strictObject({
    name: nameSchema.optional(),
    cron: cronSchema.optional(),
    at: atSchema.optional(),
    timezone: timezoneSchema.default('UTC'),
    message: messageSchema,
    conversation_id: idSchema('conv').optional().describe('Where it is said; left out: in a conversation of its own each time'),
    person: personSchema.optional().describe('Whose it is'),
    deliver: deliverSchema,
    missed: missedSchema.default('once'),
    enabled: z.boolean().default(true),
  })
  .refine(({ cron, at }) => (cron === undefined) !== (at === undefined), { error: 'give one of cron and at', path: ['cron'] })
  .meta({
    id: 'CreateSchedule',
    examples: [{ name: 'morning', cron: '30 7 * * 1-5', timezone: 'Europe/Berlin', message: 'What is on today?', missed: 'once' }],
  });
/** What makes a schedule, validated. */
export type CreateSchedule = z.infer<typeof createScheduleSchema>;

/** What changes a schedule: what is left out stays. */
export const patchScheduleSchema = z
  .strictObject({
    name: nameSchema.nullable().optional(),
    cron: cronSchema.optional(),
    at: atSchema.optional(),
    timezone: timezoneSchema.optional(),
    message: messageSchema.optional(),
    conversation_id: idSchema('conv').nullable().optional(),
    deliver: deliverSchema,
    missed: missedSchema.optional(),
    enabled: z.boolean().optional(),
  })
  .refine(({ cron, at }) => cron === undefined || at === undefined, { error: 'give one of cron and at', path: ['cron'] })
  .meta({ id: 'PatchSchedule', examples: [{ enabled: false }] });
/** What changes a schedule, validated. */
export type PatchSchedule = z.infer<typeof patchScheduleSchema>;

/** Which page of schedules. */
export const listSchedulesQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  person: personSchema.optional().describe('Whose; everybody’s where it is left out'),
});
/** Which page of schedules, validated. */
export type ListSchedulesQuery = z.infer<typeof listSchedulesQuerySchema>;

/** A page of schedules. */
export const scheduleListSchema = z
  .object({ schedules: z.array(scheduleSchema), total: z.number().int(), limit: z.number().int(), offset: z.number().int() })
  .meta({ id: 'ScheduleList' });
/** A page of schedules. */
export type ScheduleList = z.infer<typeof scheduleListSchema>;
